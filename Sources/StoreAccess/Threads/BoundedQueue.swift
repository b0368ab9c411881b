/// A queue that passes values from producer threads to consumer threads. Producers wait while too many values are in
/// the queue, which limits the memory of a pipeline.
package final class BoundedQueue<Element: Sendable>: Sendable {
  private struct State: Sendable {
    var waiting: [Element] = []
    var isClosed = false
  }

  private let capacity: Int
  private let state = Monitor(State())

  package init(capacity: Int) { self.capacity = capacity }

  /// Adds a value after waiting until the queue is not full. A closed queue drops the value.
  package func push(_ element: Element) {
    state.wait(
      until: { $0.isClosed || $0.waiting.count < capacity },
      then: { if !$0.isClosed { $0.waiting.append(element) } })
  }

  /// Waits for the oldest value and returns it. Returns nil when the queue is closed and empty.
  package func pop() -> Element? {
    state.wait(
      until: { $0.isClosed || !$0.waiting.isEmpty },
      then: { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() })
  }

  /// Closes the queue: no more values will be pushed.
  package func close() { state.change { $0.isClosed = true } }
}
