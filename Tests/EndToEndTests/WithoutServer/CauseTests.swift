import Foundation
import Support
import Testing

/// A message says why the text is invalid, not only where.
@Suite(.waiting) struct CauseTests {
  typealias Record = SyntheticRecord
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func errors(_ text: String) throws -> [ValidateOutcome.Finding] {
    try ValidateOutcome([folder.write(text, to: "a.json")]).findings.filter { $0.severity == "error" }
  }

  @Test(
    arguments: [
      ("distance", "NaN", "SS001", "Python's json module and pandas"),
      ("distance", "-Infinity", "SS001", "Python's json module and pandas"),
      ("distance", "nan", "SS001", "C's printf"), ("distance", "None", "SS001", "Python,"),
      ("distance", "undefined", "SS001", "JavaScript"), ("name", "'Run'", "SS001", "single quotes"),
      ("distance", "1e999", "SS032", "exceeds the range of a double"),
      ("extra", "1e9999", "SS008", "exceeds the range"),
      ("start_date", "1714545000000", "SS030", "milliseconds since 1970"),
      ("start_date", "1714545000", "SS030", "may be seconds since 1970"),
      ("start_date", "\"1714545000000\"", "SS033", "milliseconds since 1970"),
    ])
  func theCauseIsNamed(field: String, value: String, rule: String, part: String) throws {
    let found = try errors(Record.summary(1).with(field, value).json)
    #expect(found.map(\.rule) == [rule])
    #expect(found.first?.message.contains(part) == true, "\(found.first?.message ?? "")")
  }

  @Test(
    arguments: [
      ("1714545000000", "SS032", "milliseconds since 1970"), ("1714545000000000", "SS032", "microseconds since 1970"),
      ("-5", "SS032", "expected 0 to"), ("\"1714545000\"", "SS030", "may be seconds since 1970"),
      ("\"1714545000000\"", "SS030", "may be milliseconds since 1970"),
      ("\"2024-05-01T06:30:00Z\"", "SS030", "may be a date"),
    ])
  func theCauseIsNamedForTheExpiryOfATokenToo(value: String, rule: String, part: String) throws {
    let found = try errors(Record.token().with("expires_at", value).json)
    #expect(found.map(\.rule) == [rule])
    #expect(found.first?.pointer == "/expires_at")
    #expect(found.first?.message.contains(part) == true, "\(found.first?.message ?? "")")
  }

  /// The file that `curl` writes for an endpoint that streams.
  @Test(
    arguments: [
      "data: @\n\ndata: @\n\n", ": ping\n\nevent: message\r\nid: 7\r\ndata: @\r\n\r\n", "retry: 10\ndata: [@]\n",
    ])
  func anEventStreamIsNamed(text: String) throws {
    let json = Record.summary(1).json
    let found = try errors(text.replacing("@", with: json))
    #expect(found.map(\.rule) == ["SS010"])
    #expect(found.first?.message.contains("server-sent events") == true)
    // The text may also follow a record.
    let behind = try errors(json + "\n" + text.replacing("@", with: #"{"note": 1}"#))
    #expect(behind.map(\.rule) == ["SS001"])
    #expect(behind.first?.message.contains("server-sent events") == true)
    // Fields in other text do not count.
    let other = try errors("data: none\nid: 7\n")
    #expect(other.first?.message.contains("server-sent events") == false)
  }

  @Test func recordsInTextsBesideRecordsAreCounted() throws {
    let records = "[" + [1, 2].map { Record.summary($0).json }.joined(separator: ",") + "]"
    let json = String(decoding: try JSONEncoder().encode(records), as: UTF8.self)
    let result = try ValidateOutcome([
      folder.write(
        #"{"activities": [\#(Record.summary(3).json)], "log": "{}", "page": {"body": \#(json)}, "a/b": \#(json)}"#,
        to: "a.json")
    ])
    #expect(result.summary.kinds["activity"]?.valid == 1)
    let errors = result.findings.filter { $0.severity == "error" }
    #expect(errors.map(\.rule) == ["SS017"])
    #expect(errors.first?.pointer == "/page/body")
    #expect(errors.first?.message.contains("JSON with 4 records (4 of kind activity)") == true)
    #expect(result.exitCode == 1)
  }

  @Test(
    arguments: [
      (#"[{"a": 1}, {"b": 2}, @, {"c": 3}]"#, ["3 objects"]),
      (#"[[{"a": 1}, {"b": 2}], [{"c": 3}]]"#, ["2 objects", "this object"]),
      (#"{"a": 1} {"b": 2}"#, ["this object", "this object"]),
      (#"{"x": [@, {"id": 1, "a": 1}, {"id": 2, "a": 1}], "y": [{"id": 3, "a": 1}]}"#, ["2 objects", "this object"]),
    ] as [(String, [String])])
  func equalObjectsOfOneArrayAreOneFinding(text: String, parts: [String]) throws {
    let file = try folder.write(text.replacing("@", with: Record.summary(9).json), to: "a.json")
    let result = try ValidateOutcome([file])
    let errors = result.findings.filter { $0.rule == "SS020" }
    #expect(errors.count == parts.count)
    for (finding, part) in zip(errors, parts) { #expect(finding.message.contains(part), "\(finding.message)") }
    let objects = text.count { $0 == ":" } - (text.contains("id") ? 5 : 0)
    #expect(result.summary.kinds["unrecognised"]?.rejected == objects)
    // The number of errors is the same if nearly all of them are only counted.
    let counted = try StravaStore.run(["validate", "--max-findings", "1", file])
    #expect((counted.output + counted.errors).contains("\n\(parts.count) error"))
  }

  /// Exports of Postman and of browsers, and raw tables of Airbyte.
  @Test(
    arguments: [
      (#"{"info":{"name":"API"},"item":[{"response":[{"body":@}]}]}"#, "/item/0/response/0/body"),
      (#"{"log":{"entries":[{"response":{"content":{"text":@}}}]}}"#, "/log/entries/0/response/content/text"),
      (#"{"_airbyte_raw_id":"x","_airbyte_data":@}"#, "/_airbyte_data"),
    ])
  func recordsInsideTextsAreCounted(text: String, pointer: String) throws {
    let records = "[" + [1, 2].map { Record.summary($0).json }.joined(separator: ",") + "]"
    let json = String(decoding: try JSONEncoder().encode(records), as: UTF8.self)
    let found = try errors(text.replacing("@", with: json))
    #expect(found.map(\.rule) == ["SS017"])
    #expect(found.first?.pointer == pointer)
    #expect(found.first?.message.contains("JSON with 2 records (2 of kind activity)") == true)
    #expect(found.first?.snippet?.contains("Run") != true)
  }

  @Test(
    arguments: [
      (#"["a","b","c","d","e"]"#, ["5 strings"]), ("[1,2,null,3]", ["3 numbers", "null is not"]),
      ("[[null,null],[1]]", ["2 null values", "a number"]), ("\"a\" \"b\"", ["2 strings"]), ("1\n2\n", ["2 numbers"]),
    ] as [(String, [String])])
  func equalValuesOfOneArrayAreOneFinding(text: String, parts: [String]) throws {
    let found = try errors(text)
    #expect(found.map(\.rule) == parts.map { _ in "SS011" })
    for (finding, part) in zip(found, parts) { #expect(finding.message.contains(part)) }
  }

  @Test(arguments: ["[null,@,null]", #"{"data":[null,@,null]}"#, #"{"a":{"data":[[null,@,null]]}}"#])
  func nullsCountAtAnyDepth(text: String) throws {
    let result = try ValidateOutcome([
      folder.write(text.replacing("@", with: Record.summary(1).json), to: "a.json")
    ])
    #expect(result.summary.total.valid == 1)
    #expect(result.summary.total.rejected == 2)
    #expect(result.rules.allSatisfy { $0 == "SS011" })
    #expect(result.exitCode == 1)
  }
}
