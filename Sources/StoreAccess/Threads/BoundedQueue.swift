import Foundation

/// Hands values from threads that make them to threads that use them, and makes the makers wait when too much is
/// waiting: this is what bounds the memory of a pipeline.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  // `condition` guards every stored property below.
  private let condition = NSCondition()
  private let capacity: Int
  private var waiting: [Element] = []
  private var closed = false

  package init(capacity: Int) { self.capacity = capacity }

  /// Waits for room. Behind the close nothing is taken any more.
  package func push(_ element: Element) {
    condition.lock()
    defer { condition.unlock() }
    while waiting.count >= capacity, !closed { condition.wait() }
    if closed { return }
    waiting.append(element)
    condition.broadcast()
  }

  /// The oldest value; waits for one. Nil when the queue is closed and empty.
  package func pop() -> Element? {
    condition.lock()
    defer { condition.unlock() }
    while waiting.isEmpty {
      if closed { return nil }
      condition.wait()
    }
    let first = waiting.removeFirst()
    condition.broadcast()
    return first
  }

  /// No more will be pushed.
  package func close() {
    condition.lock()
    closed = true
    condition.broadcast()
    condition.unlock()
  }
}
