import Foundation
import SeededRandom
import Support
import Testing

/// Kills (SIGKILL) at moments that are spread at random over the life of a command.
struct RandomKills {
  /// The number of kills of each command.
  static let count = Soak.size(5, soak: 100)

  private let duration: Double
  private let seed: UInt64

  /// Measures the duration of a run that is not interrupted.
  init(seed: UInt64, undisturbed: () throws -> Void) rethrows {
    let clock = ContinuousClock()
    let began = clock.now
    try undisturbed()
    duration = (clock.now - began) / .seconds(1)
    self.seed = seed
  }

  /// - Parameter body: starts the command, kills it after that many seconds, and runs it again; returns whether the
  ///   kill has left something half done.
  func each(_ body: (_ moment: Double) throws -> Bool) rethrows {
    var numbers = Seeded(seed)
    var halfWay = 0
    // On a busy machine all moments may fall before or after the work and show nothing, so more rounds follow.
    for _ in 0..<10 where halfWay == 0 {
      for part in 0..<Self.count {
        let moment = duration * (Double(part) + Double.random(in: 0..<1, using: &numbers)) / Double(Self.count)
        if try body(moment) { halfWay += 1 }
      }
    }
    #expect(halfWay > 0, "no kill came while something was under way (seed \(seed))")
  }
}

extension RunningCommand {
  /// Ends the process as a power cut would, so many seconds from now.
  func kill(after moment: Double) throws {
    Thread.sleep(forTimeInterval: moment)
    try kill()
  }
}
