import Foundation

/// Lets the holders of consecutive numbers pass one at a time and in order, whatever order they come in.
package final class Turnstile: @unchecked Sendable {
  // `condition` guards `turn`.
  private let condition = NSCondition()
  private var turn = 0

  package init() {}

  /// Waits until every smaller number has passed, then runs `body` alone.
  package func pass<R>(_ number: Int, _ body: () -> R) -> R {
    enter(number)
    defer { leave() }
    return body()
  }

  /// Waits until every smaller number has passed; nobody else does until `leave`. Whoever is inside may enter again.
  package func enter(_ number: Int) {
    condition.lock()
    while turn != number { condition.wait() }
    condition.unlock()
  }

  package func leave() {
    condition.lock()
    turn += 1
    condition.broadcast()
    condition.unlock()
  }
}
