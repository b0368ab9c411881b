import Foundation
import Support
import Testing

/// An importer that ends without warning leaves nothing that the next run does not put right.
@Suite struct KillTests {
  private static let records = SyntheticDump.everything(activities: 100, athletes: 8)
  private static let options = ["--batch-size", "20"]

  @Test func killedAtAnyMomentAndRunAgainEndsLikeAnUndisturbedRun() throws {
    let undisturbed = try TestStore()
    let path = try undisturbed.file(Self.records.lines)
    let clock = ContinuousClock()
    let began = clock.now
    let whole = try undisturbed.starting([path] + Self.options).ended()
    let duration = (clock.now - began) / .seconds(1)
    let content = try undisturbed.content()

    var numbers = SeededNumbers(seed: 9)
    var halfWay = 0
    let kills = Soak.size(20, soak: 100)
    for kill in 0..<kills {
      let store = try TestStore()
      let moment = duration * (Double(kill) + Double.random(in: 0..<1, using: &numbers)) / Double(kills)
      let running = try store.starting([path] + Self.options)
      Thread.sleep(forTimeInterval: moment)
      try running.command.kill()
      let again = try store.starting([path] + Self.options).ended()
      #expect(again.exitCode == 0, "\(again.errors)")
      #expect(again.summary.total.read == whole.summary.total.read)
      #expect(try store.content() == content, "killed after \(moment) s")
      let found = again.summary.activities
      if found.new > 0, found.new < 100 { halfWay += 1 }
    }
    // Else the moments were none in which anything was under way.
    #expect(halfWay > 0)
  }
}
