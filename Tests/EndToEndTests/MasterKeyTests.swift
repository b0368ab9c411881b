import Foundation
import Support
import Testing

/// `keys status`, `rotate-master` and `drop-master`.
@Suite(.waiting) struct MasterKeyTests {
  private let fixture: KeysFixture

  init() throws { fixture = try KeysFixture(withFixtures: ()) }

  /// Returns every data key with the master key that its envelope names, and whether its field agrees.
  private func wrappings() throws -> [String: String] {
    let text = try fixture.pymongo.run(
      """
      import uuid
      print(json.dumps({str(uuid.UUID(bytes=bytes(key['_id']))): str(uuid.UUID(bytes=bytes(key['wrapped_key'])[2:18]))
          for key in db.data_keys.find() if bytes(key['wrapped_key'])[2:18] == bytes(key['master_key_id'])}))
      """)
    return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
  }

  @Test func statusTellsWhatThereIs() throws {
    let before = try fixture.pymongo.dump()
    let result = try fixture.keys("status")
    #expect(result.exitCode == 0, "\(result.errors)")
    let athletes = try #require(try fixture.pymongo.counts()["data_keys"])
    #expect(athletes > 5)
    let keys = try #require(result.printed.dataKeys)
    #expect(keys.total == athletes && keys.athletes == athletes && keys.sealing == athletes)
    #expect(result.printed.masters == [.init(id: try fixture.active(), state: "active", dataKeys: athletes)])
    #expect(try fixture.pymongo.dump() == before)

    try fixture.pymongo.run(
      """
      key = db.data_keys.find_one()
      bytes_ = bytearray(key['wrapped_key']); bytes_[60] ^= 1
      db.data_keys.update_one({'_id': key['_id']}, {'$set': {'wrapped_key': bson.Binary(bytes(bytes_), 0x80)}})
      db.data_keys.insert_one({'_id': 'foreign', 'strava_id': bson.Int64(1), 'version': 1})
      """)
    let broken = try fixture.keys("status")
    #expect(broken.exitCode == 1)
    #expect(broken.printed.findings == ["SS076": 2])
    #expect(broken.printed.dataKeys?.unreadable == 2)
  }

  @Test func rotationRewritesTheDataKeysAndNothingElse() throws {
    let (records, decrypted, first) = (try fixture.records(), try fixture.decrypted(), try fixture.active())
    let before = try wrappings()
    let rotated = try fixture.keys("rotate-master")
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(rotated.done("masters_made") == 1)
    #expect(rotated.done("rewrapped") == before.count)

    #expect(try fixture.records() == records)
    #expect(try fixture.decrypted() == decrypted)
    let second = try fixture.active()
    #expect(second != first)
    #expect(try fixture.masters() == [first, second])
    let after = try wrappings()
    #expect(Set(after.keys) == Set(before.keys))
    #expect(Set(before.values) == [first] && Set(after.values) == [second])
    #expect(
      try fixture.pymongo.run(
        "import uuid; print(uuid.UUID(bytes=bytes(db.store_settings.find_one()['active_master_id'])))") == second + "\n"
    )
    let mode = try FileManager.default.attributesOfItem(atPath: fixture.store.keyFile)[.posixPermissions] as? Int
    #expect(mode == 0o600)

    let again = try fixture.store.run([KeysFixture.fixtures])
    #expect(again.summary.total.new + again.summary.total.updated == 0)
    let status = try fixture.keys("status")
    #expect(status.exitCode == 0)
    #expect(status.printed.masters?.map(\.state) == ["previous", "active"])
    #expect(status.printed.masters?.map(\.dataKeys) == [0, before.count])
  }

  @Test func aRotationThatWasStoppedIsFinishedAndNotBegunAgain() throws {
    let (decrypted, first) = (try fixture.decrypted(), try fixture.active())
    // The key file has the new master key, and the database does not use it yet.
    let second = try fixture.addMaster(hoursAgo: 1)
    #expect(try fixture.keys("status").printed.masters?.map(\.state).sorted() == ["active", "next"])
    let finished = try fixture.keys("rotate-master")
    #expect(finished.exitCode == 0, "\(finished.errors)")
    #expect(finished.done("masters_made") == 0)
    #expect(try fixture.masters() == [first, second])
    #expect(Set(try wrappings().values) == [second])

    // Half of the data keys are wrapped under the earlier master key.
    let third = try fixture.keys("rotate-master")
    #expect(third.done("masters_made") == 1)
    let newest = try fixture.active()
    try fixture.wrapHalf(under: second)
    #expect(Set(try wrappings().values) == [second, newest])
    let rest = try fixture.keys("rotate-master")
    #expect(rest.exitCode == 0)
    #expect(rest.done("masters_made") == 0)
    #expect(rest.done("rewrapped") > 0)
    #expect(Set(try wrappings().values) == [newest])
    #expect(try fixture.decrypted() == decrypted)
  }

  @Test func aMasterIsDroppedADayAfterItsRotationAndNeverWhileItIsNeeded() throws {
    let fixture = try KeysFixture(withFixturesUnderMasterMadeHoursAgo: 100)
    let first = try fixture.active()
    #expect(try fixture.run(["keys", "drop-master", "not-an-id"]).exitCode == 64)
    let active = try fixture.run(["keys", "drop-master", first])
    #expect(active.exitCode == 2)
    #expect(active.errors.contains("run `keys rotate-master` first"))

    let second = try fixture.addMaster(hoursAgo: 25)
    #expect(try fixture.run(["keys", "drop-master", first]).exitCode == 2)
    #expect(try fixture.keys("rotate-master").exitCode == 0)
    // By the key file the rotation was 25 hours ago, but this database follows only now.
    let soon = try fixture.run(["keys", "drop-master", first])
    #expect(soon.exitCode == 2)
    #expect(soon.errors.contains("less than 24 hours ago"))
    #expect(try fixture.masters() == [first, second])

    try fixture.age(byHours: 24)
    #expect(try fixture.run(["keys", "drop-master", UUID().uuidString]).exitCode == 2)
    try fixture.wrapHalf(under: first)
    let wraps = try fixture.run(["keys", "drop-master", first])
    #expect(wraps.exitCode == 2)
    #expect(wraps.errors.contains("cannot remove master key \(first)"))
    #expect(try fixture.keys("rotate-master").done("masters_made") == 0)
    let dropped = try fixture.keys("drop-master", first)
    #expect(dropped.exitCode == 0, "\(dropped.errors)")
    #expect(dropped.done("masters_dropped") == 1)
    #expect(try fixture.masters() == [second])
    #expect(try fixture.run(["encrypt-migrate", "--verify"]).exitCode == 0)
  }

  /// Another rotation runs completely while the first one reads, confirms, or is about to write.
  @Test(arguments: [("find:data_keys:2", 0), ("find:data_keys:3", 2), ("update:data_keys:1", 0)] as [(String, Int32)])
  func twoRotationsAtOnceBothEnd(_ command: String, _ exitCode: Int32) throws {
    let keys = try KeysFixture(importing: SyntheticDump.noted(30, athletes: 10))
    let other = keys.python(["keys", "rotate-master", "--uri", keys.store.database.uri])
    let proxy = try LossyProxy(
      to: keys.store.database, before: command, do: "import subprocess; subprocess.run(\(other), check=True)")
    let first = try KeysOutcome(keys.run(["keys", "rotate-master", "--json", "--uri", proxy.uri]))
    #expect(proxy.acted == [command])
    #expect(first.exitCode == exitCode, "\(first.errors)")
    if exitCode == 2 { #expect(first.printed.failure?.contains("run `keys rotate-master` again") == true) }
    let after = try keys.keys("status")
    #expect(after.exitCode == 0)
    #expect(after.printed.masters?.first { $0.state == "active" }?.dataKeys == 10)
    #expect(try keys.keys("verify").exitCode == 0)
  }

  @Test func anImportThatRunsMeanwhileGoesOnWithTheNewMaster() throws {
    let store = try TestStore(hasOwnKeys: true)
    let keys = KeysFixture(store)
    let records = SyntheticDump.everything(activities: 400, athletes: 100)
    let file = try store.folder.write(records.lines, to: "records.json")
    let held = try HeldImport(
      store, ["--batch-size", "20", file],
      during: """
        import subprocess
        subprocess.run(\(keys.python(["keys", "rotate-master"])), check=True)
        print(db.data_keys.count_documents({}))
        """)
    let ended = try held.ended()
    #expect(ended.exitCode == 0, "\(ended.errors)")
    let before = try #require(Int(held.printed.trimmingCharacters(in: .whitespacesAndNewlines)))
    let total = try #require(try keys.pymongo.counts()["data_keys"])
    #expect(before < total, "athletes came after the rotation")
    // The import uses the settings that it read at its first bulk for the next one.
    let rest = try keys.keys("rotate-master")
    #expect(rest.exitCode == 0 && rest.done("masters_made") == (rest.done("rewrapped") == 0 ? 1 : 0))
    #expect(rest.printed.masters?.last?.dataKeys == total)
    #expect(try keys.run(["encrypt-migrate", "--verify"]).exitCode == 0)
  }

  @Test func aKeyFileThatOthersCanReadOrOfAnotherDatabaseIsRefused() throws {
    let commands = [
      ["keys", "status"], ["keys", "rotate-master"], ["encrypt-migrate"], ["import", KeysFixture.fixtures],
    ]
    let before = try fixture.pymongo.dump()
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: fixture.store.keyFile)
    for command in commands {
      let refused = try fixture.run(command)
      #expect(refused.exitCode == 2)
      #expect(refused.errors.contains("chmod 600"))
    }
    try FileManager.default.removeItem(atPath: fixture.store.keyFile)
    #expect(try StravaStore.run(["keys", "generate", "--key-file", fixture.store.keyFile]).exitCode == 0)
    for command in commands {
      let refused = try fixture.run(command)
      #expect(refused.exitCode == 2)
      #expect(refused.errors.contains("this key file does not belong to the database"))
    }
    #expect(try fixture.masters().count == 1, "refused before it was changed")
    let status = try fixture.keys("status")
    #expect(status.printed.failure?.contains("this key file does not belong to the database") == true)
    #expect(status.printed.task == "status" && status.printed.masters == nil)
    #expect(try fixture.pymongo.dump() == before)
  }

  /// Neither date is protected by a MAC, so another program may have stored any value. Python's first and last dates
  /// become the limits of BSON on the way to the program, because the stand-in server does not accept those.
  @Test(arguments: [("min", 0), ("max", 2)] as [(String, Int32)])
  func timesAreHeldAgainstNowWhateverTheyAre(end: String, dropping: Int32) throws {
    let fixture = try KeysFixture(withFixturesUnderMasterMadeHoursAgo: 100)
    let first = try fixture.active()
    _ = try fixture.addMaster(hoursAgo: 25)
    #expect(try fixture.keys("rotate-master").exitCode == 0)
    #expect(try fixture.keys("rotate-data", "--all").exitCode == 0)
    try fixture.pymongo.run(
      """
      import datetime
      date = datetime.datetime.\(end)
      db.store_settings.update_one({}, {'$set': {'active_since': date}})
      key = db.data_keys.find_one({'retired_at': {'$ne': None}})
      db.data_keys.update_one({'_id': key['_id']}, {'$set': {'retired_at': date}})
      """)
    let faults = ["dates@find:store_settings:1", "dates@find:store_settings:2", "dates@find:data_keys:1"]
    func result(_ task: [String]) throws -> KeysOutcome {
      let proxy = try LossyProxy(to: TestServer.shared, losing: faults)
      let result = try KeysOutcome(fixture.run(["keys"] + task + ["--json", "--uri", proxy.uri]))
      #expect(proxy.lost.contains(faults[0]))
      return result
    }
    let status = try result(["status"])
    #expect(status.exitCode == 0, "\(status.errors)")
    #expect(status.printed.dataKeys?.due == 0)
    let dropped = try result(["drop-master", first])
    #expect(dropped.exitCode == dropping, "\(dropped.errors)")
    #expect(dropped.errors.contains("is in the future (active_since") == (dropping == 2))
    #expect(try fixture.masters().contains(first) == (dropping == 2))
  }
}
