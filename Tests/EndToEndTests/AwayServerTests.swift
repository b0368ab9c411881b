import Foundation
import Support
import Testing

/// A server that goes away in the middle of all commands at once. For up to 60 s they wait, and then continue where
/// they were. After that they end with 2 and a correct summary.
@Suite(.waitingLong) struct AwayServerTests {
  /// The seconds that the server is away; nil if it stays away until the commands have given up.
  private static let absences: [Int?] = Soak.isOn ? [30, nil] : [10]
  private static let count = 4000

  @Test(arguments: absences)
  func everyCommandWaits(_ absence: Int?) throws {
    let server = try TestServer()
    let migrating = try MigrationFixture(on: server, activities: 60)
    let undisturbed = try migrating.copy(on: server)
    let changed = try undisturbed.migrate().sum(\.changed)
    let migrated = try undisturbed.content()
    let indexing = try IndexFixture(on: server)
    try indexing.originalPlan()
    let exporting = try ExportFixture(server: server)
    try exporting.fill()
    let importing = try TestStore(on: server)
    let records = try importing.file(SyntheticDump.summaries(Self.count, athletes: 50).lines)

    // Each command is stopped (SIGSTOP) after it has started, so that all of them lose the server in the middle.
    let export = try exporting.slowlyRead(exporting.command(["activities", "--fields", "_id,description"]))
    let folders = try (0..<3).map { _ in try TemporaryFolder() }
    let importer = try HeldCommand(
      importing.command([records, "--batch-size", "100"]), on: importing.database,
      in: folders[0], when: "db.activities.estimated_document_count() >= 200", goesOn: false)
    let migration = try HeldCommand(
      migrating.command(["--max-rate", "40"]), on: migrating.store.database, in: folders[1],
      when: "any(isinstance(activity.get('calories'), bytes) for activity in db.activities.find())", goesOn: false)
    let index = try HeldCommand(
      indexing.command(), on: indexing.database, in: folders[2], when: "'email_hash_1' in db.users.index_information()",
      goesOn: false)
    let all = [importer.command, migration.command, index.command, export]
    let areUnderWay = all.allSatisfy { $0.isRunning }
    try #require(areUnderWay)
    try server.kill()
    for command in [importer, migration, index] { command.goOn() }
    try exporting.folder.write("", to: "go")

    if let absence {
      Thread.sleep(forTimeInterval: Double(absence))
      for command in all {
        #expect(command.isRunning)
        #expect(command.errorsSoFar.contains("trying again in"), "\(command.errorsSoFar)")
      }
      try server.start()
    }
    let imported = try ImportOutcome(importer.ended())
    let sealed = try MigrationOutcome(migration.ended())
    let indexed = try indexing.read(index.ended())
    let exported = try export.wait()
    let codes = [imported.exitCode, sealed.exitCode, indexed.exitCode, exported.exitCode]
    if absence == nil {
      #expect(codes == [2, 2, 2, 2])
      #expect(imported.summary.failure != nil && sealed.failure != nil && indexed.printed.failure != nil)
      #expect(sealed.sum(\.unfinished) > 0)
      try server.start()
    } else {
      #expect(codes == [0, 0, 0, 0], "\([imported.errors, sealed.errors, indexed.errors, exported.errors])")
    }

    // The summary reports what was done, and the next run does the rest.
    let counts = imported.summary.activities
    #expect(counts.new + counts.unwritten == counts.read)
    #expect(try importing.untrue("db.activities.count_documents({}) == \(counts.new)") == [])
    let again = try importing.starting([records]).ended()
    #expect(again.summary.activities == .init(read: Self.count, new: Self.count - counts.new, unchanged: counts.new))
    #expect(again.exitCode == 0)
    #expect(
      try importing.untrue(
        "db.activities.count_documents({}) == \(Self.count) == len(db.activities.distinct('strava_activity_id'))",
        "db.users.count_documents({}) == 50"
      ) == [])

    let rest = try migrating.migrate()
    #expect(rest.exitCode == 0)
    // A write that could not be read again counts as unfinished, though the next run finds it done.
    let result = sealed.sum(\.changed) + rest.sum(\.changed)
    #expect((changed - sealed.sum(\.unfinished)...changed).contains(result))
    #expect(try migrating.content() == migrated)
    #expect(try migrating.migrate("--verify").exitCode == 0)

    try indexing.reachesTheDeclaredState()

    if absence != nil {
      #expect(try exporting.copiedIDs() == Array(0..<ExportFixture.filling))
    } else {
      let ids = try exporting.copiedIDs()
      #expect(ids.count < ExportFixture.filling && ids == Array(0..<ids.count))
    }
  }
}
