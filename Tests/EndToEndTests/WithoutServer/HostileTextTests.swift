import Foundation
import Support
import Testing

/// Text that is made to be expensive takes little time and memory.
@Suite(.waitingLong) struct HostileTextTests {
  private static func storm(_ piece: String, _ bytes: Int = 1 << 19) -> String {
    String(repeating: piece, count: bytes / piece.utf8.count)
  }

  /// The text that is repeated, and the text around it.
  static let texts: [(String, String, String)] = [
    ("", #"{"a":"#, ""), ("", "1\n", ""), ("", "[", ""), ("", "{", ""), ("", "[{", ""), ("", #"[{"a":["#, ""),
    ("", "\"", ""), ("", "\"a\"\n", ""), ("", "{}", ""), ("", "{}\n", ""), ("[", "{},", "{}]"), ("", ",", ""),
    ("", "]", ""), ("", "}{", ""), ("", "] }\n", ""), ("{\"a\":\"", "x", ""), ("{\"a\":\"", "\\n", "\"}"),
    ("{\"a\":\"", "\\q", "\"}"), ("{}\n", "\0", ""), ("{}\n", "x{\n", ""), ("", "// c\n{}\n", ""),
    ("", #"{"id":1,"#, ""), ("", #"{"id":1}{"id""#, ""), ("", "{\"a\":\"\n", ""), ("", "[\n{\"a\"\n", ""),
    ("", #"[{"id":"#, ""), ("", "{} {]", ""), ("", #"{"a":{"b":""#, ""), ("", "{\"a\":[\n ", ""), ("[", "0,", "0]"),
    ("[", "[0],", "0]"), ("[", "null,", "0]"), ("{", "\"a\":0,", "\"b\":0}"), ("[", "NaN,", "0]"),
    ("", "{\"a\":NaN}\n", ""), ("", #"{"a":[{"b":1},{"c":"#, ""), ("", #"{"a":[1}"#, ""),
    (#"{"data":["#, #"{"id":1,"x":tru},"#, "{}]}"), ("", #"{"a":{"b":{"c":{"d":{"e":nul}}}}}"# + "\n", ""),
    ("", #"{"body":"[{\"id\":1}]"}"# + "\n", ""), ("", "{\"\n", ""), ("[", "x,", "x]"), ("[[[", ",,", "]]]"),
    ("{}\n", "\u{FEFF}", ""), ("", "\u{1E}", ""), ("", #"{"insight_type":1,"insight_text":""}"#, ""),
  ]

  /// Seconds for a mebibyte: twelve times the promise of docs/reliability.md, because other tests run at the same time.
  private static let most = 2.4

  /// Returns objects whose keys are all different.
  static var manyKeys: [(String, String)] {
    let keys = (0..<40_000).map { "\"\($0)\":" }
    return [
      ("an object by number", "{" + keys.map { $0 + "{}" }.joined(separator: ",") + "}"),
      ("numbers by number", "{" + keys.map { $0 + "0" }.joined(separator: ",") + "}"),
      ("open objects", keys.map { "{" + $0 }.joined()),
    ]
  }

  @Test func eachTakesLittleTimeAndMemory() throws {
    let folder = try TemporaryFolder()
    let storms = Self.texts.map { head, piece, tail in (piece.debugDescription, head + Self.storm(piece) + tail) }
    for (name, text) in storms + Self.manyKeys {
      let file = try folder.write(text, to: "text.json")
      let command = try StravaStore.command(["validate", "--format", "json", "--max-findings", "10", file])
      let (ran, peak, seconds) = try command.measured()
      #expect(ran.exitCode == 0 || ran.exitCode == 1, "\(name)")
      #expect(peak < 128 << 20, "\(name) takes \(peak >> 20) MiB")
      let share = seconds / (Double(text.utf8.count) / Double(1 << 20))
      #expect(share < Self.most, "\(name) takes \(share) s a MiB")
    }
  }
}
