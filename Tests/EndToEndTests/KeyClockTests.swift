import Foundation
import Support
import Testing

/// The 24 hours of `purge` and `drop-master` are measured with the server's clock and with dates that can be correct.
@Suite(.waiting) struct KeyClockTests {
  private func retired(_ keys: KeysFixture, _ change: String) throws {
    #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
    try keys.pymongo.run(
      """
      import datetime
      now, hour = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None), datetime.timedelta(hours=1)
      for key in db.data_keys.find({'retired_at': {'$ne': None}}).sort('_id', 1).limit(1):
          db.data_keys.update_one({'_id': key['_id']}, {'$set': \(change)})
      """)
  }

  @Test(arguments: [
    "{'retired_at': key['created_at'] - hour}", "{'retired_at': key['created_at'] - 30 * hour}",
    "{'retired_at': now + hour}", "{'created_at': now - 50 * hour, 'retired_at': now + 30 * hour}",
    "{'created_at': now - 30 * hour, 'retired_at': datetime.datetime(1970, 1, 1)}",
  ])
  func aKeyWhoseDatesCannotBeRightIsNotDeleted(_ change: String) throws {
    let keys = try KeysFixture(importing: SyntheticDump.noted(8, athletes: 2))
    try retired(keys, change)
    #expect(try keys.keys("status").printed.dataKeys?.due == 0)
    let purged = try keys.keys("purge")
    #expect(purged.exitCode == 1)
    #expect(purged.printed.findings == ["SS086": 1])
    #expect(purged.errors.contains("retired_at"))
    #expect(purged.done("data_keys_deleted") == 0 && purged.printed.dataKeys?.retired == 2)
    #expect(try keys.keys("verify").exitCode == 0)
  }

  /// A key with an impossible date does not keep the others from being purged.
  @Test func theOtherKeysAreDeleted() throws {
    let keys = try KeysFixture(importing: SyntheticDump.noted(8, athletes: 2))
    #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
    try keys.age(byHours: 24)
    try keys.pymongo.run(
      """
      import datetime
      key = db.data_keys.find_one({'retired_at': {'$ne': None}})
      db.data_keys.update_one(
          {'_id': key['_id']}, {'$set': {'retired_at': key['created_at'] - datetime.timedelta(seconds=1)}})
      """)
    let purged = try keys.keys("purge")
    #expect(purged.exitCode == 1 && purged.printed.findings == ["SS086": 1])
    #expect(purged.done("data_keys_deleted") == 1 && purged.printed.dataKeys?.retired == 1)
  }

  /// The server's clock differs from that of the program's host.
  @Test func theServersClockCounts() throws {
    let keys = try KeysFixture(importing: SyntheticDump.noted(8, athletes: 2))
    #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
    #expect(try keys.keys("status").printed.dataKeys?.due == 0)
    let proxy = try LossyProxy(to: TestServer.shared, losing: (1...20).map { "later@isMaster::\($0)" })
    let status = try KeysOutcome(keys.run(["keys", "status", "--json", "--uri", proxy.uri]))
    #expect(status.printed.dataKeys?.due == 2, "\(status.errors)")
  }

  @Test func aMasterThatTookOverInTheFutureKeepsTheOneBefore() throws {
    let keys = try KeysFixture(withFixturesUnderMasterMadeHoursAgo: 100)
    let first = try keys.active()
    _ = try keys.addMaster(hoursAgo: 25)
    #expect(try keys.keys("rotate-master").exitCode == 0)
    try keys.age(byHours: -2)
    let dropped = try keys.run(["keys", "drop-master", first])
    #expect(dropped.exitCode == 2)
    #expect(dropped.errors.contains("by the server's clock, the last rotation in"), "\(dropped.errors)")
    #expect(try keys.masters().contains(first))
  }
}
