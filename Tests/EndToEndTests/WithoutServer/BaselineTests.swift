import Foundation
import Support
import Testing

/// `validate --baseline`: findings that are known fail no check, and new ones do.
@Suite(.waiting) struct BaselineTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func record(_ id: Int64, distance: String = "-1") -> String {
    SyntheticRecord.summary(id).with("distance", distance).json
  }

  private func validate(_ arguments: String...) throws -> Outcome {
    try StravaStore.run(["validate"] + arguments, directory: folder.path)
  }

  @Test func onlyNewFindingsFail() throws {
    try folder.write("[\(record(1)), \(record(2, distance: "5"))]", to: "dump/a.json")
    let written = try validate("dump", "--baseline", "known.json", "--write-baseline")
    #expect(
      written.exitCode == 0 && written.errors.contains("wrote the baseline known.json: 1 finding"), "\(written.errors)")
    let text = String(decoding: try folder.read("known.json"), as: UTF8.self)
    #expect(text.contains(#"{"file":"dump/a.json","pointer":"/distance","record":1,"rule":"SS032"}"#), "\(text)")
    #expect(!text.contains("line"))

    // Formatted, with another record before it, and by another name of the same path.
    try folder.write("[\n\n\(record(3, distance: "7")),\n\(record(1))\n]", to: "dump/a.json")
    for path in ["dump", "./dump/", "dump/a.json", folder.path("dump")] {
      let known = try validate(path, "--baseline", "known.json")
      #expect(known.exitCode == 0, "\(path): \(known.errors)")
      #expect(known.errors.contains("1 known finding, 0 stale entries") && !known.errors.contains("[SS032]"))
    }

    try folder.write("[\(record(1)), \(record(4))]", to: "dump/a.json")
    let new = try validate("dump", "--baseline", "known.json", "--format", "json")
    #expect(new.exitCode == 1, "\(new.errors)")
    let report = try #require(JSONSerialization.jsonObject(with: Data(new.standardOutput)) as? [String: Any])
    #expect((report["findings"] as? [[String: Any]])?.map { $0["record"] as? Int } == [2])
    let summary = try #require(report["summary"] as? [String: Any])
    #expect(summary["errors"] as? Int == 1 && summary["known"] as? Int == 1 && summary["stale"] as? Int == 0)
  }

  @Test func aKnownFindingThatOccursMoreOftenIsNew() throws {
    try folder.write("[\(record(1))]", to: "a.json")
    #expect(try validate("a.json", "--baseline", "known.json", "--write-baseline").exitCode == 0)
    try folder.write("[\(record(1)), \(record(1))]", to: "a.json")
    let twice = try validate("a.json", "--baseline", "known.json")
    #expect(twice.exitCode == 1 && twice.errors.contains("1 error"), "\(twice.errors)")
    #expect(try validate("a.json", "--baseline", "known.json", "--write-baseline").exitCode == 0)
    #expect(String(decoding: try folder.read("known.json"), as: UTF8.self).contains(#""count":2"#))
    #expect(try validate("a.json", "--baseline", "known.json").exitCode == 0)
  }

  @Test func staleEntriesAreNamedAndFailNothing() throws {
    try folder.write("[\(record(1)), \(record(2))]", to: "a.json")
    #expect(try validate("a.json", "--baseline", "known.json", "--write-baseline").exitCode == 0)
    try folder.write("[\(record(1, distance: "1")), \(record(2))]", to: "a.json")
    let stale = try validate("a.json", "--baseline", "known.json")
    #expect(stale.exitCode == 0, "\(stale.errors)")
    #expect(stale.errors.contains("1 known finding, 1 stale entry"))
    #expect(stale.errors.contains("stale: SS032 in a.json, record 1, /distance"), "\(stale.errors)")
  }

  @Test func aFindingWithoutARecordIsKnownByItsFile() throws {
    try folder.write("{\"id\": 1, ", to: "broken.json")
    #expect(try validate("broken.json").exitCode == 1)
    #expect(try validate("broken.json", "--baseline", "known.json", "--write-baseline").exitCode == 0)
    #expect(try validate("broken.json", "--baseline", "known.json").exitCode == 0)
    try FileManager.default.moveItem(atPath: folder.path("broken.json"), toPath: folder.path("other.json"))
    #expect(try validate("other.json", "--baseline", "known.json").exitCode == 1)
  }

  @Test func whatCouldNotBeCheckedIsNeverKnown() throws {
    try folder.write("[\(record(1))]", to: "a.json")
    let missing = try validate("a.json", "none.json", "--baseline", "known.json", "--write-baseline")
    #expect(missing.exitCode == 2, "\(missing.errors)")
    for (name, text) in [("text.json", "known"), ("list.json", "[]"), ("new.json", #"{"version":2,"findings":[]}"#)] {
      try folder.write(text, to: name)
      let refused = try validate("a.json", "--baseline", name)
      #expect(refused.exitCode == 2 && refused.errors.contains("cannot read the baseline \(name)"), "\(refused.errors)")
    }
    #expect(try validate("a.json", "--baseline", "missing.json").exitCode == 2)
  }
}
