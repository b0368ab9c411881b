import Foundation
import Support
import Testing

/// A migration that ends without warning is run again, and ends like one that was not disturbed.
@Suite(.waitingLong) struct MigrationKillTests {
  private static let users = 200
  private static let options = ["--batch-size", "10"]

  private let bench: ImportFixture

  init() throws { bench = try ImportFixture() }

  private func inClear() throws -> TestDatabase {
    let database = try TestServer.shared.uniqueDatabase()
    try database.pymongo.run(file: "platform_writers.py", ["seed", "\(Self.users)"])
    return database
  }

  @Test func killedAtAnyMomentAndRunAgainEndsSealed() throws {
    let undisturbed = try inClear()
    let kills = try RandomKills(seed: 11) {
      let whole = try bench.migrate(Self.options, of: undisturbed)
      #expect(whole.users.changed == Self.users)
    }
    let sealed = try undisturbed.pymongo.dump(collections: ["users"], keyFile: bench.keyFile)
    #expect(sealed.count == Self.users)

    try kills.each { moment in
      let database = try inClear()
      try bench.migration(Self.options, of: database).start().kill(after: moment)
      let again = try bench.migrate(Self.options, of: database)
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(again.users.read == Self.users)
      #expect(try bench.migrate(["--verify"], of: database).exitCode == 0)
      #expect(
        try database.pymongo.dump(collections: ["users"], keyFile: bench.keyFile) == sealed, "killed after \(moment) s")
      // One data key an athlete, whoever made it.
      #expect(try database.pymongo.counts()["data_keys"] == Self.users)
      return again.users.changed > 0 && again.users.unchanged > 0
    }
  }
}
