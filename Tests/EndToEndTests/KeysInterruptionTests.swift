import Foundation
import Support
import Testing

/// Ctrl-C and SIGTERM during `keys`: a clean stop, a summary that is true, and the rest by running it again.
@Suite(.waitingLong) struct KeysInterruptionTests {
  private static let athletes = 1_500
  private static let activities = 3_000
  private let keys: KeysFixture

  init() throws {
    keys = try KeysFixture(importing: SyntheticDump.noted(Self.activities, athletes: Self.athletes))
  }

  /// Sends a signal to a `keys` command when the database looks so.
  private func interrupt(_ task: [String], _ signal: Int32, when condition: String) throws -> KeysOutcome {
    let held = try HeldCommand(
      keys.command(["keys"] + task + ["--json"]), on: keys.bench.database, in: keys.bench.folder, when: condition,
      during: "os.kill(pid, \(signal))")
    return try KeysOutcome(held.ended())
  }

  @Test(arguments: InterruptionTests.signals)
  func duringRotationOfDataKeys(signal: (number: Int32, code: Int32, stopped: String)) throws {
    let before = try keys.records()
    let opened = try keys.opened()
    let first = try keys.pymongo.run(
      "print(db.activities.find_one({}, {'raw_data': 1}, sort=[('_id', 1)])['raw_data']['private_note'].hex())"
    ).trimmingCharacters(in: .whitespacesAndNewlines)
    let told = try interrupt(
      ["rotate-data", "--all"], signal.number,
      when:
        "db.activities.find_one({}, {'raw_data': 1}, sort=[('_id', 1)])['raw_data']['private_note'].hex() != '\(first)'"
    )
    #expect(told.exitCode == signal.code)
    #expect(told.printed.stopped == signal.stopped)
    #expect(told.printed.failure == nil)
    #expect(told.errors.contains("interrupted"))
    #expect(told.done("data_keys_made") == Self.athletes)
    #expect(told.done("data_keys_retired") == 0, "values are under them")
    let after = try keys.records()
    let changed = Set(after).subtracting(before).count
    #expect(told.printed.collections.values.map(\.changed).reduce(0, +) == changed)
    #expect(changed > 0 && changed < Self.activities)

    let left = try keys.keys("verify")
    #expect(left.exitCode == 0, "\(left.errors)")
    #expect(left.printed.dataKeys?.superseded == Self.athletes)
    let rest = try keys.keys("rotate-data", "--all")
    #expect(rest.exitCode == 0, "\(rest.errors)")
    #expect(rest.done("data_keys_made") == 0)
    #expect(rest.done("data_keys_retired") == Self.athletes)
    #expect(rest.printed.collections["activities"]?.changed == Self.activities - changed)
    #expect(try keys.opened() == opened)
  }

  @Test func duringRotationOfTheMasterKey() throws {
    let old = try keys.active()
    let underOthers =
      "db.data_keys.count_documents({'master_key_id': {'$ne': bson.Binary.from_uuid(uuid.UUID('\(old)'))}})"
    let told = try interrupt(["rotate-master"], SIGINT, when: "\(underOthers) > 0")
    #expect(told.exitCode == 130)
    #expect(told.printed.stopped == "interrupt")
    #expect(told.done("masters_made") == 1)
    let wrapped = try #require(
      Int(keys.pymongo.run("import uuid\nprint(\(underOthers))").trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(told.done("rewrapped") == wrapped)
    #expect(wrapped > 0 && wrapped < Self.athletes)
    let rest = try keys.keys("rotate-master")
    #expect(rest.exitCode == 0, "\(rest.errors)")
    #expect(rest.done("masters_made") == 0)
    #expect(rest.done("rewrapped") == Self.athletes - wrapped)
    #expect(try keys.keys("verify").exitCode == 0)
  }
}
