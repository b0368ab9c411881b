import Foundation
import Support
import Testing

/// A rotation that ends without warning is run again, and ends like one that was not disturbed.
@Suite struct RotationKillTests {
  private static let athletes = 40
  private let keys: KeysBench

  init() throws {
    keys = try KeysBench()
    let records = (0..<240).map { number in
      SyntheticRecord.summary(
        SyntheticDump.firstActivity + Int64(number), athlete: SyntheticDump.athlete(of: number, among: Self.athletes)
      ).with("private_note", "\"note \(number)\"")
    }
    let file = try keys.bench.folder.write((SyntheticDump.people(Self.athletes) + records).lines, to: "records.json")
    let imported = try keys.bench.run([file])
    guard imported.exitCode == 0 else { throw HarnessError("not imported: \(imported.errors)") }
  }

  @Test(arguments: [["rotate-data", "--all"], ["rotate-master"]])
  func killedAtTenMomentsAndRunAgain(task: [String]) throws {
    let opened = try keys.opened()
    let clock = ContinuousClock()
    let began = clock.now
    #expect(try keys.run(["keys"] + task).exitCode == 0)
    let duration = (clock.now - began) / .seconds(1)
    var numbers = SeededNumbers(seed: 11)
    var halfWay = 0
    for kill in 0..<10 {
      let running = try keys.command(["keys"] + task).start()
      Thread.sleep(forTimeInterval: duration * (Double(kill) + Double.random(in: 0..<1, using: &numbers)) / 10)
      try running.kill()
      let left = try keys.keys("verify")
      #expect(left.exitCode == 0, "\(left.errors)")
      let masters = try #require(left.printed.masters)
      if left.printed.dataKeys?.superseded != 0 || masters.contains(where: { $0.state != "active" && $0.dataKeys > 0 })
      {
        halfWay += 1
      }
      let again = try KeysOutcome(keys.run(["keys"] + task + ["--json"]))
      #expect(again.exitCode == 0, "\(again.errors)")
      let state = try #require(again.printed.dataKeys)
      #expect(state.sealing == Self.athletes && state.superseded == 0 && state.unreadable == 0)
      #expect(again.printed.masters?.last?.state == "active")
      #expect(again.printed.masters?.last?.dataKeys == state.total)
      if kill % 3 == 0 { #expect(try keys.opened() == opened) }
    }
    // Else the moments were none in which anything was under way.
    #expect(halfWay > 0)
    #expect(try keys.keysInUse().count == Self.athletes)
    try keys.age(byHours: 24)
    #expect(try keys.keys("purge").printed.dataKeys?.total == Self.athletes)
    #expect(try keys.opened() == opened)
  }
}
