import Foundation
import Support
import Testing

/// A message says what made the text wrong, not only where it is.
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

  /// Exports of Postman and of browsers, raw tables of Airbyte.
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
    let told = try ValidateOutcome([
      folder.write(text.replacing("@", with: Record.summary(1).json), to: "a.json")
    ])
    #expect(told.summary.total.valid == 1)
    #expect(told.summary.total.rejected == 2)
    #expect(told.rules.allSatisfy { $0 == "SS011" })
    #expect(told.exitCode == 1)
  }
}
