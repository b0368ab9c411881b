import Foundation
import Support
import Testing

/// A migration that is killed and run again has the same result as one that was not.
@Suite(.waitingLong) struct MigrationKillTests {
  private static let users = 200
  private static let options = ["--batch-size", "10"]

  private let store: TestStore

  init() throws { store = try TestStore() }

  private func inClear() throws -> TestDatabase {
    let database = try TestServer.shared.uniqueDatabase()
    try database.pymongo.run(file: "platform_writers.py", ["seed", "\(Self.users)"])
    return database
  }

  @Test func killedAtAnyMomentAndRunAgainEndsSealed() throws {
    let undisturbed = try inClear()
    let kills = try RandomKills(seed: 11) {
      let whole = try store.migrate(Self.options, of: undisturbed)
      #expect(whole.users.changed == Self.users)
    }
    let sealed = try undisturbed.pymongo.dump(collections: ["users"], keyFile: store.keyFile)
    #expect(sealed.count == Self.users)

    try kills.each { moment in
      let database = try inClear()
      try store.migration(Self.options, of: database).start().kill(after: moment)
      let again = try store.migrate(Self.options, of: database)
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(again.users.read == Self.users)
      #expect(try store.migrate(["--verify"], of: database).exitCode == 0)
      #expect(
        try database.pymongo.dump(collections: ["users"], keyFile: store.keyFile) == sealed, "killed after \(moment) s")
      // Each athlete has one data key, whichever run created it.
      #expect(try database.pymongo.counts()["data_keys"] == Self.users)
      return again.users.changed > 0 && again.users.unchanged > 0
    }
  }
}
