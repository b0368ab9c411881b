import Foundation
import Support
import Testing

/// The export `--format raw` without keys has only records that are complete and hold no value of a sealed class.
@Suite(.waiting) struct ExportRawTests {
  private let fixture: ExportFixture

  init() throws { fixture = try ExportFixture() }

  private func migrate(_ arguments: [String], input: Command.Input = .none) throws -> Outcome {
    try StravaStore.run(
      ["encrypt-migrate", "--uri", fixture.store.database.uri, "--db", fixture.store.database.name] + arguments,
      environment: ["STRAVA_STORE_KEY_FILE": fixture.store.keyFile], input: input)
  }

  private func insert(into collection: String, raw: String) throws {
    try fixture.pymongo.run("db[sys.argv[1]].insert_one({'raw_data': json.loads(sys.argv[2])})", [collection, raw])
  }

  @Test func recordsWithoutValuesOfSealedClassesNeedNoKey() throws {
    let records = [SyntheticRecord.summary(1).with("location_city", #""Port Nemo""#), .detail(2)]
    try fixture.store.run([fixture.folder.write(records.lines, to: "records.ndjson")])
    let raw = try fixture.text("activities", "--format", "raw")
    #expect(raw.split(separator: "\n").count == 2)
    #expect(raw.contains("Port Nemo"))
    #expect(try raw == fixture.text("activities", "--format", "raw", "--decrypt"))
  }

  /// A platform that seals nothing has written them.
  @Test(arguments: [
    ("users", #"{"token": {"access_token": "canary"}}"#, "/raw_data/token"),
    ("users", #"{"athlete": {"id": 1, "nickname": "canary"}}"#, "/raw_data/athlete"),
    ("activities", #"{"id": 1, "private_note": "canary"}"#, "/raw_data/private_note"),
    (
      "activities", #"{"id": 1, "kudos": [{}, {"athlete": {"lastname": "canary"}}]}"#,
      "/raw_data/kudos/1/athlete/lastname"
    ),
    ("activities", #"{"id": 1, "streams": [{"type": "email", "data": ["canary"]}]}"#, "/raw_data/streams/0/data"),
    (
      "insights", #"{"insight_text": "Good.", "context": {"access_token": "canary"}}"#, "/raw_data/context/access_token"
    ),
  ])
  func aValueInClearLeavesNoMoreThanASealedOne(collection: String, raw: String, pointer: String) throws {
    try insert(into: collection, raw: raw)
    let refused = try fixture.command([collection, "--format", "raw"]).run()
    #expect(refused.exitCode == 2)
    #expect(refused.output.isEmpty)
    #expect(refused.errors.contains("(\(pointer)) [SS070]"), "\(refused.errors)")
    #expect(refused.errors.contains("--decrypt"))
    #expect(!refused.errors.contains("canary"))

    let result = try fixture.printed([collection, "--format", "raw", "-o", "raw.ndjson"])
    #expect(result.exitCode == 2)
    #expect(result.collections == [collection: .init(read: 1, unfinished: 1)])
    #expect(try fixture.names() == ["keys.json"])
    #expect(try fixture.text(collection, "--format", "raw", "--decrypt").contains("canary"))
  }

  @Test func thePolicySaysWhatIsOfASealedClass() throws {
    #expect(try migrate(["--seal", "location"]).exitCode == 0)
    try insert(into: "activities", raw: #"{"id": 1, "map": {"summary_polyline": "canary"}}"#)
    let refused = try fixture.command(["activities", "--format", "raw"]).run()
    #expect(refused.exitCode == 2)
    #expect(refused.output.isEmpty)
    #expect(refused.errors.contains("(/raw_data/map/summary_polyline) [SS070]"), "\(refused.errors)")
  }

  @Test(arguments: ["users", "activities"])
  func aDatabasePutInClearIsNotGivenOut(collection: String) throws {
    #expect(try fixture.store.run([ExportFixture.fixtures]).exitCode == 0)
    let whole = try fixture.text(collection, "--format", "raw", "--decrypt")
    let decrypted = try migrate(["--decrypt"], input: .text("decrypt\nin clear\n"))
    #expect(decrypted.exitCode == 0, "\(decrypted.errors)")
    let refused = try fixture.command([collection, "--format", "raw"]).run()
    #expect(refused.exitCode == 2)
    #expect(refused.output.isEmpty)
    #expect(refused.errors.contains("[SS070]"))
    for secret in ["fixture-access-token", "marin_1"] { #expect(!refused.errors.contains(secret)) }
    #expect(try fixture.text(collection, "--format", "raw", "--decrypt") == whole)
  }
}
