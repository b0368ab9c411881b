import Foundation
import Support
import Testing

/// What `encrypt-migrate` refuses is refused before anything is changed, whatever it was asked for.
@Suite(.waiting) struct MigrationPolicyTests {
  private let bench: ImportBench

  init() throws { bench = try ImportBench() }

  /// Halves of a user's raw data are halves whatever they hold.
  @Test func aHalfOfAnyShapeIsSealedAndLeavesNoStoreInClear() throws {
    try bench.pymongo.run(
      """
      odd = [{'token': 'canary-text', 'athlete': [{'nick': 'canary-list'}]}, {'token': 17, 'athlete': ['canary-item', 2]},
          {'token': '', 'athlete': None}]
      db.users.insert_many([{'strava_id': bson.Int64(i + 1), 'raw_data': raw} for i, raw in enumerate(odd)])
      """)
    let before = try bench.pymongo.dump(collections: ["users"])
    let plain = try ["--verify", "--dry-run"].map { try bench.migrate([$0]) }
    #expect(plain[0].exitCode == 1 && plain[0].users.left == 2)
    #expect(plain[1].users.changed == 2)
    func exported() throws -> String {
      try StravaStore.run(["export", "users", "--db", bench.database.name, "--uri", bench.database.uri]).output
    }
    #expect(try !exported().contains("canary"))
    let done = try bench.migrate()
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.users.values == ["/raw_data/athlete": 2, "/raw_data/token": 2])
    #expect(try bench.migrate(["--verify"]).exitCode == 0)
    #expect(try !exported().contains("canary"))
    #expect(try !bench.pymongo.dump(collections: ["users"]).contains { $0.contains("canary") })
    #expect(try bench.migrate(["--decrypt"], input: .text("decrypt\nin clear\n")).exitCode == 0)
    #expect(try bench.pymongo.dump(collections: ["users"]) == before)
  }
}
