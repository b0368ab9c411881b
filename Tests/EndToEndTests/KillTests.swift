import Foundation
import Support
import Testing

/// The next run repairs everything that a killed command leaves. `encrypt-migrate` and the rotations of `keys` have
/// suites of their own.
@Suite(.waitingLong) struct KillTests {
  private static let records = SyntheticDump.everything(activities: 100, athletes: 8)

  @Test func anImportKilledAtAnyMomentAndRunAgainEndsLikeAnUndisturbedOne() throws {
    let options = ["--batch-size", "20"]
    let undisturbed = try TestStore()
    let path = try undisturbed.file(Self.records.lines)
    var read = 0
    let kills = try RandomKills(seed: 9) {
      let whole = try undisturbed.starting([path] + options).ended()
      #expect(whole.exitCode == 0, "\(whole.errors)")
      read = whole.summary.total.read
    }
    let content = try undisturbed.content()

    try kills.each { moment in
      let store = try TestStore()
      try store.starting([path] + options).command.kill(after: moment)
      let again = try store.starting([path] + options).ended()
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(again.summary.total.read == read)
      #expect(try store.content() == content, "killed after \(moment) s")
      let found = again.summary.activities
      return found.new > 0 && found.new < 100
    }
  }

  @Test func anIndexingKilledAtAnyMomentAndRunAgainReachesTheDeclaredState() throws {
    func fixture() throws -> IndexFixture {
      let fixture = try IndexFixture()
      try fixture.originalPlan()
      return fixture
    }
    let undisturbed = try fixture()
    var steps = 0
    let kills = try RandomKills(seed: 11) {
      let whole = try undisturbed.run()
      #expect(whole.exitCode == 0, "\(whole.errors)")
      steps = whole.printed.done.count
    }

    try kills.each { moment in
      let fixture = try fixture()
      let documents = try fixture.database.pymongo.dump()
      try fixture.command().start().kill(after: moment)
      let again = try fixture.run()
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(try fixture.wrong() == [], "killed after \(moment) s")
      #expect(try fixture.database.pymongo.dump() == documents)
      let done = again.printed.done.count
      return done > 0 && done < steps
    }
  }

  /// Exports to one file and to a folder of files: no incomplete file has its final name.
  @Test(arguments: [["-o", "out"], ["-o", "out", "--split-by", "size:20k"]])
  func anExportKilledAtAnyMomentLeavesNothingThatLooksWhole(_ output: [String]) throws {
    let fixture = try ExportFixture()
    try fixture.pymongo.run(
      """
      text = "x" * 500
      db.activities.insert_many([{"_id": n, "strava_activity_id": n, "description": text} for n in range(6000)])
      """)
    let command = try fixture.command(["activities"] + output)
    func written() throws -> String {
      try Command("/bin/sh", ["-c", "find out -type f | sort | xargs sha256sum"], directory: fixture.folder.path).run()
        .output
    }
    let kills = try RandomKills(seed: 13) {
      let whole = try command.run()
      #expect(whole.exitCode == 0, "\(whole.errors)")
    }
    let whole = try written()
    #expect(whole.contains("out"))

    try kills.each { moment in
      try FileManager.default.removeItem(atPath: fixture.folder.path("out"))
      try command.start().kill(after: moment)
      let left = try fixture.names().filter { $0 != "keys.json" }
      if left.contains("out") { #expect(try written() == whole, "killed after \(moment) s") }
      // An incomplete file is recognizable by its name, and other users cannot read it.
      let partial = left.filter { $0 != "out" }
      for name in partial {
        #expect(name.hasPrefix(".out.") && name.hasSuffix(".partial"), "\(name)")
        let mode =
          try FileManager.default.attributesOfItem(atPath: fixture.folder.path(name))[.posixPermissions] as? Int
        #expect((mode ?? 0o777) & 0o077 == 0, "\(name)")
        try FileManager.default.removeItem(atPath: fixture.folder.path(name))
      }
      if left.contains("out") { try FileManager.default.removeItem(atPath: fixture.folder.path("out")) }
      #expect(try command.run().exitCode == 0)
      #expect(try written() == whole)
      return !partial.isEmpty
    }
  }
}
