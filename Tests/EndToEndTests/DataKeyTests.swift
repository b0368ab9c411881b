import Foundation
import Support
import Testing

/// `keys rotate-data`, `purge`, `destroy` and `verify`.
@Suite(.waiting) struct DataKeyTests {
  private let bench: KeysFixture

  init() throws { bench = try KeysFixture(withFixtures: ()) }

  @Test func everyValueIsSealedAgainAndReadsAsBefore() throws {
    let opened = try bench.opened()
    let before = try bench.keysInUse()
    let athletes = try #require(try bench.pymongo.counts()["data_keys"])
    let rotated = try bench.keys("rotate-data", "--all")
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(rotated.done("data_keys_made") == athletes)
    #expect(rotated.done("data_keys_retired") == athletes)
    #expect(try bench.opened() == opened)
    #expect(before.count > 5)
    #expect(try bench.keysInUse().isDisjoint(with: before))
    #expect(try bench.keys("verify").exitCode == 0)
    let keys = try #require(try bench.keys("status").printed.dataKeys)
    #expect(keys.sealing == athletes && keys.retired == athletes && keys.due == 0)

    let again = try bench.bench.run([KeysFixture.fixtures])
    #expect(again.summary.total.new + again.summary.total.updated == 0)
    #expect(try bench.run(["encrypt-migrate", "--verify"]).exitCode == 0)
  }

  @Test func oneAthletesKeysAreRotatedAloneAndThenPurged() throws {
    let athlete = try bench.athleteWithToken()
    let opened = try bench.opened()
    let (mine, others) = try bench.split(bench.records(), by: athlete)
    #expect(try bench.run(["keys", "rotate-data"]).exitCode == 64)
    #expect(try bench.run(["keys", "rotate-data", "--all", "--athlete", athlete]).exitCode == 64)
    let rotated = try bench.keys("rotate-data", "--athlete", athlete)
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(rotated.done("data_keys_made") == 1)
    let after = try bench.split(bench.records(), by: athlete)
    #expect(after.others == others)
    #expect(after.mine != mine && !mine.isEmpty)
    #expect(try bench.opened() == opened)
    let unknown = try bench.keys("rotate-data", "--athlete", "4711")
    #expect(unknown.exitCode == 1)
    #expect(unknown.printed.findings == ["SS078": 1])

    #expect(try bench.keys("purge").done("data_keys_deleted") == 0, "not before a day has gone by")
    try bench.age(byHours: 23)
    #expect(try bench.keys("purge").done("data_keys_deleted") == 0)
    try bench.age(byHours: 1)
    #expect(try bench.keys("status").printed.dataKeys?.due == 1)
    let purged = try bench.keys("purge")
    #expect(purged.exitCode == 0, "\(purged.errors)")
    #expect(purged.done("data_keys_deleted") == 1)
    #expect(try bench.keys("verify").printed.dataKeys?.retired == 0)
    #expect(try bench.opened() == opened)
  }

  /// One athlete's rotation that was stopped is finished by the next, which includes the athletes added since.
  @Test func whoCameBehindAStoppedRotationIsRotatedToo() throws {
    let athlete = try bench.athleteWithToken()
    #expect(try bench.keys("rotate-data", "--athlete", athlete).exitCode == 0)
    try bench.pymongo.run("db.data_keys.update_many({}, {'$set': {'retired_at': None}})")
    let file = try bench.bench.folder.write(SyntheticRecord.athlete(4711).json, to: "new.json")
    #expect(try bench.bench.run([file]).exitCode == 0)
    let rotated = try bench.keys("rotate-data", "--all")
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    let versions = try bench.pymongo.run(
      "print(sorted(db.data_keys.aggregate([{'$group': {'_id': '$strava_id', 'v': {'$max': '$version'}}}]), "
        + "key=lambda key: key['v'])[0]['v'])")
    #expect(versions == "2\n")
    #expect(try bench.keys("rotate-data", "--all").done("data_keys_made") > 0, "the first one is finished")
  }

  /// A value that cannot be decrypted cannot be sealed again. A backup may repair it, so its key stays.
  @Test func aRetiredKeyStaysWhileAValueIsUnderIt() throws {
    try bench.pymongo.run(
      """
      user = db.users.find_one({'access_token': {'$exists': True}})
      value = bytearray(user['access_token']); value[-1] ^= 1
      db.users.update_one({'_id': user['_id']}, {'$set': {'access_token': bson.Binary(bytes(value), 0x80)}})
      """)
    let rotated = try bench.keys("rotate-data", "--all")
    #expect(rotated.exitCode == 1)
    #expect(rotated.printed.findings == ["SS072": 1])
    try bench.age(byHours: 24)
    let total = try #require(rotated.printed.dataKeys?.retired)
    let purged = try bench.keys("purge")
    #expect(purged.exitCode == 1)
    #expect(purged.printed.findings == ["SS072": 1, "SS077": 1])
    #expect(purged.done("data_keys_deleted") == total - 1)
    #expect(purged.printed.dataKeys?.retired == 1)
  }

  /// Purge seals values again that another writer sealed with a retired key after the rotation.
  @Test func whatALateWriterSealedUnderARetiredKeyIsSealedAgainByPurge() throws {
    let athlete = try bench.athleteWithToken()
    let opened = try bench.opened()
    let (stale, _) = try bench.split(bench.records(), by: athlete)
    #expect(try bench.keys("rotate-data", "--all").exitCode == 0)
    // A writer that knows the old key only puts the athlete's user back as it was.
    try bench.pymongo.run(
      """
      from bson import json_util
      for line in sys.stdin:
          collection, document = line.split('\\t', 1)
          document = json_util.loads(document, json_options=json_util.CANONICAL_JSON_OPTIONS)
          if collection == 'users': db.users.replace_one({'_id': document['_id']}, document)
      """, input: stale.joined(separator: "\n"))
    try bench.age(byHours: 24)
    let purged = try bench.keys("purge")
    #expect(purged.exitCode == 0, "\(purged.errors)")
    #expect(purged.printed.collections["users"]?.changed == 1)
    #expect(purged.printed.dataKeys?.retired == 0)
    #expect(try bench.keys("verify").exitCode == 0)
    #expect(try bench.opened() == opened)
  }

  @Test func destroyAsksTwiceAndLeavesTheOthersAlone() throws {
    let athlete = try bench.athleteWithToken()
    let before = try bench.pymongo.dump()
    for answers in ["", "yes\n", "\(athlete)\n", "\(athlete)\nyes\n", "4711\ndestroy\n"] {
      let refused = try bench.run(["keys", "destroy", "--athlete", athlete], input: .text(answers))
      #expect(refused.exitCode == 2)
      #expect(refused.errors.contains("nothing was changed"))
    }
    #expect(try bench.pymongo.dump() == before)
    let (_, others) = try bench.split(bench.records(), by: athlete)

    let destroyed = try bench.keys("destroy", "--athlete", athlete, input: .text("\(athlete)\ndestroy\n"))
    #expect(destroyed.exitCode == 0, "\(destroyed.errors)")
    #expect(destroyed.done("data_keys_deleted") == 1)
    #expect(try bench.split(bench.records(), by: athlete).others == others)
    let verified = try bench.keys("verify")
    #expect(verified.exitCode == 1)
    #expect(Set(verified.printed.findings.keys) == ["SS072"])
    #expect(verified.printed.collections.values.map(\.left).reduce(0, +) >= 1)

    // What comes later is the athlete's under a new key.
    let record = SyntheticRecord.token(of: try #require(Int64(athlete)), expires: 1_900_000_000, number: 7)
    let file = try bench.bench.folder.write([record].lines, to: "later.json")
    #expect(try bench.bench.run([file]).exitCode == 0)
    #expect(try bench.keys("status").exitCode == 0)
    #expect(try bench.keysInUse(of: athlete).count >= 2)
  }

  /// As after a stop between the deletion and the generation that is to begin behind it.
  @Test func destroyingKeysThatAreGoneBeginsAGenerationAllTheSame() throws {
    func generation() throws -> Int {
      let text = try bench.pymongo.run("print(db.store_settings.find_one().get('generation', 0))")
      return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
    let athlete = try bench.athleteWithToken()
    try bench.pymongo.run("db.data_keys.delete_many({'strava_id': int(sys.argv[1])})", [athlete])
    let before = try generation()
    let destroyed = try bench.keys("destroy", "--athlete", athlete, input: .text("\(athlete)\ndestroy\n"))
    #expect(destroyed.exitCode == 1, "\(destroyed.errors)")
    #expect(destroyed.printed.findings == ["SS078": 1])
    #expect(destroyed.done("data_keys_deleted") == 0)
    #expect(try generation() == before + 1)
  }

  @Test func keysThatDoNotOpenAreNotCalledMissing() throws {
    let athlete = try bench.athleteWithToken()
    try bench.pymongo.run(
      """
      for key in db.data_keys.find({'strava_id': int(sys.argv[1])}):
          wrapped = bytearray(key['wrapped_key']); wrapped[60] ^= 1
          db.data_keys.update_one({'_id': key['_id']}, {'$set': {'wrapped_key': bson.Binary(bytes(wrapped), 0x80)}})
      """, [athlete])
    let before = try bench.pymongo.dump()
    let told = try bench.keys("rotate-data", "--athlete", athlete)
    #expect(told.exitCode == 2)
    #expect(told.printed.failure?.contains("cannot be decrypted") == true, "\(told.errors)")
    #expect(told.printed.findings["SS078"] == nil && !told.errors.contains("no data key"))
    #expect(try bench.pymongo.dump() == before)
  }
}
