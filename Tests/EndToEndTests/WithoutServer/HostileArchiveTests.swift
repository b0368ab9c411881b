import Foundation
import Support
import Testing

/// Archives that mean harm are read in place: a finding for each, in little memory, and nothing on the disk.
@Suite(.waitingLong) struct HostileArchiveTests {
  /// What `validate` must say of a file of `Tests/Interop/hostile_archives.py`.
  struct Expected {
    var valid = 0
    /// Of errors and warnings.
    var rules: Set<String> = []
    var exitCode: Int32 = 1
    /// Some other text or member is read, however much of it.
    var message = ""
  }

  static let expected: [String: Expected] = [
    // What expands without an end.
    "overlapping.zip": Expected(rules: ["SS016"], message: "1000 members"),
    "quoting.zip": Expected(rules: ["SS010", "SS016"]),
    "dictionary.zip": Expected(exitCode: 0),
    "thrice.json.gz": Expected(rules: ["SS012", "SS016"], message: "expands to more than"),
    "spaces.json.bz2": Expected(rules: ["SS012", "SS016"], message: "expands to more than"),
    "spaces.json.xz": Expected(rules: ["SS012"]),
    "spaces.json.gz": Expected(rules: ["SS012"]),
    // What expands as far as records can.
    "same.ndjson.xz": Expected(valid: 450_000, exitCode: 0),
    "thousand-times.json.gz": Expected(rules: ["SS010"]),
    "nested.zip": Expected(valid: 1, exitCode: 0),
    "nested-twice.zip": Expected(rules: ["SS013"], message: "inside two other archives"),
    "brackets.json.gz": Expected(rules: ["SS009"]),
    "string.json.gz": Expected(rules: ["SS009"]),
    // What lies.
    "size-too-small.zip": Expected(valid: 2, rules: ["SS016"], message: "wrong size"),
    "size-too-large.zip": Expected(valid: 2, rules: ["SS016"], message: "wrong size"),
    "packed-too-large.zip": Expected(valid: 1, rules: ["SS016"], message: "wrong size"),
    "checksum.zip": Expected(valid: 2, rules: ["SS016"], message: "bad CRC"),
    // The second member is read as text behind the first one's record.
    "size-of-eight-gigabytes.tar": Expected(valid: 2, rules: ["SS001", "SS016"]),
    "size-below-zero.tar": Expected(rules: ["SS016"], message: "negative size"),
    "size-of-exabytes.tar": Expected(rules: ["SS016"]),
    "long-header.tar": Expected(rules: ["SS016"]),
    "cut.json.gz": Expected(rules: ["SS012", "SS016"], message: "truncated"),
    // Names that lead elsewhere, and members that are not files.
    "tricks.zip": Expected(valid: 10, exitCode: 0),
    "tricks.tar": Expected(valid: 10, exitCode: 0),
    "tricks-gnu.tar": Expected(valid: 10, exitCode: 0),
    // The name ends at the NUL, and what is left of it is that of no JSON.
    "nul.tar": Expected(valid: 1, exitCode: 0),
  ]

  /// The reader's own, and text of 32 MiB in its window.
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
      let told = try JSONDecoder().decode(Report.self, from: Data(outcome.standardOutput))
      #expect(told.summary.total.valid == expected.valid, "\(name)")
      let findings = told.findings.filter { $0.severity != "note" }
      #expect(Set(findings.map(\.rule)) == expected.rules, "\(name)")
      #expect(expected.message.isEmpty || findings.contains { $0.message.contains(expected.message) }, "\(name)")
      #expect(told.findings.allSatisfy { $0.file.hasPrefix("in/\(name)") }, "\(name)")
    }
    #expect(try paths(folder) == before)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/strava-store-absolute.json"))
  }

  /// A record makes a wrapper of the object around it, in which each of the others is one to tell of.
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

  /// In whatever form they are shown, names out of an archive move no cursor and begin no line.
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
      let told = try StravaStore.run(["validate", "--format", format, "names.tar"], directory: folder.path)
      #expect(told.exitCode == 1, "\(format)")
      for scalar in (told.output + told.errors).unicodeScalars {
        let isUnsafe = scalar.value < 0x20 && scalar != "\n" || 0x7F...0x9F ~= scalar.value || scalar == "\u{202E}"
        // JSON's own readers turn what was sent as text back into it; direction marks and C1 are text there.
        #expect(
          !isUnsafe || ["json", "jsonl", "sarif"].contains(format) && scalar.value > 0x7F, "\(format): \(scalar.value)")
      }
      #expect(!(told.output + told.errors).contains("\nbreak"), "\(format)")
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
