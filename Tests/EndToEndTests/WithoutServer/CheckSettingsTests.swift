import Foundation
import Support
import Testing

/// `.strava-store.yml`: the settings of a repository for `validate`.
@Suite(.waiting) struct CheckSettingsTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["a.json", "old/b.json", "old/deep/c.json", "drafts/d.json"] {
      try folder.write(SyntheticRecord.summary(91_000_000_001).with("distance", "-1").json, to: "dump/" + name)
    }
  }

  private func validate(_ arguments: String..., in directory: String = "") throws -> Outcome {
    try StravaStore.run(
      ["validate", "--json"] + arguments, directory: directory.isEmpty ? folder.path : folder.path(directory))
  }

  private func counts(_ outcome: Outcome) throws -> [String: Int] {
    let summary = try #require(JSONSerialization.jsonObject(with: Data(outcome.standardOutput)) as? [String: Any])
    return ["errors", "warnings", "notes"].reduce(into: [:]) { $0[$1] = summary[$1] as? Int }
  }

  @Test func rulesAndPathsHaveTheirSeverities() throws {
    #expect(try counts(validate("dump")) == ["errors": 4, "warnings": 0, "notes": 0])
    try folder.write("rules: {SS032: note}\n", to: ".strava-store.yml")
    #expect(try counts(validate("dump")) == ["errors": 0, "warnings": 0, "notes": 4])
    try folder.write(
      """
      # Comments are allowed.
      per-path:
        "dump/old/*": {SS032: warning}
        c.json: {SS032: off}
      exclude: [drafts]
      """, to: ".strava-store.yml")
    #expect(try counts(validate("dump")) == ["errors": 1, "warnings": 1, "notes": 0])
    #expect(try counts(validate("./dump/../dump/old/b.json")) == ["errors": 0, "warnings": 1, "notes": 0])
    #expect(try counts(validate(folder.path("dump/old/b.json"))) == ["errors": 0, "warnings": 1, "notes": 0])
    // The command line wins.
    #expect(try counts(validate("dump", "--rule", "SS032=note")) == ["errors": 0, "warnings": 0, "notes": 3])
  }

  @Test func theFileIsFoundUpToTheRootOfTheRepository() throws {
    try folder.write("rules: {SS032: off}\n", to: ".strava-store.yml")
    #expect(try validate("a.json", in: "dump").exitCode == 1)
    try FileManager.default.createDirectory(
      atPath: folder.path("dump/old/.git"), withIntermediateDirectories: true)
    #expect(try validate("b.json", in: "dump/old").exitCode == 1)
    try FileManager.default.createDirectory(atPath: folder.path(".git"), withIntermediateDirectories: true)
    #expect(try validate("a.json", in: "dump").exitCode == 0)
    #expect(try validate("b.json", in: "dump/old").exitCode == 1)
    #expect(try validate("a.json", "--config", "../.strava-store.yml", in: "dump").exitCode == 0)
  }

  @Test(arguments: [
    ("rules:\n  SS032: off\nuri: mongodb://example\n", "x.yml:3: unknown key 'uri'"),
    ("rules:\n  SS999: off\n", "x.yml:2: unknown rule 'SS999'"),
    ("rules:\n  SS032: fatal\n", "x.yml:2: the severity of SS032 must be one of"),
    ("rules:\n  SS001: off\n", "x.yml:2: the severity of SS001 cannot be changed"),
    ("exclude: drafts\n", "x.yml:1: exclude must be a list of patterns"),
    ("per-path:\n  a: [SS032]\n", "x.yml:2: the rules must be a mapping"),
    ("- rules\n", "x.yml:1: the file must be a mapping"),
    ("rules: {SS032: off\n", "x.yml: it is not YAML"),
  ])
  func mistakesAreRefusedWithTheirLine(_ text: String, _ message: String) throws {
    try folder.write(text, to: "x.yml")
    let outcome = try validate("dump", "--config", "x.yml")
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func aNamedFileMustBeThere() throws {
    let outcome = try validate("dump", "--config", "absent.yml")
    #expect(outcome.exitCode == 2 && outcome.errors.contains("cannot read absent.yml"), "\(outcome.errors)")
  }

  /// An empty file sets nothing.
  @Test func anEmptyFileChangesNothing() throws {
    try folder.write("", to: ".strava-store.yml")
    #expect(try validate("dump").exitCode == 1)
  }
}
