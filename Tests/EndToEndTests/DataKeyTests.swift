import Foundation
import Support
import Testing

/// `keys rotate-data`, `purge`, `destroy` and `verify`.
@Suite(.waiting) struct DataKeyTests {
  private let fixture: KeysFixture

  init() throws { fixture = try KeysFixture(withFixtures: ()) }

  @Test func everyValueIsSealedAgainAndReadsAsBefore() throws {
    let decrypted = try fixture.decrypted()
    let before = try fixture.keysInUse()
    let athletes = try #require(try fixture.pymongo.counts()["data_keys"])
    let rotated = try fixture.keys("rotate-data", "--all")
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(rotated.done("data_keys_made") == athletes)
    #expect(rotated.done("data_keys_retired") == athletes)
    #expect(try fixture.decrypted() == decrypted)
    #expect(before.count > 5)
    #expect(try fixture.keysInUse().isDisjoint(with: before))
    #expect(try fixture.keys("verify").exitCode == 0)
    let keys = try #require(try fixture.keys("status").printed.dataKeys)
    #expect(keys.sealing == athletes && keys.retired == athletes && keys.due == 0)

    let again = try fixture.store.run([KeysFixture.fixtures])
    #expect(again.summary.total.new + again.summary.total.updated == 0)
    #expect(try fixture.run(["encrypt-migrate", "--verify"]).exitCode == 0)
  }

  @Test func oneAthletesKeysAreRotatedAloneAndThenPurged() throws {
    let athlete = try fixture.athleteWithToken()
    let decrypted = try fixture.decrypted()
    let (mine, others) = try fixture.split(fixture.records(), by: athlete)
    #expect(try fixture.run(["keys", "rotate-data"]).exitCode == 64)
    #expect(try fixture.run(["keys", "rotate-data", "--all", "--athlete", athlete]).exitCode == 64)
    let rotated = try fixture.keys("rotate-data", "--athlete", athlete)
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(rotated.done("data_keys_made") == 1)
    let after = try fixture.split(fixture.records(), by: athlete)
    #expect(after.others == others)
    #expect(after.mine != mine && !mine.isEmpty)
    #expect(try fixture.decrypted() == decrypted)
    let unknown = try fixture.keys("rotate-data", "--athlete", "4711")
    #expect(unknown.exitCode == 1)
    #expect(unknown.printed.findings == ["SS078": 1])

    #expect(try fixture.keys("purge").done("data_keys_deleted") == 0, "not before a day has gone by")
    try fixture.age(byHours: 23)
    #expect(try fixture.keys("purge").done("data_keys_deleted") == 0)
    try fixture.age(byHours: 1)
    #expect(try fixture.keys("status").printed.dataKeys?.due == 1)
    let purged = try fixture.keys("purge")
    #expect(purged.exitCode == 0, "\(purged.errors)")
    #expect(purged.done("data_keys_deleted") == 1)
    #expect(try fixture.keys("verify").printed.dataKeys?.retired == 0)
    #expect(try fixture.decrypted() == decrypted)
  }

  /// A stopped rotation of one athlete is finished by the next one, which includes the athletes added since.
  @Test func whoCameBehindAStoppedRotationIsRotatedToo() throws {
    let athlete = try fixture.athleteWithToken()
    #expect(try fixture.keys("rotate-data", "--athlete", athlete).exitCode == 0)
    try fixture.pymongo.run("db.data_keys.update_many({}, {'$set': {'retired_at': None}})")
    let file = try fixture.store.folder.write(SyntheticRecord.athlete(4711).json, to: "new.json")
    #expect(try fixture.store.run([file]).exitCode == 0)
    let rotated = try fixture.keys("rotate-data", "--all")
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    let versions = try fixture.pymongo.run(
      "print(sorted(db.data_keys.aggregate([{'$group': {'_id': '$strava_id', 'v': {'$max': '$version'}}}]), "
        + "key=lambda key: key['v'])[0]['v'])")
    #expect(versions == "2\n")
    #expect(try fixture.keys("rotate-data", "--all").done("data_keys_made") > 0, "the first one is finished")
  }

  /// A value that cannot be decrypted cannot be sealed again. A backup may repair it, so its key is kept.
  @Test func aRetiredKeyStaysWhileAValueIsUnderIt() throws {
    try fixture.pymongo.run(
      """
      user = db.users.find_one({'access_token': {'$exists': True}})
      value = bytearray(user['access_token']); value[-1] ^= 1
      db.users.update_one({'_id': user['_id']}, {'$set': {'access_token': bson.Binary(bytes(value), 0x80)}})
      """)
    let rotated = try fixture.keys("rotate-data", "--all")
    #expect(rotated.exitCode == 1)
    #expect(rotated.printed.findings == ["SS072": 1])
    try fixture.age(byHours: 24)
    let total = try #require(rotated.printed.dataKeys?.retired)
    let purged = try fixture.keys("purge")
    #expect(purged.exitCode == 1)
    #expect(purged.printed.findings == ["SS072": 1, "SS077": 1])
    #expect(purged.done("data_keys_deleted") == total - 1)
    #expect(purged.printed.dataKeys?.retired == 1)
  }

  /// Purge seals values again that another writer sealed with a retired key after the rotation.
  @Test func whatALateWriterSealedUnderARetiredKeyIsSealedAgainByPurge() throws {
    let athlete = try fixture.athleteWithToken()
    let decrypted = try fixture.decrypted()
    let (stale, _) = try fixture.split(fixture.records(), by: athlete)
    #expect(try fixture.keys("rotate-data", "--all").exitCode == 0)
    // A writer that only knows the old key restores the athlete's user document.
    try fixture.pymongo.run(
      """
      from bson import json_util
      for line in sys.stdin:
          collection, document = line.split('\\t', 1)
          document = json_util.loads(document, json_options=json_util.CANONICAL_JSON_OPTIONS)
          if collection == 'users': db.users.replace_one({'_id': document['_id']}, document)
      """, input: stale.joined(separator: "\n"))
    try fixture.age(byHours: 24)
    let purged = try fixture.keys("purge")
    #expect(purged.exitCode == 0, "\(purged.errors)")
    #expect(purged.printed.collections["users"]?.changed == 1)
    #expect(purged.printed.dataKeys?.retired == 0)
    #expect(try fixture.keys("verify").exitCode == 0)
    #expect(try fixture.decrypted() == decrypted)
  }

  @Test func destroyAsksTwiceAndLeavesTheOthersAlone() throws {
    let athlete = try fixture.athleteWithToken()
    let before = try fixture.pymongo.dump()
    for answers in ["", "yes\n", "\(athlete)\n", "\(athlete)\nyes\n", "4711\ndestroy\n"] {
      let refused = try fixture.run(["keys", "destroy", "--athlete", athlete], input: .text(answers))
      #expect(refused.exitCode == 2)
      #expect(refused.errors.contains("nothing was changed"))
    }
    #expect(try fixture.pymongo.dump() == before)
    let (_, others) = try fixture.split(fixture.records(), by: athlete)

    let destroyed = try fixture.keys("destroy", "--athlete", athlete, input: .text("\(athlete)\ndestroy\n"))
    #expect(destroyed.exitCode == 0, "\(destroyed.errors)")
    #expect(destroyed.done("data_keys_deleted") == 1)
    #expect(try fixture.split(fixture.records(), by: athlete).others == others)
    let verified = try fixture.keys("verify")
    #expect(verified.exitCode == 1)
    #expect(Set(verified.printed.findings.keys) == ["SS072"])
    #expect(verified.printed.collections.values.map(\.left).reduce(0, +) >= 1)

    // Records that are imported later are sealed with a new key of the athlete.
    let record = SyntheticRecord.token(of: try #require(Int64(athlete)), expires: 1_900_000_000, number: 7)
    let file = try fixture.store.folder.write([record].lines, to: "later.json")
    #expect(try fixture.store.run([file]).exitCode == 0)
    #expect(try fixture.keys("status").exitCode == 0)
    #expect(try fixture.keysInUse(of: athlete).count >= 2)
  }

  /// The state after a stop between the deletion and the increase of the generation that follows it.
  @Test func destroyingKeysThatAreGoneBeginsAGenerationAllTheSame() throws {
    func generation() throws -> Int {
      let text = try fixture.pymongo.run("print(db.store_settings.find_one().get('generation', 0))")
      return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
    let athlete = try fixture.athleteWithToken()
    try fixture.pymongo.run("db.data_keys.delete_many({'strava_id': int(sys.argv[1])})", [athlete])
    let before = try generation()
    let destroyed = try fixture.keys("destroy", "--athlete", athlete, input: .text("\(athlete)\ndestroy\n"))
    #expect(destroyed.exitCode == 0, "\(destroyed.errors)")
    #expect(destroyed.done("data_keys_deleted") == 0)
    #expect(try generation() == before + 1)
  }

  @Test func keysThatDoNotOpenAreNotCalledMissing() throws {
    let athlete = try fixture.athleteWithToken()
    try fixture.pymongo.run(
      """
      for key in db.data_keys.find({'strava_id': int(sys.argv[1])}):
          wrapped = bytearray(key['wrapped_key']); wrapped[60] ^= 1
          db.data_keys.update_one({'_id': key['_id']}, {'$set': {'wrapped_key': bson.Binary(bytes(wrapped), 0x80)}})
      """, [athlete])
    let before = try fixture.pymongo.dump()
    let result = try fixture.keys("rotate-data", "--athlete", athlete)
    #expect(result.exitCode == 2)
    #expect(result.printed.failure?.contains("cannot be decrypted") == true, "\(result.errors)")
    #expect(result.printed.findings["SS078"] == nil && !result.errors.contains("no data key"))
    #expect(try fixture.pymongo.dump() == before)
  }
}
