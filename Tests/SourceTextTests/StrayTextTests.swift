import BSON
import Findings
import SourceText
import Testing

/// Text between records, or the rest of a broken record, does not affect other records, and is counted in bytes and
/// objects.
struct StrayTextTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    /// The ids of the delivered records.
    let ids: [Int64]
    /// Expected parts of the messages of findings and of broken records.
    var messages: [String] = []

    var testDescription: String { name }
  }

  private static let mark = "\u{FEFF}"
  private static func record(_ id: Int) -> String { #"{"id":\#(id),"name":"Run \#(id)","map":{"id":"a","line":""}}"# }
  private static func page(_ ids: Int...) -> String { "[\n  " + ids.map(record).joined(separator: ",\n  ") + "\n]\n" }
  private static func compact(_ ids: Int...) -> String { "[" + ids.map(record).joined(separator: ",") + "]" }
  private static func lines(_ ids: Int...) -> String { ids.map { record($0) + "\n" }.joined() }
  private static func pretty(_ id: Int) -> String {
    "{\n  \"id\": \(id),\n  \"map\": {\n    \"id\": \"a\"\n  },\n  \"laps\": [\n    {\n      \"lap\": 1\n    }\n  ]\n}\n"
  }

  static let cases: [Case] = [
    Case(
      name: "a page of HTML", text: page(1, 2) + "<html>\n <p>502 {x}\n</html>\n" + page(3) + page(4),
      ids: [1, 2, 3, 4],
      messages: ["HTML or XML, not JSON; it may be the error page of a server; 27 bytes were skipped"]),
    Case(
      name: "HTML without line breaks", text: compact(1, 2) + "<html></html>" + compact(3) + compact(4),
      ids: [1, 2, 3, 4], messages: ["HTML"]),
    Case(
      name: "HTML in a page that was cut", text: "[\n  \(record(1)),\n<html>\n</html>\n" + page(2, 3), ids: [1, 2, 3],
      messages: ["HTML", "the next array begins inside the array opened at line 1, column 1"]),
    Case(name: "HTML first", text: "<html>\n</html>\n" + page(1), ids: [1], messages: ["HTML"]),
    Case(
      name: "headers of HTTP", text: "HTTP/1.1 200 OK\nLink: {a}\n\n" + page(1) + "HTTP/1.1 200 OK\n\n" + page(2),
      ids: [1, 2], messages: ["begins with 'H'", "begins with 'H'"]),
    Case(name: "marks of concatenated files", text: mark + page(1) + mark + page(2) + mark, ids: [1, 2]),
    Case(name: "marks within lines", text: mark + compact(1) + mark + compact(2) + mark + record(3), ids: [1, 2, 3]),
    Case(name: "marks in an array", text: "[\n\(mark)\(record(1)),\n \(mark) \(record(2))\n\(mark)]", ids: [1, 2]),
    Case(
      name: "comments", text: "# a\n\(lines(1, 2))# b {\n\(lines(3))// c\n", ids: [1, 2, 3],
      messages: ["a comment", "a comment", "a comment"]),
    Case(
      name: "comments in an array",
      text: "[\n  // first\n  \(record(1)),\n// second\n  \(record(2)), // third\n  \(record(3))\n  # last\n]\n",
      ids: [1, 2, 3], messages: ["a comment", "a comment", "a comment", "a comment"]),
    Case(
      name: "record separators", text: "\u{1E}\(lines(1))\u{1E}\(lines(2))\u{1E}\(record(3))\u{1E}\(page(4))",
      ids: [1, 2, 3, 4]),
    Case(
      name: "record separators behind what was cut",
      text:
        "\u{1E}\(record(1))\n\u{1E}{\"id\":2,\"name\":\"Ru\u{1E}\(record(3))\n\u{1E}{\"id\":4,\"na\n\u{1E}\(lines(5))",
      ids: [1, 3, 5], messages: ["", ""]),
    Case(
      name: "lines of a log",
      text: "2024-05-01 12:00 INFO page {1}\n\(lines(1))[INFO] page\n\(page(2))[12:00] x\n\(lines(3))",
      ids: [1, 2, 3], messages: ["begins with '2'", "begins with '['", "begins with '['"]),
    Case(
      name: "a record that was cut", text: lines(1) + #"{"id":2,"na"# + "\n" + lines(3, 4), ids: [1, 3, 4],
      messages: ["unescaped line break in a string"]),
    Case(
      name: "records that were cut without a line break",
      text: lines(1) + #"{"id":2,"na{"id":3,"x":[{"id":4,"x"# + "\n" + lines(5), ids: [1, 5],
      messages: ["unexpected"]),
    Case(
      name: "a page that was cut", text: "[\(record(1)),{\"id\":2,\"na\n" + compact(3, 4) + "\n" + compact(5),
      ids: [1, 3, 4, 5],
      messages: ["", "the next array begins inside the array"]),
    Case(
      name: "a page that was cut between records", text: "[\n\(record(1)),\n\(record(2))\n[\n\(record(3))\n]\n",
      ids: [1, 2, 3], messages: ["the next array begins inside the array"]),
    Case(
      name: "a pretty record that was cut", text: pretty(1) + pretty(2).prefix(50) + "\n" + pretty(3) + page(4),
      ids: [1, 3, 4], messages: ["unescaped line break in a string"]),
    Case(
      name: "NULs between records", text: lines(1) + "\0\0\0\0" + lines(2) + "\0\n" + lines(3), ids: [1, 2, 3],
      messages: ["NUL bytes", "NUL bytes"]),
    Case(name: "NULs first", text: "\0\0\0\0\0\0\0\0" + lines(1), ids: [1], messages: ["NUL bytes"]),
    Case(
      name: "NULs in a record", text: lines(1) + #"{"id":2,"name":"R"# + "\0\0\0" + lines(3, 4), ids: [1, 3, 4],
      messages: [""]),
    Case(
      name: "words in an array", text: "[NaN,\(record(1)),None, undefined ,\(record(2)),-Infinity]", ids: [1, 2],
      messages: ["Python's json", "Python,", "JavaScript", "Python's json"]),
    Case(
      name: "records in a text", text: lines(1) + "ERROR in {\"id\":7} and {\"id\":8}\n" + lines(2), ids: [1, 7, 8, 2],
      messages: ["begins with 'E'", "begins with 'a'"]),
  ]

  @Test(arguments: cases)
  func theRecordsAroundItAreDelivered(_ one: Case) throws {
    let file = try FramedFile()
    let framed = try file.frame(Array(one.text.utf8), .test(batch: 1 << 16))
    #expect(framed.documents.compactMap { $0["id"]?.integer } == one.ids)
    let errors = framed.findings + framed.slices.compactMap(\.error)
    let sorted = errors.sorted { $0.position?.offset ?? 0 < $1.position?.offset ?? 0 }
    #expect(sorted.count == one.messages.count, "\(sorted.map(\.message))")
    for (finding, part) in zip(sorted, one.messages) {
      #expect(part.isEmpty || finding.message.contains(part), "\(finding.message)")
    }
    for size in [64, 101, 257, 1000] {
      let other = try file.frame(Array(one.text.utf8), .test(batch: size))
      let isSame = other == framed
      #expect(isSame, "window of \(size): \(framed.summary)\n\(other.summary)")
    }
  }

  @Test func whatIsLostIsCountedInObjects() throws {
    let text = #"{"id":1,"a":"# + String(repeating: #"{"id":2}"# + "]", count: 9) + "\n"
    let batch = try batches(text)[0]
    let counts = batch.slices.map { slice -> Int in
      if case .lost(let objects, _) = batch.oddity(of: slice) { return objects }
      return 0
    }
    #expect(counts.reduce(0, +) == 9, "\(counts)")
  }

  @Test func equalValuesOfOneArrayAreOneSlice() throws {
    let batch = try batches(#"[ "a", 1, "b",2, null,{"id":1},"c","d", [true, false ], ["e"], "f"]"#)[0]
    let runs = batch.slices.map { slice -> [String] in
      guard case .values(let values) = batch.oddity(of: slice) else { return [] }
      return values.sorts.map { "\($0.ordinal) \($0.count) \($0.value)" }
    }
    #expect(
      runs == [
        ["1 2 string", "2 2 number", "5 1 null"], [], ["7 2 string"], ["9 2 boolean"], ["11 1 string"], ["12 1 string"],
      ])
    #expect(batch.slices.map(\.ordinal) == [1, 6, 7, 9, 11, 12])
  }

  private func batches(_ text: String) throws -> [RecordBatch] {
    var batches: [RecordBatch] = []
    Array(text.utf8).withUnsafeBytes { bytes in
      var framer = RecordFramer(text: bytes, framing: .test(batch: 1 << 16))
      while let batch = framer.next() { batches.append(batch) }
    }
    return batches
  }

  /// JSON values, and text that is not JSON.
  @Test(
    arguments: [
      ("0", true), ("-0.5e+7", true), ("01", false), ("1.", false), ("-", false), ("1e", false), ("+1", false),
      ("\"a\\n\\u00e9é\"", true), ("\"\\q\"", false), ("\"\\u12\"", false), ("\"\u{1}\"", false), ("\"a\\\"", false),
      ("true", true), ("True", false), ("nul", false), ("null", true),
    ] as [(String, Bool)])
  func plainValuesAreThoseOfTheGrammar(text: String, isValue: Bool) throws {
    let batch = try batches("[" + text + ",1]")
    let slice = try #require(batch[0].slices.first)
    let isRun = if case .values(let values) = batch[0].oddity(of: slice) { values.count == 2 } else { false }
    #expect(isRun == isValue)
  }
}
