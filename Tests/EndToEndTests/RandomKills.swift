import Foundation
import SeededRandom
import Support
import Testing

/// Kills (SIGKILL) at random moments that are spread over the duration of a command.
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

  /// - Parameter body: Starts the command, kills it after that many seconds, and runs it again. Returns whether the
  ///   killed run had done a part of the work.
  func each(_ body: (_ moment: Double) throws -> Bool) rethrows {
    var numbers = Seeded(seed)
    var halfWay = 0
    // On a busy machine all moments may be before or after the work and show nothing, so more rounds follow.
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
  /// Kills the process, as a power failure would end it, after that many seconds.
  func kill(after moment: Double) throws {
    Thread.sleep(forTimeInterval: moment)
    try kill()
  }
}
