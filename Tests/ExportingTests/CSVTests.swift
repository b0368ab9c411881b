import BSON
import Exporting
import StravaRecords
import Testing

@Suite struct CSVTests {
  private func row(
    _ names: [String], hasMark: Bool = false, isExact: Bool = false, _ document: BSONDocument
  ) throws -> (head: String, row: String) {
    let collection = try #require(StoredCollection.named("activities"))
    let columns = FlatColumns(collection.fields).filtered { names.contains($0.name) }
    var encoder = CSVEncoder(columns, hasMark: hasMark, isExact: isExact)
    var out = ByteBuffer(capacity: 256)
    document.withView { _ = encoder.append($0, to: &out) }
    return (encoder.framing.opening, String(decoding: out.bytes, as: UTF8.self))
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("", "\"\""),
    ("-5", "'-5"), ("\u{FF1D}x", "'\u{FF1D}x"), ("two\nlines", "\"two\nlines\""),
    // A spreadsheet that divides cells at semicolons or tabs, or does not see the quotes inside a cell.
    ("a;=1", "a;'=1"), ("a; b", "a; b"), ("a;;+1;@b", "a;;'+1;'@b"), ("a; =1", "a;' =1"), ("a;\"=1", "\"a;'\"\"=1\""),
    ("a\t-1", "a\t'-1"), ("a\n=1", "\"a\n'=1\""), ("a\r\n@b", "\"a\r\n'@b\""), (";\u{FF0B}1", ";'\u{FF0B}1"),
    ("=a;=b", "'=a;'=b"),
    ("a;", "a;"), ("a=b", "a=b"), ("a;1=2", "a;1=2"),
  ])
  func aTextIsQuotedAndNeverAFormula(_ text: String, _ cell: String) throws {
    let written = try row(
      ["name", "distance"],
      BSONDocument {
        $0.append("name", text)
        $0.append("distance", 10.0)
      })
    #expect(written.head == "name,distance\r\n")
    #expect(written.row == cell + ",10.0\r\n")
  }

  @Test func aMissingValueIsEmptyUnlessItIsTheOnlyColumn() throws {
    #expect(try row(["name", "distance"], BSONDocument()).row == ",\r\n")
    #expect(try row(["name"], BSONDocument()).row == "\"\"\r\n")
  }

  @Test(arguments: [("=1+1", "=1+1"), ("a;=1", "a;=1"), ("-a\n=b", "\"-a\n=b\""), ("", "\"\"")])
  func anExactTextHasNoApostrophe(_ text: String, _ cell: String) throws {
    #expect(try row(["name"], isExact: true, BSONDocument { $0.append("name", text) }).row == cell + "\r\n")
  }

  @Test func aDoubleHasAFractionWhateverIsStored() throws {
    #expect(try row(["distance"], BSONDocument { $0.append("distance", Int32(7)) }).row == "7.0\r\n")
  }

  @Test func theMarkIsBeforeTheHeader() throws {
    #expect(try row(["name"], hasMark: true, BSONDocument()).head.hasPrefix("\u{FEFF}name"))
  }
}
