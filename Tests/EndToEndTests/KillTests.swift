import Foundation
import Support
import Testing

/// A command that ends without warning leaves nothing that the next run does not put right.
@Suite struct KillTests {
  private static let records = SyntheticDump.everything(activities: 100, athletes: 8)

  @Test func anImportKilledAtAnyMomentAndRunAgainEndsLikeAnUndisturbedOne() throws {
    let options = ["--batch-size", "20"]
    let undisturbed = try TestStore()
    let path = try undisturbed.file(Self.records.lines)
    let (duration, whole) = try timed { try undisturbed.starting([path] + options).ended() }
    let content = try undisturbed.content()

    var halfWay = 0
    for moment in RandomMoments.of(duration, count: Soak.size(10, soak: 100), seed: 9) {
      let store = try TestStore()
      try store.starting([path] + options).command.kill(after: moment)
      let again = try store.starting([path] + options).ended()
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(again.summary.total.read == whole.summary.total.read)
      #expect(try store.content() == content, "killed after \(moment) s")
      let found = again.summary.activities
      if found.new > 0, found.new < 100 { halfWay += 1 }
    }
    // Else the moments were none in which anything was under way.
    #expect(halfWay > 0)
  }

  @Test func anIndexingKilledAtAnyMomentAndRunAgainReachesTheDeclaredState() throws {
    func bench() throws -> IndexBench {
      let bench = try IndexBench()
      try bench.originalPlan()
      return bench
    }
    let undisturbed = try bench()
    let (duration, whole) = try timed { try undisturbed.run() }
    #expect(whole.exitCode == 0, "\(whole.errors)")

    var halfWay = 0
    for moment in RandomMoments.of(duration, count: Soak.size(4, soak: 100), seed: 11) {
      let bench = try bench()
      let documents = try bench.database.pymongo.dump()
      try bench.command().start().kill(after: moment)
      let again = try bench.run()
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(try bench.wrong() == [], "killed after \(moment) s")
      #expect(try bench.database.pymongo.dump() == documents)
      let done = again.printed.done.count
      if done > 0, done < whole.printed.done.count { halfWay += 1 }
    }
    #expect(halfWay > 0)
  }

  private func timed<R>(_ body: () throws -> R) throws -> (Double, R) {
    let clock = ContinuousClock()
    let began = clock.now
    let result = try body()
    return ((clock.now - began) / .seconds(1), result)
  }
}

/// Moments in a command's life, in seconds from its start: one at random in each of so many equal parts.
enum RandomMoments {
  static func of(_ duration: Double, count: Int, seed: UInt64) -> [Double] {
    var numbers = SeededNumbers(seed: seed)
    return (0..<count).map { duration * (Double($0) + Double.random(in: 0..<1, using: &numbers)) / Double(count) }
  }
}

extension RunningCommand {
  /// Ends the process as a power cut would, so many seconds from now.
  func kill(after moment: Double) throws {
    Thread.sleep(forTimeInterval: moment)
    try kill()
  }
}
