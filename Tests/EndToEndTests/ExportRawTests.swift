import Foundation
import Support
import Testing

/// What `--format raw` exports without the keys: records that are whole and hold nothing of a sealed class.
@Suite(.waiting) struct ExportRawTests {
  private let bench: ExportFixture

  init() throws { bench = try ExportFixture() }

  private func migrate(_ arguments: [String], input: Command.Input = .none) throws -> Outcome {
    try StravaStore.run(
      ["encrypt-migrate", "--uri", bench.store.database.uri, "--db", bench.store.database.name] + arguments,
      environment: ["STRAVA_STORE_KEY_FILE": bench.store.keyFile], input: input)
  }

  private func insert(into collection: String, raw: String) throws {
    try bench.pymongo.run("db[sys.argv[1]].insert_one({'raw_data': json.loads(sys.argv[2])})", [collection, raw])
  }

  @Test func recordsWithoutValuesOfSealedClassesNeedNoKey() throws {
    let records = [SyntheticRecord.summary(1).with("location_city", #""Port Nemo""#), .detail(2)]
    try bench.store.run([bench.folder.write(records.lines, to: "records.ndjson")])
    let raw = try bench.text("activities", "--format", "raw")
    #expect(raw.split(separator: "\n").count == 2)
    #expect(raw.contains("Port Nemo"))
    #expect(try raw == bench.text("activities", "--format", "raw", "--decrypt"))
  }

  /// A platform that seals nothing wrote them.
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
    let refused = try bench.command([collection, "--format", "raw"]).run()
    #expect(refused.exitCode == 2)
    #expect(refused.output.isEmpty)
    #expect(refused.errors.contains("(\(pointer)) [SS070]"), "\(refused.errors)")
    #expect(refused.errors.contains("--decrypt"))
    #expect(!refused.errors.contains("canary"))

    let told = try bench.printed([collection, "--format", "raw", "-o", "raw.ndjson"])
    #expect(told.exitCode == 2)
    #expect(told.collections == [collection: .init(read: 1, unfinished: 1)])
    #expect(try bench.names() == ["keys.json"])
    #expect(try bench.text(collection, "--format", "raw", "--decrypt").contains("canary"))
  }

  @Test func thePolicySaysWhatIsOfASealedClass() throws {
    #expect(try migrate(["--seal", "location"]).exitCode == 0)
    try insert(into: "activities", raw: #"{"id": 1, "map": {"summary_polyline": "canary"}}"#)
    let refused = try bench.command(["activities", "--format", "raw"]).run()
    #expect(refused.exitCode == 2)
    #expect(refused.output.isEmpty)
    #expect(refused.errors.contains("(/raw_data/map/summary_polyline) [SS070]"), "\(refused.errors)")
  }

  @Test(arguments: ["users", "activities"])
  func aDatabasePutInClearIsNotGivenOut(collection: String) throws {
    #expect(try bench.store.run([ExportFixture.fixtures]).exitCode == 0)
    let whole = try bench.text(collection, "--format", "raw", "--decrypt")
    let opened = try migrate(["--decrypt"], input: .text("decrypt\nin clear\n"))
    #expect(opened.exitCode == 0, "\(opened.errors)")
    let refused = try bench.command([collection, "--format", "raw"]).run()
    #expect(refused.exitCode == 2)
    #expect(refused.output.isEmpty)
    #expect(refused.errors.contains("[SS070]"))
    for secret in ["fixture-access-token", "marin_1"] { #expect(!refused.errors.contains(secret)) }
    #expect(try bench.text(collection, "--format", "raw", "--decrypt") == whole)
  }
}
