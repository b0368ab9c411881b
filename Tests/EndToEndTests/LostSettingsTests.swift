import Foundation
import Support
import Testing

/// A database that has lost its `store_settings` is not taken for one in which nothing was ever sealed.
@Suite(.waiting) struct LostSettingsTests {
  private let keys: KeysBench
  private var bench: ImportBench { keys.bench }

  init() throws {
    keys = try KeysBench()
    let records: [SyntheticRecord] = [
      .athlete(), .token(expires: 1_900_000_000), .summary(SyntheticDump.firstActivity),
    ]
    let file = try keys.bench.folder.write(records.lines, to: "records.json")
    #expect(try keys.bench.run(["--seal", "location", file]).exitCode == 0)
    try keys.pymongo.run("db.store_settings.delete_many({})")
  }

  @Test(arguments: [
    ["import", "records.json"], ["import", "--seal", "location", "records.json"], ["encrypt-migrate"],
    ["encrypt-migrate", "--seal", "location"], ["encrypt-migrate", "--dry-run"], ["encrypt-migrate", "--verify"],
    ["keys", "status"], ["keys", "verify"], ["keys", "rotate-data", "--all"], ["keys", "rotate-master"], ["validate"],
  ])
  func commandsRefuseAndSayWhatToDo(_ arguments: [String]) throws {
    let other = bench.folder.path("other.json")
    #expect(try StravaStore.run(["keys", "generate", "--key-file", other]).exitCode == 0)
    let before = try keys.pymongo.dump()
    for key in [bench.keyFile, other] {
      let outcome = try StravaStore.run(
        arguments + ["--db", bench.database.name, "--key-file", key], environment: keys.environment,
        directory: bench.folder.path)
      #expect(outcome.exitCode == 2, "\(outcome.errors)")
      #expect(outcome.errors.contains("data keys but no sealing settings (store_settings)"))
      #expect(outcome.errors.contains("docs/keys.md"))
      #expect(!outcome.errors.contains("every data key opens") && !outcome.errors.contains("nothing sealed yet"))
    }
    #expect(try keys.pymongo.dump() == before)
  }

  /// What docs/keys.md says.
  @Test func settingsOfAnEmptyDatabaseTakeTheirPlace() throws {
    let scratch = bench.database.name + "_settings"
    let made = try StravaStore.run(
      ["encrypt-migrate", "--seal", "location", "--db", scratch], environment: keys.environment)
    #expect(made.exitCode == 0, "\(made.errors)")
    try keys.pymongo.run(
      """
      db.store_settings.insert_one(client[sys.argv[1]].store_settings.find_one())
      client.drop_database(sys.argv[1])
      """, [scratch])
    #expect(try keys.keys("verify").exitCode == 0)
    #expect(try bench.migrate(["--verify"]).exitCode == 0)
    #expect(try bench.run([bench.folder.path("records.json")]).summary.total.updated == 0)
  }

  @Test func aDatabaseInWhichNothingWasSealedHasNoneToLose() throws {
    try keys.pymongo.run(
      "client.drop_database(db.name); db.users.insert_one({'strava_id': 5, 'email': 'a@example.org'})")
    #expect(try keys.keys("status").exitCode == 0)
    #expect(try bench.migrate(["--verify"]).exitCode == 1)
    #expect(try bench.migrate().exitCode == 0)
  }
}
