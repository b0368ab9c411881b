import Foundation
import Logging
import Synchronization

/// A thread that logs at intervals that a long command is still running.
final class Heartbeat: Sendable {
  /// The number of seconds before the first message, and between later messages.
  private static let first = 10.0
  private static let pause = 60.0

  private let isOver = Mutex(false)

  /// - Parameter detail: A function that returns a further detail for each message.
  init(_ what: String, _ log: Logger, detail: @escaping @Sendable () -> String?) {
    let began = Clock.monotonic
    Thread.detachNewThread { [self] in
      var next = began + Self.first
      while !isOver.withLock({ $0 }) {
        Thread.sleep(forTimeInterval: 0.2)
        guard Clock.monotonic >= next else { continue }
        next += Self.pause
        let detail = detail().map { ": \($0)" } ?? ""
        if isOver.withLock({ $0 }) { return }
        log.warning("\(what): still running after \(Int(Clock.monotonic - began)) s\(detail)")
      }
    }
  }

  func stop() { isOver.withLock { $0 = true } }
}
