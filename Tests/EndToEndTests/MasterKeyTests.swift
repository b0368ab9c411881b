import Foundation
import Support
import Testing

/// `keys status`, `rotate-master` and `drop-master`.
@Suite(.waiting) struct MasterKeyTests {
  private let bench: KeysFixture

  init() throws { bench = try KeysFixture(withFixtures: ()) }

  /// Every data key with the master that its envelope names, and whether its field agrees.
  private func wrappings() throws -> [String: String] {
    let text = try bench.pymongo.run(
      """
      import uuid
      print(json.dumps({str(uuid.UUID(bytes=bytes(key['_id']))): str(uuid.UUID(bytes=bytes(key['wrapped_key'])[2:18]))
          for key in db.data_keys.find() if bytes(key['wrapped_key'])[2:18] == bytes(key['master_key_id'])}))
      """)
    return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
  }

  @Test func statusTellsWhatThereIs() throws {
    let before = try bench.pymongo.dump()
    let told = try bench.keys("status")
    #expect(told.exitCode == 0, "\(told.errors)")
    let athletes = try #require(try bench.pymongo.counts()["data_keys"])
    #expect(athletes > 5)
    let keys = try #require(told.printed.dataKeys)
    #expect(keys.total == athletes && keys.athletes == athletes && keys.sealing == athletes)
    #expect(told.printed.masters == [.init(id: try bench.active(), state: "active", dataKeys: athletes)])
    #expect(try bench.pymongo.dump() == before)

    try bench.pymongo.run(
      """
      key = db.data_keys.find_one()
      bytes_ = bytearray(key['wrapped_key']); bytes_[60] ^= 1
      db.data_keys.update_one({'_id': key['_id']}, {'$set': {'wrapped_key': bson.Binary(bytes(bytes_), 0x80)}})
      db.data_keys.insert_one({'_id': 'foreign', 'strava_id': bson.Int64(1), 'version': 1})
      """)
    let broken = try bench.keys("status")
    #expect(broken.exitCode == 1)
    #expect(broken.printed.findings == ["SS076": 2])
    #expect(broken.printed.dataKeys?.unreadable == 2)
  }

  @Test func rotationRewritesTheDataKeysAndNothingElse() throws {
    let (records, opened, first) = (try bench.records(), try bench.opened(), try bench.active())
    let before = try wrappings()
    let rotated = try bench.keys("rotate-master")
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(rotated.done("masters_made") == 1)
    #expect(rotated.done("rewrapped") == before.count)

    #expect(try bench.records() == records)
    #expect(try bench.opened() == opened)
    let second = try bench.active()
    #expect(second != first)
    #expect(try bench.masters() == [first, second])
    let after = try wrappings()
    #expect(Set(after.keys) == Set(before.keys))
    #expect(Set(before.values) == [first] && Set(after.values) == [second])
    #expect(
      try bench.pymongo.run(
        "import uuid; print(uuid.UUID(bytes=bytes(db.store_settings.find_one()['active_master_id'])))") == second + "\n"
    )
    let mode = try FileManager.default.attributesOfItem(atPath: bench.bench.keyFile)[.posixPermissions] as? Int
    #expect(mode == 0o600)

    let again = try bench.bench.run([KeysFixture.fixtures])
    #expect(again.summary.total.new + again.summary.total.updated == 0)
    let status = try bench.keys("status")
    #expect(status.exitCode == 0)
    #expect(status.printed.masters?.map(\.state) == ["previous", "active"])
    #expect(status.printed.masters?.map(\.dataKeys) == [0, before.count])
  }

  @Test func aRotationThatWasStoppedIsFinishedAndNotBegunAgain() throws {
    let (opened, first) = (try bench.opened(), try bench.active())
    // The key file has the new master, and the database does not know it yet.
    let second = try bench.addMaster(hoursAgo: 1)
    #expect(try bench.keys("status").printed.masters?.map(\.state).sorted() == ["active", "next"])
    let finished = try bench.keys("rotate-master")
    #expect(finished.exitCode == 0, "\(finished.errors)")
    #expect(finished.done("masters_made") == 0)
    #expect(try bench.masters() == [first, second])
    #expect(Set(try wrappings().values) == [second])

    // Half of the data keys are under the master before.
    let third = try bench.keys("rotate-master")
    #expect(third.done("masters_made") == 1)
    let newest = try bench.active()
    try bench.wrapHalf(under: second)
    #expect(Set(try wrappings().values) == [second, newest])
    let rest = try bench.keys("rotate-master")
    #expect(rest.exitCode == 0)
    #expect(rest.done("masters_made") == 0)
    #expect(rest.done("rewrapped") > 0)
    #expect(Set(try wrappings().values) == [newest])
    #expect(try bench.opened() == opened)
  }

  @Test func aMasterIsDroppedADayAfterItsRotationAndNeverWhileItIsNeeded() throws {
    let bench = try KeysFixture(withFixturesUnderMasterMadeHoursAgo: 100)
    let first = try bench.active()
    #expect(try bench.run(["keys", "drop-master", "not-an-id"]).exitCode == 64)
    let active = try bench.run(["keys", "drop-master", first])
    #expect(active.exitCode == 2)
    #expect(active.errors.contains("run `keys rotate-master` first"))

    let second = try bench.addMaster(hoursAgo: 25)
    #expect(try bench.run(["keys", "drop-master", first]).exitCode == 2)
    #expect(try bench.keys("rotate-master").exitCode == 0)
    // The file says that it was rotated 25 hours ago, this database follows only now.
    let soon = try bench.run(["keys", "drop-master", first])
    #expect(soon.exitCode == 2)
    #expect(soon.errors.contains("less than 24 hours ago"))
    #expect(try bench.masters() == [first, second])

    try bench.age(byHours: 24)
    #expect(try bench.run(["keys", "drop-master", UUID().uuidString]).exitCode == 2)
    try bench.wrapHalf(under: first)
    let wraps = try bench.run(["keys", "drop-master", first])
    #expect(wraps.exitCode == 2)
    #expect(wraps.errors.contains("cannot remove master key \(first)"))
    #expect(try bench.keys("rotate-master").done("masters_made") == 0)
    let dropped = try bench.keys("drop-master", first)
    #expect(dropped.exitCode == 0, "\(dropped.errors)")
    #expect(dropped.done("masters_dropped") == 1)
    #expect(try bench.masters() == [second])
    #expect(try bench.run(["encrypt-migrate", "--verify"]).exitCode == 0)
  }

  /// Another rotation begins and ends while the first one is at its reading, its confirming pass, or about to write.
  @Test(arguments: [("find:data_keys:2", 0), ("find:data_keys:3", 2), ("update:data_keys:1", 0)] as [(String, Int32)])
  func twoRotationsAtOnceBothEnd(_ place: String, _ exitCode: Int32) throws {
    let keys = try KeysFixture(importing: SyntheticDump.noted(30, athletes: 10))
    let other = keys.python(["keys", "rotate-master", "--uri", keys.bench.database.uri])
    let proxy = try LossyProxy(
      to: keys.bench.database, before: place, do: "import subprocess; subprocess.run(\(other), check=True)")
    let first = try KeysOutcome(keys.run(["keys", "rotate-master", "--json", "--uri", proxy.uri]))
    #expect(proxy.acted == [place])
    #expect(first.exitCode == exitCode, "\(first.errors)")
    if exitCode == 2 { #expect(first.printed.failure?.contains("run `keys rotate-master` again") == true) }
    let after = try keys.keys("status")
    #expect(after.exitCode == 0)
    #expect(after.printed.masters?.first { $0.state == "active" }?.dataKeys == 10)
    #expect(try keys.keys("verify").exitCode == 0)
  }

  @Test func anImportThatRunsMeanwhileGoesOnWithTheNewMaster() throws {
    let store = try ImportFixture()
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
    // What it knew of the settings at its first bulk held for the next one.
    let rest = try keys.keys("rotate-master")
    #expect(rest.exitCode == 0 && rest.done("masters_made") == (rest.done("rewrapped") == 0 ? 1 : 0))
    #expect(rest.printed.masters?.last?.dataKeys == total)
    #expect(try keys.run(["encrypt-migrate", "--verify"]).exitCode == 0)
  }

  @Test func aKeyFileThatOthersCanReadOrOfAnotherDatabaseIsRefused() throws {
    let commands = [
      ["keys", "status"], ["keys", "rotate-master"], ["encrypt-migrate"], ["import", KeysFixture.fixtures],
    ]
    let before = try bench.pymongo.dump()
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: bench.bench.keyFile)
    for command in commands {
      let refused = try bench.run(command)
      #expect(refused.exitCode == 2)
      #expect(refused.errors.contains("chmod 600"))
    }
    try FileManager.default.removeItem(atPath: bench.bench.keyFile)
    #expect(try StravaStore.run(["keys", "generate", "--key-file", bench.bench.keyFile]).exitCode == 0)
    for command in commands {
      let refused = try bench.run(command)
      #expect(refused.exitCode == 2)
      #expect(refused.errors.contains("this key file does not belong to the database"))
    }
    #expect(try bench.masters().count == 1, "refused before it was changed")
    let status = try bench.keys("status")
    #expect(status.printed.failure?.contains("this key file does not belong to the database") == true)
    #expect(status.printed.task == "status" && status.printed.masters == nil)
    #expect(try bench.pymongo.dump() == before)
  }

  /// Neither date is under a MAC, and others may have stored any. Those that Python has are the ends of what there is on
  /// the way to the program: the stand-in accepts no further ones.
  @Test(arguments: [("min", 0), ("max", 2)] as [(String, Int32)])
  func timesAreHeldAgainstNowWhateverTheyAre(end: String, dropping: Int32) throws {
    let bench = try KeysFixture(withFixturesUnderMasterMadeHoursAgo: 100)
    let first = try bench.active()
    _ = try bench.addMaster(hoursAgo: 25)
    #expect(try bench.keys("rotate-master").exitCode == 0)
    #expect(try bench.keys("rotate-data", "--all").exitCode == 0)
    try bench.pymongo.run(
      """
      import datetime
      date = datetime.datetime.\(end)
      db.store_settings.update_one({}, {'$set': {'active_since': date}})
      key = db.data_keys.find_one({'retired_at': {'$ne': None}})
      db.data_keys.update_one({'_id': key['_id']}, {'$set': {'retired_at': date}})
      """)
    let faults = ["dates@find:store_settings:1", "dates@find:store_settings:2", "dates@find:data_keys:1"]
    func told(_ task: [String]) throws -> KeysOutcome {
      let proxy = try LossyProxy(to: TestServer.shared, losing: faults)
      let told = try KeysOutcome(bench.run(["keys"] + task + ["--json", "--uri", proxy.uri]))
      #expect(proxy.lost.contains(faults[0]))
      return told
    }
    let status = try told(["status"])
    #expect(status.exitCode == 0, "\(status.errors)")
    #expect(status.printed.dataKeys?.due == 0)
    let dropped = try told(["drop-master", first])
    #expect(dropped.exitCode == dropping, "\(dropped.errors)")
    #expect(dropped.errors.contains("is in the future (active_since") == (dropping == 2))
    #expect(try bench.masters().contains(first) == (dropping == 2))
  }
}
