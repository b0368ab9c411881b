import Findings
import SeededRandom
import SourceText
import Testing

/// Rows and cells of CSV text, and what is wrong with them (RFC 4180).
@Suite struct CSVReaderTests {
  struct Row: Equatable {
    var cells: [String]
    var line: Int
    var fault: CSVFault?
  }

  private func rows(_ text: String) -> [Row] { rows(Array(text.utf8)) }

  private func rows(_ bytes: [UInt8]) -> [Row] {
    bytes.withUnsafeBytes { text in
      var rows: [Row] = []
      var reader = CSVReader(text: text) { line in line.first.map { $0 &- 48 <= 9 } ?? false }
      while reader.next() {
        rows.append(
          Row(
            cells: reader.texts, line: reader.position.line, fault: reader.fault?.fault))
      }
      return rows
    }
  }

  private func cells(_ text: String) -> [[String]] { rows(text).map(\.cells) }

  @Test(arguments: [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    ("a,b\n1,2", [["a", "b"], ["1", "2"]]), ("a,\n,\n", [["a", ""], ["", ""]]), ("a,", [["a", ""]]),
    ("\"a\",\"\"\n", [["a", ""]]), ("\"a\",\"\"\r\n", [["a", ""]]), ("\"a\"", [["a"]]),
    ("\"a,b\",\"say \"\"yes\"\"\"\n", [["a,b", "say \"yes\""]]), ("\"\"\"\"\n", [["\""]]),
    ("1,\"one\r\ntwo\n\nthree\",x\n2,y,z\n", [["1", "one\r\ntwo\n\nthree", "x"], ["2", "y", "z"]]),
    ("\u{FEFF}a,b\n", [["a", "b"]]), ("\n\r\na\n\n", [["a"]]), ("", []), ("\u{FEFF}", []),
    (" a , b \n", [[" a ", " b "]]),
    ("a\rb,c\n", [["a\rb", "c"]]), ("\"a\r\"\r\n", [["a\r"]]), ("é,\"日本\"\n", [["é", "日本"]]),
  ]) func rowsAreRead(_ text: String, _ expected: [[String]]) {
    #expect(cells(text) == expected)
    #expect(rows(text).allSatisfy { $0.fault == nil })
  }

  /// A carriage return behind a closing quote is part of a line break only before a line feed.
  @Test(arguments: ["h\n1,\"y\"\r,x\n2,z\n", "h\n1,\"y\"\r"]) func aReturnBehindAQuoteIsText(_ text: String) {
    #expect(rows(text).prefix(2).map(\.fault) == [nil, .textAfterQuote])
  }

  @Test func linesCountThoseInsideCells() {
    #expect(rows("h\n1,\"a\nb\"\n2\n").map(\.line) == [1, 2, 4])
  }

  @Test func aCellHasAPosition() {
    let text = Array("\u{FEFF}h,i\n1,\"é\nü\",\"x\",y\n".utf8)
    text.withUnsafeBytes { bytes in
      var reader = CSVReader(text: bytes)
      _ = reader.next()
      let hasRow = reader.next()
      #expect(hasRow)
      var places: [Position] = []
      for cell in reader.cells { places.append(reader.position(of: cell)) }
      #expect(places.map(\.line) == [2, 2, 3, 3])
      #expect(places.map(\.column) == [1, 3, 4, 8])
      #expect(places.map(\.offset) == [7, 9, 17, 21])
    }
  }

  @Test func aRowWithAFaultCostsItselfOnly() {
    let found = rows("h\n1,a\"b\n2,\"a\"b,c\n3,ok\n")
    #expect(found.map(\.fault) == [nil, .strayQuote, .textAfterQuote, nil])
    #expect(found.last?.cells == ["3", "ok"])
  }

  @Test func aMissingQuoteDoesNotTakeTheRowsAfterItAlong() {
    let text = "h\n1,\"never closed\n2,\"closed\",x\n3,y\nnot a row\n4,\"z\n"
    let found = rows(text)
    #expect(found.map(\.fault) == [nil, .textAfterQuote, nil, nil, nil, .unclosedQuote])
    #expect(found[2].cells == ["2", "closed", "x"])
    #expect(found[3].cells == ["3", "y"])
    #expect(found.map(\.line) == [1, 2, 3, 4, 5, 6])
  }

  @Test func bytesThatAreNotUTF8AreAFault() {
    #expect(rows([0x31, 0x2C, 0xFF, 0x0A, 0x32, 0x0A]).map(\.fault) == [.notUTF8, nil])
  }

  @Test func aRowIsBounded() {
    let long = "1,\"" + String(repeating: "x", count: CSVReader.longestRow + 1) + "\"\n2,ok\n"
    let found = rows(long)
    #expect(found.first?.fault == .tooLong)
    #expect(found.last?.cells == ["2", "ok"])
  }

  /// What is written by the rules is read as it was, wherever the reader has to read on.
  @Test func whatIsWrittenIsRead() throws {
    var random = Seeded(41)
    let folder = try FixtureFolder()
    let pieces = ["a", ",", "\"", "\r\n", "\n", " ", "é", "日", "🚴", "0"]
    for _ in 0..<60 {
      let table = (0..<40).map { _ in
        (0..<5).map { column in
          (column == 0 ? "x" : "")
            + (0..<Int.random(in: 0..<9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
            .joined()
        }
      }
      let lineEnd = Bool.random(using: &random) ? "\n" : "\r\n"
      let text = table.map { row in
        row.map { cell in
          cell.utf8.contains { ",\"\r\n".utf8.contains($0) } ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
        }.joined(separator: ",") + lineEnd
      }.joined()
      #expect(cells(text) == table)
      try folder.write(Array(text.utf8), to: "t.csv")
      InputSet(paths: [folder.path + "/t.csv"]).forEachSource { _ in
      } body: { source in
        var read: [[String]] = []
        var reader = CSVReader(source)
        while reader.next() { read.append(reader.texts) }
        #expect(read == table)
        return true
      }
    }
  }
}
