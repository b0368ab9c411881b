import Foundation
import Support
import Testing

/// A database that has lost its `store_settings` is not treated as one that never had sealed values.
@Suite(.waiting) struct LostSettingsTests {
  private let keys: KeysFixture
  private var store: TestStore { keys.store }

  init() throws {
    keys = try KeysFixture()
    let records: [SyntheticRecord] = [
      .athlete(), .token(expires: 1_900_000_000), .summary(SyntheticDump.firstActivity),
    ]
    let file = try keys.store.folder.write(records.lines, to: "records.json")
    #expect(try keys.store.run(["--seal", "location", file]).exitCode == 0)
    try keys.pymongo.run("db.store_settings.delete_many({})")
  }

  @Test(arguments: [
    ["import", "records.json"], ["import", "--seal", "location", "records.json"], ["encrypt-migrate"],
    ["encrypt-migrate", "--seal", "location"], ["encrypt-migrate", "--dry-run"], ["encrypt-migrate", "--verify"],
    ["keys", "status"], ["keys", "verify"], ["keys", "rotate-data", "--all"], ["keys", "rotate-master"], ["validate"],
  ])
  func commandsRefuseAndSayWhatToDo(_ arguments: [String]) throws {
    let other = store.folder.path("other.json")
    #expect(try StravaStore.run(["keys", "generate", "--key-file", other]).exitCode == 0)
    let before = try keys.pymongo.dump()
    for key in [store.keyFile, other] {
      let outcome = try StravaStore.run(
        arguments + ["--db", store.database.name, "--key-file", key], environment: keys.environment,
        directory: store.folder.path)
      #expect(outcome.exitCode == 2, "\(outcome.errors)")
      #expect(outcome.errors.contains("its sealing settings (store_settings) are missing"))
      #expect(outcome.errors.contains("docs/keys.md"))
      #expect(
        !outcome.errors.contains("every data key can be decrypted") && !outcome.errors.contains("nothing is sealed yet")
      )
    }
    #expect(try keys.pymongo.dump() == before)
  }

  /// Activities without values to seal have no data keys. Only their digests show that there was a policy.
  @Test(arguments: ["activities", "users", "insights"])
  func importedRecordsWithoutDataKeysAreSeen(_ collection: String) throws {
    let path = collection == "users" ? "source.athlete.digest" : "source.digest"
    try keys.pymongo.run(
      """
      db.data_keys.delete_many({})
      [db[name].delete_many({}) for name in ('users', 'activities', 'insights')]
      # Others' documents, more than a look at one end covers.
      db[sys.argv[1]].insert_many({'_id': bson.ObjectId(f'65f0c0ff{i:016x}'), 'strava_id': i + 1,
        'strava_activity_id': i + 1, 'source': 'sync'} for i in range(600))
      db[sys.argv[1]].insert_one({'_id': bson.ObjectId('ff' * 12), 'strava_id': 9999, 'strava_activity_id': 9999})
      db[sys.argv[1]].update_one({'_id': bson.ObjectId('ff' * 12)}, {'$set': {sys.argv[2]: b'd' * 32}})
      """, [collection, path])
    let before = try keys.pymongo.dump()
    let outcome = try store.run([store.folder.path("records.json")])
    #expect(outcome.exitCode == 2, "\(outcome.errors)")
    #expect(
      outcome.errors.contains(
        "has imported records (they have a source.digest), but its sealing settings (store_settings) are"))
    #expect(try keys.pymongo.dump() == before)
  }

  /// Without data keys and digests, sealed values and blind indexes show that something was sealed.
  @Test(arguments: [
    "db.users.update_many({}, {'$unset': {'username_hash': 1, 'email_hash': 1, 'access_token_hash': 1}})"
  ])
  func whatWasSealedIsSeenWithoutDataKeysAndDigests(_ removal: String) throws {
    try keys.pymongo.run(
      """
      db.data_keys.delete_many({})
      db.activities.delete_many({})
      db.users.update_many({}, {'$unset': {'source': 1}})

      """ + removal)
    let before = try keys.pymongo.dump()
    for arguments in [["import", "--seal", "location", "records.json"], ["encrypt-migrate"]] {
      let outcome = try StravaStore.run(
        arguments + ["--db", store.database.name, "--key-file", store.keyFile], environment: keys.environment,
        directory: store.folder.path)
      #expect(outcome.exitCode == 2, "\(outcome.errors)")
      #expect(outcome.errors.contains("has sealed values or blind indexes, but its sealing settings (store_settings)"))
    }
    #expect(try keys.pymongo.dump() == before)
  }

  /// Development versions had another form of digests, which no settings mention.
  @Test(arguments: [
    ["import", "records.json"], ["encrypt-migrate", "--verify"], ["keys", "status"], ["validate"],
  ])
  func databasesWithTheFirstFormOfDigestsAreRefused(_ arguments: [String]) throws {
    let made = try StravaStore.run(
      ["encrypt-migrate", "--db", keys.store.database.name + "_x"], environment: keys.environment)
    #expect(made.exitCode == 0, "\(made.errors)")
    try keys.pymongo.run(
      """
      other = client[db.name + '_x']
      settings = other.store_settings.find_one()
      assert settings['digest'] == 2
      del settings['digest']
      db.store_settings.insert_one(settings)
      client.drop_database(other.name)
      """)
    let before = try keys.pymongo.dump()
    let outcome = try StravaStore.run(
      arguments + ["--db", store.database.name, "--key-file", store.keyFile], environment: keys.environment,
      directory: store.folder.path)
    #expect(outcome.exitCode == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains("with another form of digest"))
    #expect(outcome.errors.contains("import the original files into another database"))
    #expect(try keys.pymongo.dump() == before)
  }

  /// This is the procedure in docs/keys.md.
  @Test func settingsOfAnEmptyDatabaseTakeTheirPlace() throws {
    let scratch = store.database.name + "_settings"
    let made = try StravaStore.run(
      ["encrypt-migrate", "--seal", "location", "--db", scratch], environment: keys.environment)
    #expect(made.exitCode == 0, "\(made.errors)")
    try keys.pymongo.run(
      """
      db.store_settings.insert_one(client[sys.argv[1]].store_settings.find_one())
      client.drop_database(sys.argv[1])
      """, [scratch])
    #expect(try keys.keys("verify").exitCode == 0)
    #expect(try store.migrate(["--verify"]).exitCode == 0)
    #expect(try store.run([store.folder.path("records.json")]).summary.total.updated == 0)
  }

  @Test func aDatabaseInWhichNothingWasSealedHasNoneToLose() throws {
    try keys.pymongo.run(
      "client.drop_database(db.name); db.users.insert_one({'strava_id': 5, 'email': 'a@example.org'})")
    #expect(try keys.keys("status").exitCode == 0)
    #expect(try store.migrate(["--verify"]).exitCode == 1)
    #expect(try store.migrate().exitCode == 0)
  }
}
