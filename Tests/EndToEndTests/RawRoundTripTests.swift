import Foundation
import Support
import Testing

/// Import, export as raw, import elsewhere: the same database.
@Suite(.waitingLong) struct RawRoundTripTests {
  /// What two imports of the same records need not have alike.
  private static let omitted =
    ["created_at", "updated_at", "last_activity_sync"]
    + ["source", "source.athlete", "source.token", "source.zones"].flatMap { source in
      ["file", "record", "run", "imported_at", "also"].map { "\(source).\($0)" }
    }

  private func differences(_ bench: ExportFixture, _ other: TestDatabase) throws -> String {
    try bench.pymongo.run(
      file: "same.py",
      ["--key-file", bench.store.keyFile, "--references-move"] + Self.omitted.flatMap { ["--omit", $0] }
        + [bench.store.database.name, other.name])
  }

  @Test func fixturesComeBackAsTheyWere() throws {
    let bench = try ExportFixture(importing: [ExportFixture.fixtures])
    let path = bench.folder.path("raw.ndjson.gz")
    let told = try bench.printed(["all", "--format", "raw", "--decrypt", "-o", path])
    #expect(told.exitCode == 0)
    let counts = try FixtureCounts()
    let users = try #require(told.collections["users"])
    #expect(users.read == counts.users)
    #expect(users.empty == counts.stubs)
    #expect(users.records > users.written)
    let other = try TestServer.shared.uniqueDatabase()
    let imported = try bench.store.run([path], into: other)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(imported.summary.activities.new == counts.activities)
    #expect(imported.summary.stubs == counts.stubs)
    let differences = try differences(bench, other)
    #expect(differences == "")
    // Existing records are not written again, except one whose keys the stand-in moves (see same.py).
    let again = try bench.store.run([path])
    #expect(again.summary.total.new == 0)
    #expect(again.summary.total.updated <= 1)
  }

  @Test func anActivityWithoutAnAthleteKeepsItsOwner() throws {
    let bench = try ExportFixture()
    let record = SyntheticRecord.summary(5).without("athlete")
    #expect(
      try bench.store.run(["--athlete", "77", bench.folder.write(record.json, to: "one.json")]).exitCode == 0)
    let raw = try bench.text("activities", "--format", "raw", "--decrypt")
    #expect(raw.hasPrefix(#"{"athlete":{"id":77},"activities":[{"resource_state":2,"#))
    let other = try TestServer.shared.uniqueDatabase()
    #expect(try bench.store.run([bench.folder.write(raw, to: "raw.json")], into: other).exitCode == 0)
    #expect(try differences(bench, other) == "")
  }

  @Test(arguments: [11])
  func hostileRecordsComeBackAsTheyWere(seed: Int) throws {
    let bench = try ExportFixture()
    let (records, verdicts) = (bench.folder.path("records.ndjson"), bench.folder.path("verdicts"))
    try bench.pymongo.run(file: "hostile.py", ["\(seed)", "10000", records, verdicts])
    let stored = try bench.store.run([records]).summary.activities.new
    #expect(stored > 9900)
    let typed = bench.folder.path("typed.ndjson")
    #expect(try bench.printed(["activities", "--decrypt", "-o", typed]).total.written == stored)
    let compared = try bench.pymongo.run(file: "exported.py", [bench.store.keyFile, "activities", typed])
    #expect(compared == #"{"documents": \#(stored)}"# + "\n")

    let raw = bench.folder.path("raw.ndjson")
    #expect(
      try bench.printed(["all", "--format", "raw", "--decrypt", "-o", raw]).collections["activities"]?.written == stored
    )
    let other = try TestServer.shared.uniqueDatabase()
    let imported = try bench.store.run([raw], into: other)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(imported.summary.activities.new == stored)
    #expect(try differences(bench, other) == "")
  }
}
