/// Hands values from the threads that make them to the threads that use them, and makes the makers wait when too many
/// values are waiting: this is what bounds the memory of a pipeline.
package final class BoundedQueue<Element: Sendable>: Sendable {
  private struct State: Sendable {
    var waiting: [Element] = []
    var isClosed = false
  }

  private let capacity: Int
  private let state = Monitor(State())

  package init(capacity: Int) { self.capacity = capacity }

  /// Adds a value, after waiting until the queue is not full. A closed queue drops it.
  package func push(_ element: Element) {
    state.wait(
      until: { $0.isClosed || $0.waiting.count < capacity },
      then: { if !$0.isClosed { $0.waiting.append(element) } })
  }

  /// Returns the oldest value, and waits for one first. Nil when the queue is closed and empty.
  package func pop() -> Element? {
    state.wait(
      until: { $0.isClosed || !$0.waiting.isEmpty },
      then: { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() })
  }

  /// Ends the queue: no more values will be pushed.
  package func close() { state.change { $0.isClosed = true } }
}
