import Foundation
import Support
import Testing

/// A migration that ends without warning is run again, and ends like one that was not disturbed.
@Suite struct MigrationKillTests {
  private static let users = 200
  private static let options = ["--batch-size", "10"]

  private let bench: ImportBench

  init() throws { bench = try ImportBench() }

  private func inClear() throws -> TestDatabase {
    let database = try TestServer.shared.uniqueDatabase()
    try database.pymongo.run(file: "platform_writers.py", ["seed", "\(Self.users)"])
    return database
  }

  @Test func killedAtAnyMomentAndRunAgainEndsSealed() throws {
    let undisturbed = try inClear()
    let clock = ContinuousClock()
    let began = clock.now
    let whole = try bench.migrate(Self.options, of: undisturbed)
    let duration = (clock.now - began) / .seconds(1)
    #expect(whole.users.changed == Self.users)
    let sealed = try undisturbed.pymongo.dump(collections: ["users"], keyFile: bench.keyFile)
    #expect(sealed.count == Self.users)

    var numbers = SeededNumbers(seed: 11)
    var halfWay = 0
    let kills = Soak.size(10, soak: 50)
    for kill in 0..<kills {
      let database = try inClear()
      let moment = duration * (Double(kill) + Double.random(in: 0..<1, using: &numbers)) / Double(kills)
      let running = try bench.migration(Self.options, of: database).start()
      Thread.sleep(forTimeInterval: moment)
      try running.kill()
      let again = try bench.migrate(Self.options, of: database)
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(again.users.read == Self.users)
      if again.users.changed > 0, again.users.unchanged > 0 { halfWay += 1 }
      #expect(try bench.migrate(["--verify"], of: database).exitCode == 0)
      #expect(
        try database.pymongo.dump(collections: ["users"], keyFile: bench.keyFile) == sealed, "killed after \(moment) s")
      // One data key an athlete, whoever made it.
      #expect(try database.pymongo.counts()["data_keys"] == Self.users)
    }
    // Else the moments were none in which anything was under way.
    #expect(halfWay > 0)
  }
}
