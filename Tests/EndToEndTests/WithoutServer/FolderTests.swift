import Foundation
import Support
import Testing

/// What a newcomer's folder gives, and what of an archive's members is read.
@Suite(.waiting) struct FolderTests {
  typealias Record = SyntheticRecord
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ texts: [String: String]) throws {
    for (name, text) in texts { try folder.write(text, to: name) }
  }

  private func lines(_ told: ValidateOutcome) -> [String] {
    told.findings.map { "\($0.severity) \($0.rule) \(($0.file ?? "").split(separator: "/").last ?? "")" }.sorted()
  }

  private static let foreign = [
    "d/package.json": #"{"name":"app","version":"1.0.0"}"#, "d/list.json": #"["a","b",null]"#,
    "d/schema.json": #"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{}}"#,
    "d/deep/objects.ndjson": "{\"a\":1}\n{\"b\":{}}\n{}\n", "d/empty-list.json": "[]",
    "d/node_modules/x/package.json": #"{"name":"x"}"#, "d/.git/c.json": "{}", "d/env/pyvenv.cfg": "",
    "d/env/lib.json": "{", "d/notes.txt": "x", "d/track.gpx": "x",
  ]

  @Test func aFileOfOtherContentIsOneWarning() throws {
    try write(Self.foreign)
    try folder.write(Record.summary(1).json, to: "d/activities.json")
    let told = try ValidateOutcome([folder.path("d")])
    #expect(told.exitCode == 0)
    #expect(
      lines(told) == [
        "note SS018 d", "warning SS019 list.json", "warning SS019 objects.ndjson", "warning SS019 package.json",
        "warning SS019 schema.json",
      ])
    #expect(told.summary.total.valid == 1)
    #expect(told.summary.total.rejected == 0)
    let note = try #require(told.findings.first { $0.rule == "SS018" })
    #expect(
      note.message.hasPrefix(
        "2 files skipped, not looked at: .gpx 1, .txt 1; 3 folders skipped: .git 1, env 1, node_modules 1"))
  }

  @Test func aFolderOfOtherContentAloneIsAnError() throws {
    try write(Self.foreign)
    let told = try ValidateOutcome([folder.path("d")])
    #expect(told.exitCode == 1)
    #expect(told.findings.filter { $0.severity == "error" }.map(\.rule) == ["SS013"])
    #expect(told.summary.warnings == 4)
  }

  @Test func nothingIsSoftenedForAFileThatIsNamed() throws {
    try write(Self.foreign)
    let told = try ValidateOutcome([folder.path("d/package.json"), folder.path("d/list.json")])
    #expect(told.exitCode == 1)
    #expect(lines(told) == ["error SS011 list.json", "error SS011 list.json", "error SS020 package.json"])
  }

  /// All that is wrong in a file is reported.
  @Test func brokenTextAndNearActivitiesStayErrors() throws {
    try write([
      "d/broken.json": "[{\"a\":1},\n{\"b\":tru}]",
      "d/near.json": "[{\"a\":1},\(Record.summary(1).with("distance", "\"x\"").json)]",
      "d/good.json": Record.summary(2).json, "d/mixed.json": "[{\"a\":1},\(Record.summary(3).json)]",
    ])
    let told = try ValidateOutcome([folder.path("d")])
    #expect(told.exitCode == 1)
    let errors = lines(told).filter { $0.hasPrefix("error") }
    #expect(
      errors == [
        "error SS001 broken.json", "error SS020 broken.json", "error SS020 mixed.json", "error SS020 near.json",
        "error SS030 near.json",
      ])
    #expect(told.summary.total.valid == 2)
  }

  @Test func patternsOfTheCommandLineChooseFiles() throws {
    try write([
      "d/a.json": Record.summary(1).json, "d/drafts/b.json": Record.summary(2).json, "d/c.txt": Record.summary(3).json,
    ])
    let path = folder.path("d")
    #expect(try ValidateOutcome([path]).summary.total.valid == 2)
    #expect(try ValidateOutcome([path, "--exclude", "drafts"]).summary.total.valid == 1)
    #expect(try ValidateOutcome([path, "--exclude", "a.*", "--exclude", "drafts/*"]).summary.total.valid == 0)
    #expect(try ValidateOutcome([path, "--include", "*.txt", "--include", "a.json"]).summary.total.valid == 2)
    // A path that is named is always read.
    #expect(try ValidateOutcome([path + "/a.json", "--exclude", "*"]).summary.total.valid == 1)
    let imported = try StravaStore.run(["import", path, "--dry-run", "--json", "--exclude", "drafts", "--quiet"])
    #expect(imported.output.contains(#""valid":1"#))
  }

  @Test func messagesOfOthersAreNeverReadInAFolderOrAnArchive() throws {
    try write([
      "d/a.json": Record.summary(1).json, "d/messaging.json": Record.summary(2).json,
      "d/community_content.json": Record.summary(3).json,
    ])
    try python("import shutil; shutil.make_archive('export', 'zip', 'd')")
    for name in ["d", "export.zip"] {
      let told = try ValidateOutcome([folder.path(name)])
      #expect(told.summary.total.read == 1, "\(name)")
      #expect(told.findings.first?.message.contains("community_content.json, messaging.json") == true)
    }
    #expect(try ValidateOutcome([folder.path("d/messaging.json")]).summary.total.read == 1)
  }

  @Test func archivesInsideOthersAreRead() throws {
    try folder.write(Record.summary(1).json, to: "a.json")
    try python(
      """
      import zipfile
      for outer, inner in [('1.zip', 'a.json'), ('2.zip', '1.zip'), ('3.zip', '2.zip')]:
          with zipfile.ZipFile(outer, 'w') as z: z.write(inner)
      """)
    for (name, valid, exitCode) in [("1.zip", 1, 0), ("2.zip", 1, 0), ("3.zip", 0, 1)] as [(String, Int, Int32)] {
      let told = try ValidateOutcome([folder.path(name)])
      #expect(told.exitCode == exitCode, "\(name)")
      #expect(told.summary.total.valid == valid, "\(name)")
    }
  }

  private func python(_ script: String) throws {
    let made = try Command(Checkout.inVenv("python"), ["-c", script], directory: folder.path("")).run()
    try #require(made.exitCode == 0, "\(made.errors)")
  }
}
