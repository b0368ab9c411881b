import Foundation
import Support
import Testing

/// An import, a raw export, and an import into another database lead to the same documents.
@Suite(.waitingLong) struct RawRoundTripTests {
  /// Fields that may differ between two imports of the same records.
  private static let omitted =
    ["created_at", "updated_at", "last_activity_sync"]
    + ["source", "source.athlete", "source.token", "source.zones"].flatMap { source in
      ["file", "record", "run", "imported_at", "as_of", "also"].map { "\(source).\($0)" }
    }

  private func differences(_ fixture: ExportFixture, _ other: TestDatabase) throws -> String {
    try fixture.pymongo.run(
      file: "same.py",
      ["--key-file", fixture.store.keyFile, "--references-move"] + Self.omitted.flatMap { ["--omit", $0] }
        + [fixture.store.database.name, other.name])
  }

  @Test func fixturesComeBackAsTheyWere() throws {
    let fixture = try ExportFixture(importing: [ExportFixture.fixtures])
    let path = fixture.folder.path("raw.ndjson.gz")
    let result = try fixture.printed(["all", "--format", "raw", "--decrypt", "-o", path])
    #expect(result.exitCode == 0)
    let counts = try FixtureCounts()
    let users = try #require(result.collections["users"])
    #expect(users.read == counts.users)
    #expect(users.empty == counts.stubs)
    #expect(users.records > users.written)
    let other = try TestServer.shared.uniqueDatabase()
    let imported = try fixture.store.run([path], into: other)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(imported.summary.activities.new == counts.activities)
    #expect(imported.summary.stubs == counts.stubs)
    let differences = try differences(fixture, other)
    #expect(differences == "")
    // Existing records are not written again, except one whose keys the stand-in server moves (see same.py).
    let again = try fixture.store.run([path])
    #expect(again.summary.total.new == 0)
    #expect(again.summary.total.updated <= 1)
  }

  @Test func anActivityWithoutAnAthleteKeepsItsOwner() throws {
    let fixture = try ExportFixture()
    let record = SyntheticRecord.summary(5).without("athlete")
    #expect(
      try fixture.store.run(["--athlete", "77", fixture.folder.write(record.json, to: "one.json")]).exitCode == 0)
    let raw = try fixture.text("activities", "--format", "raw", "--decrypt")
    #expect(raw.hasPrefix(#"{"athlete":{"id":77},"activities":[{"resource_state":2,"#))
    let other = try TestServer.shared.uniqueDatabase()
    #expect(try fixture.store.run([fixture.folder.write(raw, to: "raw.json")], into: other).exitCode == 0)
    #expect(try differences(fixture, other) == "")
  }

  @Test(arguments: [11])
  func hostileRecordsComeBackAsTheyWere(seed: Int) throws {
    let fixture = try ExportFixture()
    let (records, verdicts) = (fixture.folder.path("records.ndjson"), fixture.folder.path("verdicts"))
    try fixture.pymongo.run(file: "hostile.py", ["\(seed)", "10000", records, verdicts])
    let stored = try fixture.store.run([records]).summary.activities.new
    #expect(stored > 9900)
    let typed = fixture.folder.path("typed.ndjson")
    #expect(try fixture.printed(["activities", "--decrypt", "-o", typed]).total.written == stored)
    let compared = try fixture.pymongo.run(file: "exported.py", [fixture.store.keyFile, "activities", typed])
    #expect(compared == #"{"documents": \#(stored)}"# + "\n")

    let raw = fixture.folder.path("raw.ndjson")
    #expect(
      try fixture.printed(["all", "--format", "raw", "--decrypt", "-o", raw]).collections["activities"]?.written
        == stored
    )
    let other = try TestServer.shared.uniqueDatabase()
    let imported = try fixture.store.run([raw], into: other)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(imported.summary.activities.new == stored)
    #expect(try differences(fixture, other) == "")
  }
}
