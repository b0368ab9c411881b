import Foundation

/// Lets the holders of consecutive numbers pass one at a time and in order, whatever order they come in.
final class Turnstile: @unchecked Sendable {
  // `condition` guards `turn`.
  private let condition = NSCondition()
  private var turn = 0

  /// Waits until every smaller number has passed, then runs `body` alone.
  func pass<R>(_ number: Int, _ body: () -> R) -> R {
    condition.lock()
    while turn != number { condition.wait() }
    condition.unlock()
    defer {
      condition.lock()
      turn += 1
      condition.broadcast()
      condition.unlock()
    }
    return body()
  }
}
