import Foundation
import Support
import Testing

/// A server that goes away in the middle of every command at once. While it is waited for (60 s), they wait, and go on
/// where they were; after that they end with 2, and a summary that is true.
@Suite struct AwayServerTests {
  /// Seconds; nil: until they have given up.
  private static let absences: [Int?] = Soak.isOn ? [30, nil] : [10]
  private static let count = 4000

  @Test(arguments: absences)
  func everyCommandWaits(_ absence: Int?) throws {
    let server = try TestServer()
    let migrating = try MigrationBench(on: server, activities: 60)
    let undisturbed = try migrating.copy(on: server)
    let changed = try undisturbed.migrate().sum(\.changed)
    let migrated = try undisturbed.content()
    let indexing = try IndexBench(on: server)
    try indexing.originalPlan()
    let exporting = try ExportBench(server: server)
    try exporting.fill()
    let importing = try TestStore(on: server)
    let records = try importing.file(SyntheticDump.summaries(Self.count, athletes: 50).lines)

    // Each is stopped (SIGSTOP) once it is under way, so that all of them find out in the middle.
    let export = try exporting.slowlyRead(exporting.command(["activities", "--fields", "_id,description"]))
    let migration = try migrating.command(["--max-rate", "40"]).start()
    let watch = try watching(importing, on: server)
    let importer = try importing.starting([records, "--batch-size", "100"])
    try wait("an activity is stored", while: watch) { watch.outputSoFar.contains("enough") }
    importer.command.send(SIGSTOP)
    let index = try indexing.command().start()
    try wait("an index is made", while: index) { index.errorsSoFar.contains("done: ") }
    index.send(SIGSTOP)
    let all = [importer.command, migration, index]
    try #require(all.allSatisfy(\.isRunning) && export.isRunning)
    try server.kill()
    for command in all { command.send(SIGCONT) }
    try exporting.folder.write("", to: "go")

    if let absence {
      Thread.sleep(forTimeInterval: Double(absence))
      for command in all + [export] {
        #expect(command.isRunning)
        #expect(command.errorsSoFar.contains("trying again in"), "\(command.errorsSoFar)")
      }
      try server.start()
    }
    let imported = try importer.ended()
    let sealed = try MigrationOutcome(migration.wait())
    let indexed = try indexing.read(index.wait())
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

    // What was done is told, and the rest is done by the next run.
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
    #expect(rest.exitCode == 0 && sealed.sum(\.changed) + rest.sum(\.changed) == changed)
    #expect(try migrating.content() == migrated)
    #expect(try migrating.migrate("--verify").exitCode == 0)

    try indexing.reachesTheDeclaredState()

    if absence != nil {
      #expect(try exporting.copiedIDs() == Array(0..<ExportBench.filling))
    } else {
      let ids = try exporting.copiedIDs()
      #expect(ids.count < ExportBench.filling && ids == Array(0..<ids.count))
    }
  }

  /// A Python process that says `enough` once some activities are stored: starting one takes longer than many an import.
  private func watching(_ store: TestStore, on server: TestServer) throws -> RunningCommand {
    let watch = try Command(
      try Checkout.inVenv("python"),
      [
        "-c",
        """
        import pymongo, sys, time
        activities = pymongo.MongoClient(sys.argv[1])[sys.argv[2]].activities
        print("begun", flush=True)
        while activities.estimated_document_count() < 200: time.sleep(0.005)
        print("enough", flush=True)
        """, server.uri, store.database.name,
      ]
    ).start()
    try wait("the watch has begun", while: watch) { watch.outputSoFar.contains("begun") }
    return watch
  }

  private func wait(_ what: String, while command: RunningCommand, until isSo: () -> Bool) throws {
    while !isSo() {
      try #require(command.isRunning || isSo(), "\(what): \(command.errorsSoFar)")
      Thread.sleep(forTimeInterval: 0.002)
    }
  }
}
