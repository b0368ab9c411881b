import Foundation
import Support
import Testing

/// Commands during which the primary of a replica set is killed or gives up its role: nothing is lost or counted twice.
@Suite(.waitingLong, .serialized) struct ReplicaSetTests {
  typealias Counts = PrintedSummary.Counts

  enum Loss: CaseIterable, CustomStringConvertible {
    case kill, stepDown

    func happen(to set: ReplicaSet) throws {
      switch self {
      case .kill: try set.killPrimary()
      case .stepDown: try set.stepDownPrimary()
      }
    }

    var description: String { self == .kill ? "kill" : "step down" }
  }

  private static let moments = Soak.size(2, soak: 20)
  private static let records = SyntheticDump.summaries(4000, athletes: 20)

  /// Runs the command once per moment, each a random share of its undisturbed duration.
  private func each(
    _ loss: Loss, _ set: ReplicaSet, seconds: Double, _ command: () throws -> Command,
    check: (Outcome) throws -> Void
  ) throws {
    for moment in 0..<Self.moments {
      let running = try command().start()
      Thread.sleep(forTimeInterval: seconds * (Double(moment) + 0.5) / Double(Self.moments))
      try loss.happen(to: set)
      let outcome = try running.wait()
      #expect(outcome.exitCode == 0, "\(loss), moment \(moment): \(outcome.errors)")
      try check(outcome)
    }
  }

  private func seconds(of command: Command) throws -> Double {
    let clock = ContinuousClock()
    let began = clock.now
    #expect(try command.run().exitCode == 0)
    return (clock.now - began) / .seconds(1)
  }

  @Test(.needsMongod, arguments: Loss.allCases) func anImport(_ loss: Loss) throws {
    let set = try ReplicaSet()
    let first = try TestStore(on: set.server)
    let file = try first.file(Self.records.lines)
    let duration = try seconds(of: first.command([file]))
    var store = first
    try each(loss, set, seconds: duration) {
      store = try TestStore(on: set.server)
      return try store.command([file])
    } check: { (outcome: Outcome) throws in
      let counts = try ImportOutcome(outcome).summary.activities
      #expect(counts.new == Self.records.count)
      #expect(
        try store.untrue(
          "db.activities.count_documents({}) == \(Self.records.count)", "db.users.count_documents({}) == 20")
          == [])
    }
  }

  @Test(.needsMongod, arguments: Loss.allCases) func anExport(_ loss: Loss) throws {
    let set = try ReplicaSet()
    let fixture = try ExportFixture(server: set.server)
    try fixture.fill()
    let export = try fixture.command(["activities", "--fields", "_id", "--format", "ndjson"])
    let whole = try export.run().output
    try each(loss, set, seconds: seconds(of: export)) {
      export
    } check: { (outcome: Outcome) throws in
      #expect(outcome.output == whole)
    }
  }

  @Test(.needsMongod, arguments: Loss.allCases) func aRotationOfDataKeys(_ loss: Loss) throws {
    let set = try ReplicaSet()
    let keys = try KeysFixture(server: set.server, importing: SyntheticDump.noted(400, athletes: 8))
    let decrypted = try keys.decrypted()
    let rotation = try keys.command(["keys", "rotate-data", "--all"])
    try each(loss, set, seconds: seconds(of: rotation)) {
      rotation
    } check: { (_: Outcome) throws in
      #expect(try keys.decrypted() == decrypted)
      #expect(try keys.keys("verify").exitCode == 0)
    }
  }

  @Test(.needsMongod, arguments: Loss.allCases) func aMigration(_ loss: Loss) throws {
    let set = try ReplicaSet()
    let before = try MigrationFixture(on: set.server)
    let undisturbed = try before.copy(on: set.server)
    let duration = try seconds(of: undisturbed.command())
    let content = try undisturbed.content()
    var migrating = before
    try each(loss, set, seconds: duration) {
      migrating = try before.copy(on: set.server)
      return try migrating.command()
    } check: { (_: Outcome) throws in
      #expect(try migrating.content() == content)
      #expect(try migrating.migrate("--verify").exitCode == 0)
    }
  }

  /// The collections are sharded as docs/scaling.md recommends.
  @Test(.needsMongos) func aShardedClusterStoresAndExportsEverything() throws {
    let cluster = try ShardedCluster()
    let store = try TestStore(on: cluster.server)
    let environment = ["MONGODB_URI": store.database.uri]
    func run(_ arguments: String...) throws -> Outcome {
      let outcome = try StravaStore.run(arguments + ["--db", store.database.name], environment: environment)
      #expect(outcome.exitCode == 0, "\(arguments): \(outcome.errors)")
      return outcome
    }
    _ = try run("index")
    try store.python(
      """
      client.admin.command('enableSharding', db.name)
      client.admin.command('shardCollection', f'{db.name}.activities', key={'strava_activity_id': 'hashed'})
      client.admin.command('shardCollection', f'{db.name}.users', key={'strava_id': 'hashed'})
      client.admin.command('shardCollection', f'{db.name}.insights', key={'_id': 1})
      """)
    let imported = try store.importing(Self.records)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(imported.summary.activities == Counts(read: Self.records.count, new: Self.records.count))
    let again = try store.importing(Self.records)
    #expect(again.summary.activities == Counts(read: Self.records.count, unchanged: Self.records.count))
    _ = try run("index", "--check")
    let exported = try run("export", "activities", "--fields", "_id", "--format", "ndjson")
    #expect(exported.output.split(separator: "\n").count == Self.records.count)
  }
}
