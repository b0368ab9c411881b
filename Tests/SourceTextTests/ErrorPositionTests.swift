import BSON
import Findings
import Foundation
import SourceText
import Testing

/// The position of an error in a finding (line, column, offset, pointer), and what its snippet shows.
struct ErrorPositionTests {
  private static let classed = ["access_token", "firstname", "latlng", "athlete_zone", "key \"q\""]

  /// Returns the finding for the first record of an invalid text.
  private func finding(_ text: [UInt8], ordinal: Int = 1) throws -> Finding {
    let batch = text.withUnsafeBytes { RecordBatch(file: "a.json", ordinal: ordinal, text: $0) }
    var transcoder = JSONTranscoder()
    do throws(JSONError) {
      try batch.transcode(batch.slices[0], with: &transcoder)
    } catch {
      return batch.finding(for: error, in: batch.slices[0]) { key in
        Self.classed.contains(key) ? .everything : key == "private" ? .value : .texts
      }
    }
    throw NoError()
  }

  private func finding(_ text: String, ordinal: Int = 1) throws -> Finding {
    try finding(Array(text.utf8), ordinal: ordinal)
  }

  private struct NoError: Error {}

  /// Text, line, column and JSON Pointer. The expected offset is that of the mark.
  @Test(
    arguments: [
      ("{}¦1", 1, 3, ""),
      ("{\"a\":¦x}", 1, 6, "/a"),
      ("{\"a\":1,\"b\":¦x}", 1, 12, "/b"),
      ("{\"a\":1 ¦\"b\":2}", 1, 8, ""),
      ("{\"a\":1,¦b:2}", 1, 8, ""),
      ("{\"a\" ¦1}", 1, 6, "/a"),
      ("{\n  \"a\": 1,\n  \"b\": ¦tru\n}", 3, 8, "/b"),
      ("{\r\n\"a\":1,\r\n\"b\":¦x}", 3, 5, "/b"),
      ("{\"é€😀\":¦x}", 1, 8, "/é€😀"),
      ("{\"a\":\"é€😀\",\"b\":¦x}", 1, 16, "/b"),
      ("{\"a\":\"👩‍👩‍👧\",\"b\":¦x}", 1, 18, "/b"),
      ("{\"a\":[¦x]}", 1, 7, "/a/0"),
      ("{\"a\":[1,2,¦x]}", 1, 11, "/a/2"),
      ("{\"a\":[[],[{\"b\":1},{\"c\":[¦x]}]]}", 1, 25, "/a/1/1/c/0"),
      ("{\"a\":{\"b\":1},\"c\":¦x}", 1, 18, "/c"),
      ("{\"a\":{\"b\":1,\"b~/c\":¦x}}", 1, 20, "/a/b~0~1c"),
      ("{\"\":{\"\":¦x}}", 1, 9, "//"),
      ("{\"a\\nb\":¦x}", 1, 9, "/a\nb"),
      ("{\"\\u0061\":¦x}", 1, 11, "/a"),
      ("{\"a\":{\"b\":1,¦\"b\":2}}", 1, 13, "/a/b"),
      ("{\"a/b\":1,¦\"a\\/b\":2}", 1, 10, "/a~1b"),
      ("{\"a\":{¦\"\\u0000\":2}}", 1, 7, "/a"),
      ("{\"a\":[{\"b\":¦12345678901234567890123456789012345}]}", 1, 12, "/a/0/b"),
      ("{\"a\":\"text ¦\\q\"}", 1, 12, "/a"),
      ("{\"a\":\"text ¦\\ud800\"}", 1, 12, "/a"),
      ("{\"a\":[1,\n  {\"b\":\n[0,¦]}]}", 3, 4, "/a/1/b/1"),
      ("{\"a\":[1,2¦", 1, 10, "/a/1"),
      ("{\"a\":1,\n\"b\":{\"c\":\"d¦", 2, 12, "/b/c"),
      ("{\"a\":1,\n¦", 2, 1, ""),
      ("{\"a\":{}¦", 1, 8, ""),
    ] as [(String, Int, Int, String)])
  func aPlaceIsLineColumnOffsetAndPointer(marked: String, line: Int, column: Int, pointer: String) throws {
    let text = try #require(Marked(marked))
    let finding = try finding(text.text, ordinal: 7)
    #expect(finding.position == Position(line: line, column: column, offset: text.offset))
    #expect(finding.pointer == pointer)
    #expect(finding.record == 7)
    #expect(finding.file == "a.json")
    #expect(finding.severity == .error)
  }

  @Test func theCaretIsBelowThePosition() throws {
    #expect(try finding("{\"a\":1,\n  \"é€😀\": nul}").snippet == "  \"é€😀\": nul\n         ^")
    #expect(try finding("{\"a\":nul,\n\"b\":1}").snippet == "{\"a\":nul\n     ^")
    let long = "{" + (0..<30).map { "\"key \($0)\":\($0)," }.joined() + "\"b\":NaN}"
    let lines = try #require(try finding(long).snippet?.split(separator: "\n"))
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("…") && lines[0].hasSuffix("\"b\":NaN"))
    #expect(lines[1].count == lines[0].count - 2)
    // Control characters would move the terminal's cursor.
    #expect(try finding("{\"a\":\"\u{1B}[2J\u{7}\"}").snippet?.contains("\u{1B}") == false)
    #expect(try finding("{\"a\u{7F}\":x}").snippet?.contains("\u{7F}") == false)
  }

  /// Each text has a part of `SECRET` under a classed key, and an error somewhere.
  @Test(
    arguments: [
      "{\"access_token\":\"SECRET\",\"b\":x}",
      "{\"access_token\":\"SECRET\" \"b\":1}",
      "{\"access_token\":\"SECRET\"x}",
      "{\"access_token\":\"SECRET",
      "{\"access_token\":\"SECRET\\q\"}",
      "{\"access_token\":\"SECRET\\qSECRET\"}",
      "{\"access_token\":\"\\qSECRET\"}",
      "{\"access_token\":\"a\nSECRET\"}",
      "{\"access_token\":SECRET}",
      "{\"access_token\":'SECRET'}",
      "{\"access_token\": -SECRET}",
      "{\"access_token\" \"SECRET\"}",
      "{\"access_token\" SECRET}",
      "{\"access_token\",\"SECRET\"}",
      "{\"access_token\"=\"SECRET\"}",
      "{\"access_token\"=SECRET}",
      "{\"access_token\":[\"a\",SECRET]}",
      "{\"access_token\":[\"SECRET\",x]}",
      "{\"access_token\":{\"a\":\"SECRET\",\"b\":x}}",
      "{\"access_token\":{\"a\":[\"SECRET\",{\"b\":[\"SECRET\"]},x",
      "{\"access_token\":\"SECRET\",\"access_token\":\"SECRET\"}",
      "{\"a\":1,\"access_token\":1,\"access_token\":\"SECRET\"}",
      "{\"a\":x,\"access_token\":\"SECRET\"}",
      "{\"a\":x,\"latlng\":[-SECRET]}",
      "{\"latlng\":[1,-SECRET]}",
      "{\"latlng\":[SECRET 1]}",
      "{\"latlng\":1SECRET}",
      "{\"latlng\":truSECRET}",
      "{\"key \\\"q\\\"\":\"SECRET\",\"b\":x}",
      "{\"access_\\u0074oken\":\"SECRET\",\"b\":x}",
      "{\"a\":1,}\"access_token\":\"SECRET\"",
      "{\"a\":1}\"SECRET\"",
      "{\"\\u0061ccess_token\":[{\"a\":\"SECRET\"},x",
      "{\"access_token\" :SECRET",
      "{\"access_token\"\n=SECRET}",
    ])
  func aSnippetHidesValuesUnderClassedKeys(text: String) throws {
    let finding = try finding(text)
    #expect(finding.snippet?.contains("SECR") == false, "\(finding.snippet ?? "none")")
    #expect(!finding.message.contains("SECR"))
    #expect(finding.pointer?.contains("SECR") == false)
  }

  /// The secret is under unknown keys, wherever a text can be.
  @Test(
    arguments: [
      "{\"private\":\"SECRET\",\"b\":x}", "{\"private\":4711,\"b\":x}", "{\"private\":true,\"b\":x}",
      "{\"private\":[4711,\"SECRET\"],\"b\":x}", "{\"private\":{\"b\":\"SECRET\"},\"b\":x}",
      "{\"b\":\"SECRET\",\"b\":x}", "{\"b\":[\"SECRET\",[\"SECRET\",x]]}", "{\"b\":\"SECRET\\q\"}", "{\"b\":\"SECRET",
      "{\"b\":[\"SECRET", "{\"b\":SECRET}", "{\"b\":[1,SECRET]}", "{\"b\":1 SECRET}", "{\"private\":4711",
      "{\"b\" SECRET}", "{\"b\":1}SECRET",
    ])
  func aSnippetHidesTextsAndWhatIsUnderUnknownKeys(text: String) throws {
    let snippet = try #require(try finding(text).snippet)
    #expect(!snippet.contains("SEC") && !snippet.contains("471") && !snippet.contains("true"), "\(snippet)")
  }

  @Test func aSnippetShowsWhatIsNotClassed() throws {
    let text = "{\"access_token\":\"SECRET\",\"id\":7,\"x\":[1,null,true],\"b\":NaN}"
    let shown = try #require(try finding(text).snippet)
    let head = "{\"access_token\":…,\"id\":7,\"x\":[1,null,true],\"b\":"
    #expect(shown == head + "NaN\n" + String(repeating: " ", count: head.count) + "^")
  }

  /// The text after the error was not read as JSON, so the keys of its values are unknown.
  @Test(
    arguments: [
      ("{¦'email': 'ada@example.com'}", ""),
      ("{\"id\":1, ¦'email': 'ada@example.com'}", ""),
      ("{\"id\":1, ¦lastname: Miller}", "lastname"),
      ("{\"id\":1, ¦lastname:Miller}", "lastname"),
      ("{¦lastname=Miller, id=1}", "lastname"),
      ("{\"id\"¦=Miller}", "="),
      ("{\"id\":1¦:Miller}", ":"),
      ("{\"id\":1,¦,Miller}", ","),
      ("{\"names\":[¦'Ada', 'Grace']}", ""),
      ("{\"names\":[¦Ada, Grace]}", ""),
      ("{\"names\":[1,¦Ada\tGrace]}", ""),
      ("{\"names\":[1,¦NaN]}", "NaN"),
      ("{\"private\":¦NaN}", ""),
      ("{\"id\":¦Ada\"Grace\"}", ""),
      ("{\"id\":¦.5}", ".5"),
      ("{\"id\":1 ¦Lovelace}", ""),
      ("{¦an_identifier_of_many_letters:1}", "an_identifier_of"),
      ("{\"id\":1,¦\"id\":\"Ada\"}", "\"id"),
    ] as [(String, String)])
  func onlyTheOffendingTokenIsShown(marked: String, token: String) throws {
    let text = try #require(Marked(marked))
    let head = String(decoding: text.text[..<text.offset], as: UTF8.self)
    let finding = try finding(text.text)
    #expect(finding.position?.offset == text.offset)
    #expect(finding.snippet == head + token + "\n" + String(repeating: " ", count: head.count) + "^")
  }
}
