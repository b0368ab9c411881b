import Foundation
import Support
import Testing

/// Ctrl-C and SIGTERM during `keys`: a clean stop and a correct summary; another run does the rest.
@Suite(.waitingLong) struct KeysInterruptionTests {
  private static let athletes = 1_500
  private static let activities = 3_000
  private let keys: KeysFixture

  init() throws {
    keys = try KeysFixture(importing: SyntheticDump.noted(Self.activities, athletes: Self.athletes))
  }

  /// Sends a signal to a `keys` command when the database satisfies the condition.
  private func interrupt(_ task: [String], _ signal: Int32, when condition: String) throws -> KeysOutcome {
    let held = try HeldCommand(
      keys.command(["keys"] + task + ["--json"]), on: keys.store.database, in: keys.store.folder, when: condition,
      during: "os.kill(pid, \(signal))")
    return try KeysOutcome(held.ended())
  }

  @Test(arguments: InterruptionTests.signals)
  func duringRotationOfDataKeys(signal: (number: Int32, code: Int32, stopped: String)) throws {
    let before = try keys.records()
    let decrypted = try keys.decrypted()
    let first = try keys.pymongo.run(
      "print(db.activities.find_one({}, {'raw_data': 1}, sort=[('_id', 1)])['raw_data']['private_note'].hex())"
    ).trimmingCharacters(in: .whitespacesAndNewlines)
    let result = try interrupt(
      ["rotate-data", "--all"], signal.number,
      when:
        "db.activities.find_one({}, {'raw_data': 1}, sort=[('_id', 1)])['raw_data']['private_note'].hex() != '\(first)'"
    )
    #expect(result.exitCode == signal.code)
    #expect(result.printed.stopped == signal.stopped)
    #expect(result.printed.failure == nil)
    #expect(result.errors.contains("interrupted"))
    #expect(result.done("data_keys_made") == Self.athletes)
    #expect(result.done("data_keys_retired") == 0, "values are under them")
    let after = try keys.records()
    let changed = Set(after).subtracting(before).count
    #expect(result.printed.collections.values.map(\.changed).reduce(0, +) == changed)
    #expect(changed > 0 && changed < Self.activities)

    let left = try keys.keys("verify")
    #expect(left.exitCode == 0, "\(left.errors)")
    #expect(left.printed.dataKeys?.superseded == Self.athletes)
    let rest = try keys.keys("rotate-data", "--all")
    #expect(rest.exitCode == 0, "\(rest.errors)")
    #expect(rest.done("data_keys_made") == 0)
    #expect(rest.done("data_keys_retired") == Self.athletes)
    #expect(rest.printed.collections["activities"]?.changed == Self.activities - changed)
    #expect(try keys.decrypted() == decrypted)
  }

  @Test func duringRotationOfTheMasterKey() throws {
    let old = try keys.active()
    let underOthers =
      "db.data_keys.count_documents({'master_key_id': {'$ne': bson.Binary.from_uuid(uuid.UUID('\(old)'))}})"
    let result = try interrupt(["rotate-master"], SIGINT, when: "\(underOthers) > 0")
    #expect(result.exitCode == 130)
    #expect(result.printed.stopped == "interrupt")
    #expect(result.done("masters_made") == 1)
    let wrapped = try #require(
      Int(keys.pymongo.run("import uuid\nprint(\(underOthers))").trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(result.done("rewrapped") == wrapped)
    #expect(wrapped > 0 && wrapped < Self.athletes)
    let rest = try keys.keys("rotate-master")
    #expect(rest.exitCode == 0, "\(rest.errors)")
    #expect(rest.done("masters_made") == 0)
    #expect(rest.done("rewrapped") == Self.athletes - wrapped)
    #expect(try keys.keys("verify").exitCode == 0)
  }
}
