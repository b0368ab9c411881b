import Foundation
import Support
import Testing

/// A request that `encrypt-migrate` refuses is refused before anything is changed.
@Suite(.waiting) struct MigrationPolicyTests {
  private let store: TestStore

  init() throws { store = try TestStore() }

  private func classes() throws -> String {
    try store.pymongo.run("print((db.store_settings.find_one() or {}).get('classes'))")
  }

  @Test(arguments: [[], ["--dry-run"], ["--verify"]])
  func aNarrowerPolicyIsRefused(_ task: [String]) throws {
    #expect(try store.migrate(["--seal", "location,health"]).exitCode == 0)
    let before = try store.pymongo.dump()
    let refused = try store.migrate(task + ["--seal", "health"])
    #expect(refused.exitCode == 2)
    #expect(refused.errors.contains("classes can be added, but not removed"))
    #expect(try store.pymongo.dump() == before)
    #expect(try store.migrate(task + ["--seal", "health,location"]).exitCode == 0)
  }

  /// Documents with one id of an athlete stop only themselves.
  @Test func sharedKeysDoNotKeepThePolicyFromBeingWidened() throws {
    #expect(try store.migrate().exitCode == 0)
    try store.pymongo.run(
      """
      db.users.drop_indexes()
      db.users.insert_many([{'strava_id': bson.Int64(5), 'email': 'a@example.org'} for _ in range(2)])
      """)
    let widened = try store.migrate(["--seal", "location"])
    #expect(widened.exitCode == 1 && widened.findings["SS082"] != nil, "\(widened.errors)")
    #expect(try classes() == "['secret', 'identity', 'location']\n")
    #expect(try store.pymongo.run("print(db.users.count_documents({'email': 'a@example.org'}))") == "2\n")
  }

  /// No validator accepts a data key of such an athlete.
  @Test func anAthleteWhoCannotBeIsLeftAndTheRestIsSealed() throws {
    #expect(try StravaStore.run(["index", "--db", store.database.name, "--uri", store.database.uri]).exitCode == 0)
    try store.pymongo.run(
      """
      for name in ('users', 'activities', 'insights'): db.command('collMod', name, validator={})
      db.users.insert_many([{'strava_id': bson.Int64(id), 'email': 'a@example.org'} for id in (0, -3, 5)])
      db.activities.insert_one({'strava_activity_id': bson.Int64(1), 'athlete_id': bson.Int64(-3), 'start_date':
          __import__('datetime').datetime(2024, 1, 1), 'user_id': bson.ObjectId(), 'raw_data': {'private_note': 'x'}})
      """)
    let foreseen = try store.migrate(["--dry-run", "--seal", "location"])
    let done = try store.migrate(["--seal", "location"])
    #expect(done.exitCode == 1, "\(done.errors)")
    #expect(done.users.changed == 1 && done.users.left == 2 && done.activities.left == 1)
    #expect(done.findings == ["SS074": 3])
    #expect(foreseen.collections == done.collections && foreseen.findings == done.findings)
    let kept = try store.pymongo.run(
      "print(db.users.count_documents({'email': 'a@example.org', 'email_hash': None}), db.data_keys.count_documents({}))"
    )
    #expect(kept == "2 1\n")
    #expect(try store.migrate(["--verify"]).left == 3)
  }

  /// No update matches such settings, so a wider policy would be written again and again.
  @Test(arguments: ["mac", "index_key_id", "active_master_id"])
  func settingsUnderAnotherSubtypeAreOfNoKnownForm(_ field: String) throws {
    #expect(try store.migrate().exitCode == 0)
    try store.pymongo.run(
      """
      value = db.store_settings.find_one()[sys.argv[1]]
      db.store_settings.update_one({}, {'$set': {sys.argv[1]: bson.Binary(bytes(value), 0x81)}})
      """, [field])
    for options in [["--seal", "location"], []] {
      let refused = try store.migrate(options)
      #expect(refused.exitCode == 2)
      #expect(refused.failure?.contains("their form is unknown") == true)
    }
  }

  @Test func aRotationInBetweenDoesNotKeepThePolicyFromWidening() throws {
    #expect(try store.migrate().exitCode == 0)
    let rotation = KeysFixture(store).python(["keys", "rotate-master", "--uri", store.database.uri])
    let proxy = try LossyProxy(
      to: store.database, before: "update:store_settings:1",
      do: "import subprocess; subprocess.run(\(rotation), check=True, capture_output=True)")
    let done = try store.migrate(["--seal", "location"], uri: proxy.uri)
    #expect(proxy.acted == ["update:store_settings:1"])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(try classes() == "['secret', 'identity', 'location']\n")
    #expect(try store.migrate(["--verify"]).exitCode == 0)
  }

  @Test func aCollectionGivenTwiceCountsOnce() throws {
    try store.pymongo.run(file: "platform_writers.py", ["seed", "3"])
    let twice = ["--collection", "users", "--collection", "users,users"]
    let done = try store.migrate(twice)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.users.changed == 3)
    #expect(try store.migrate(twice + ["--verify"]).users.unchanged == 3)
  }

  /// The halves of a user's raw data are recognized whatever they contain.
  @Test func aHalfOfAnyShapeIsSealedAndLeavesNoStoreInClear() throws {
    try store.pymongo.run(
      """
      odd = [{'token': 'canary-text', 'athlete': [{'nick': 'canary-list'}]}, {'token': 17, 'athlete': ['canary-item', 2]},
          {'token': '', 'athlete': None}]
      db.users.insert_many([{'strava_id': bson.Int64(i + 1), 'raw_data': raw} for i, raw in enumerate(odd)])
      """)
    let before = try store.pymongo.dump(collections: ["users"])
    let plain = try ["--verify", "--dry-run"].map { try store.migrate([$0]) }
    #expect(plain[0].exitCode == 1 && plain[0].users.left == 2)
    #expect(plain[1].users.changed == 2)
    func exported() throws -> String {
      try StravaStore.run(["export", "users", "--db", store.database.name, "--uri", store.database.uri]).output
    }
    #expect(try !exported().contains("canary"))
    let done = try store.migrate()
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.users.values == ["/raw_data/athlete": 2, "/raw_data/token": 2])
    #expect(try store.migrate(["--verify"]).exitCode == 0)
    #expect(try !exported().contains("canary"))
    #expect(try !store.pymongo.dump(collections: ["users"]).contains { $0.contains("canary") })
    #expect(try store.migrate(["--decrypt"], input: .text("decrypt\nin clear\n")).exitCode == 0)
    #expect(try store.pymongo.dump(collections: ["users"]) == before)
  }

  /// The document is written over the wire, because no update can name such a field.
  @Test func aFieldThatNoUpdateNamesIsReportedAsThat() throws {
    try store.pymongo.run(
      """
      from bson import SON
      for number, name in enumerate(['a.b', '$x', ''], 1):
          db.command('insert', 'users', documents=[SON([('_id', number), ('strava_id', bson.Int64(number)),
              ('firstname', 'A'), (name, {'email': 'a@example.org'})])])
      """)
    let foreseen = try store.migrate(["--dry-run"])
    let done = try store.migrate()
    #expect(done.exitCode == 1)
    #expect(done.users.left == 3 && done.users.retried == 0)
    #expect(done.findings == ["SS060": 3], "\(done.errors)")
    #expect(foreseen.users.left == 3 && foreseen.findings == done.findings)
    #expect(try store.pymongo.run("print(db.users.count_documents({'firstname': {'$type': 'string'}}))") == "0\n")
  }

  /// Validators require the forms of the policy, and are off while documents change theirs.
  @Test func validatorsAreSwitchedOffForTheWayToAWiderPolicy() throws {
    func index(_ options: String...) throws -> Outcome {
      try StravaStore.run(["index", "--db", store.database.name, "--uri", store.database.uri] + options)
    }
    let file = try store.folder.write(
      SyntheticRecord.summary(1).with("start_latlng", "[44.97, -125.03]").with("average_heartrate", "141.5").json,
      to: "one.json")
    #expect(try store.run([file]).exitCode == 0)
    for options in [["--validation", "moderate"], ["--validation", "off"]] {
      #expect(try index(options[0], options[1]).exitCode == 0)
    }
    let done = try store.migrate(["--seal", "location,health"])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.activities.changed == 1)
    #expect(try index("--validation", "strict").exitCode == 0)
    #expect(try index("--check").exitCode == 0)
    #expect(try store.migrate(["--verify"]).exitCode == 0)
    // A sealed record is imported again.
    let more = try store.folder.write(
      SyntheticRecord.detail(1).with("start_latlng", "[44.97, -125.03]").json, to: "more.json")
    #expect(try store.run([more]).summary.activities.updated == 1)
  }
}
