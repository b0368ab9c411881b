import Foundation
import Support
import Testing

/// A rotation that is killed and run again has the same result as one that was not.
@Suite(.waitingLong) struct RotationKillTests {
  private static let athletes = 40
  private let keys: KeysFixture

  init() throws {
    keys = try KeysFixture(
      importing: SyntheticDump.people(Self.athletes) + SyntheticDump.noted(240, athletes: Self.athletes))
  }

  @Test(arguments: [["rotate-data", "--all"], ["rotate-master"]])
  func aRotationKilledAtAnyMomentAndRunAgain(task: [String]) throws {
    let decrypted = try keys.decrypted()
    let kills = try RandomKills(seed: 11) {
      let whole = try keys.run(["keys"] + task)
      #expect(whole.exitCode == 0, "\(whole.errors)")
    }
    try kills.each { moment in
      try keys.command(["keys"] + task).start().kill(after: moment)
      let left = try keys.keys("verify")
      #expect(left.exitCode == 0, "\(left.errors)")
      let masters = try #require(left.printed.masters)
      let again = try KeysOutcome(keys.run(["keys"] + task + ["--json"]))
      #expect(again.exitCode == 0, "\(again.errors)")
      let state = try #require(again.printed.dataKeys)
      #expect(state.sealing == Self.athletes && state.superseded == 0 && state.unreadable == 0)
      #expect(again.printed.masters?.last?.state == "active")
      #expect(again.printed.masters?.last?.dataKeys == state.total)
      #expect(try keys.decrypted() == decrypted, "killed after \(moment) s")
      return left.printed.dataKeys?.superseded != 0
        || masters.contains { $0.state != "active" && $0.dataKeys > 0 }
    }
    #expect(try keys.keysInUse().count == Self.athletes)
    try keys.age(byHours: 24)
    #expect(try keys.keys("purge").printed.dataKeys?.total == Self.athletes)
    #expect(try keys.decrypted() == decrypted)
  }

  /// Keys of a rotation a day ago. A writer that had not noticed it has used some of the retired ones since.
  private func makeKeysDue() throws {
    try keys.pymongo.run("db.kept.drop(); db.kept.insert_many(list(db.activities.find().sort('_id'))[:60:2])")
    #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
    try keys.pymongo.run("for kept in db.kept.find(): db.activities.replace_one({'_id': kept['_id']}, kept)")
    try keys.age(byHours: 24)
  }

  @Test func aPurgeKilledAtAnyMomentAndRunAgain() throws {
    let decrypted = try keys.decrypted()
    try makeKeysDue()
    let due = try #require(try keys.keys("status").printed.dataKeys?.due)
    #expect(due == Self.athletes)
    let kills = try RandomKills(seed: 17) {
      let whole = try keys.run(["keys", "purge"])
      #expect(whole.exitCode == 0, "\(whole.errors)")
    }
    try kills.each { moment in
      try makeKeysDue()
      try keys.command(["keys", "purge"]).start().kill(after: moment)
      let left = try keys.keys("verify")
      #expect(left.exitCode == 0, "\(left.errors)")
      let again = try keys.keys("purge")
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(again.printed.dataKeys?.total == Self.athletes)
      #expect(try keys.decrypted() == decrypted, "killed after \(moment) s")
      let remained = left.printed.dataKeys?.due ?? 0
      return remained > 0 && remained < due
    }
  }
}
