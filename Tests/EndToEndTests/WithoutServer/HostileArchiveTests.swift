import Foundation
import Support
import Testing

/// Hostile archives are read without extracting them: each causes a finding, takes little memory, and writes nothing to
/// disk.
@Suite(.waitingLong) struct HostileArchiveTests {
  /// The findings that `validate` must report for a file of `Tests/Interop/hostile_archives.py`.
  struct Expected {
    var valid = 0
    /// The number of errors and warnings.
    var rules: Set<String> = []
    var exitCode: Int32 = 1
    /// True if another text or member is read, whatever its length.
    var message = ""
  }

  static let expected: [String: Expected] = [
    // These expand without an end.
    "overlapping.zip": Expected(rules: ["SS016"], message: "1000 members"),
    "quoting.zip": Expected(rules: ["SS010", "SS016"]),
    "dictionary.zip": Expected(exitCode: 0),
    "thrice.json.gz": Expected(rules: ["SS012", "SS016"], message: "expands to more than"),
    "spaces.json.bz2": Expected(rules: ["SS012", "SS016"], message: "expands to more than"),
    "spaces.json.xz": Expected(rules: ["SS012"]),
    "spaces.json.gz": Expected(rules: ["SS012"]),
    // These expand to as much as records can have.
    "same.ndjson.xz": Expected(valid: 450_000, exitCode: 0),
    "thousand-times.json.gz": Expected(rules: ["SS010"]),
    "nested.zip": Expected(valid: 1, exitCode: 0),
    "nested-twice.zip": Expected(rules: ["SS013"], message: "inside two other archives"),
    "brackets.json.gz": Expected(rules: ["SS009"]),
    "string.json.gz": Expected(rules: ["SS009"]),
    // These contain false information.
    "size-too-small.zip": Expected(valid: 2, rules: ["SS016"], message: "wrong size"),
    "size-too-large.zip": Expected(valid: 2, rules: ["SS016"], message: "wrong size"),
    "packed-too-large.zip": Expected(valid: 1, rules: ["SS016"], message: "wrong size"),
    "checksum.zip": Expected(valid: 2, rules: ["SS016"], message: "bad CRC"),
    // The second member is read as text after the record of the first one.
    "size-of-eight-gigabytes.tar": Expected(valid: 2, rules: ["SS001", "SS016"]),
    "size-below-zero.tar": Expected(rules: ["SS016"], message: "negative size"),
    "size-of-exabytes.tar": Expected(rules: ["SS016"]),
    "long-header.tar": Expected(rules: ["SS016"]),
    "cut.json.gz": Expected(rules: ["SS012", "SS016"], message: "truncated"),
    // These have names that lead outside, or members that are not files.
    "tricks.zip": Expected(valid: 10, exitCode: 0),
    "tricks.tar": Expected(valid: 10, exitCode: 0),
    "tricks-gnu.tar": Expected(valid: 10, exitCode: 0),
    // The name ends at the NUL byte, and the rest of it is not the name of a JSON file.
    "nul.tar": Expected(valid: 1, exitCode: 0),
  ]

  /// The memory of the reader itself, and 32 MiB of text in its window.
  static let bound = 256 << 20

  @Test func eachGivesAFindingInLittleMemory() throws {
    let folder = try TemporaryFolder()
    let script = Checkout.root.appending(path: "Tests/Interop/hostile_archives.py").path
    try FileManager.default.createDirectory(atPath: folder.path("a/b/in"), withIntermediateDirectories: true)
    let made = try Command(Checkout.inVenv("python"), [script, folder.path("a/b/in")]).run()
    try #require(made.exitCode == 0, "\(made.errors)")
    let before = try paths(folder)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("a/b/in")).sorted() == Self.expected.keys.sorted()
    )
    for (name, expected) in Self.expected.sorted(by: { $0.key < $1.key }) {
      let command = try StravaStore.command(
        ["validate", "--quiet", "--format", "json", "in/\(name)"], directory: folder.path("a/b"))
      let (outcome, peak, _) = try command.measured()
      #expect(Sanitizer.isOn || peak < Self.bound, "\(name)")
      #expect(outcome.exitCode == expected.exitCode, "\(name)")
      let result = try JSONDecoder().decode(Report.self, from: Data(outcome.standardOutput))
      #expect(result.summary.total.valid == expected.valid, "\(name)")
      let findings = result.findings.filter { $0.severity != "note" }
      #expect(Set(findings.map(\.rule)) == expected.rules, "\(name)")
      #expect(expected.message.isEmpty || findings.contains { $0.message.contains(expected.message) }, "\(name)")
      #expect(result.findings.allSatisfy { $0.file.hasPrefix("in/\(name)") }, "\(name)")
    }
    #expect(try paths(folder) == before)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/strava-store-absolute.json"))
  }

  /// A record makes the object around it a wrapper, in which each other object is reported.
  @Test func findingsOfOneObjectDoNotPileUp() throws {
    let count = Soak.size(500_000, soak: 5_000_000)
    let folder = try TemporaryFolder()
    let text = #"{"all":["# + SyntheticRecord.summary(1).json + String(repeating: ",{}", count: count) + "]}"
    let path = try folder.write(text, to: "flood.json")
    let (outcome, peak, _) = try StravaStore.command(["validate", "--quiet", "--json", path]).measured(
      timeout: .seconds(600))
    #expect(Sanitizer.isOn || peak < (Soak.isOn ? 1024 : 256) << 20)
    #expect(outcome.exitCode == 1)
    #expect(outcome.output.contains(#""rejected":\#(count),"#), "\(outcome.output)")
  }

  /// In every output format, names from an archive move no cursor and begin no line.
  @Test func namesAreShownSafely() throws {
    let folder = try TemporaryFolder()
    let script = """
      import tarfile, io
      with tarfile.open("names.tar", "w") as archive:
          for name in ["line\\nbreak\\r.json", "\\x1b[2J\\x1b]0;owned\\x07.json", "\\u202egnp.json", "\\u009b31m.json"]:
              one = tarfile.TarInfo(name)
              one.size = 1
              archive.addfile(one, io.BytesIO(b"{"))
      """
    let made = try Command(Checkout.inVenv("python"), ["-c", script], directory: folder.path).run()
    try #require(made.exitCode == 0, "\(made.errors)")
    for format in ["text", "markdown", "github", "junit", "sarif", "json", "jsonl"] {
      let result = try StravaStore.run(["validate", "--format", format, "names.tar"], directory: folder.path)
      #expect(result.exitCode == 1, "\(format)")
      for scalar in (result.output + result.errors).unicodeScalars {
        let isUnsafe = scalar.value < 0x20 && scalar != "\n" || 0x7F...0x9F ~= scalar.value || scalar == "\u{202E}"
        // JSON readers turn the escapes back into text; direction marks and C1 controls are text there.
        #expect(
          !isUnsafe || ["json", "jsonl", "sarif"].contains(format) && scalar.value > 0x7F, "\(format): \(scalar.value)")
      }
      #expect(!(result.output + result.errors).contains("\nbreak"), "\(format)")
    }
  }

  struct Report: Decodable {
    struct Finding: Decodable {
      let rule: String
      let severity: String
      let file: String
      let message: String
    }
    let findings: [Finding]
    let summary: ValidateOutcome.Summary
  }

  private func paths(_ folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
  }
}
