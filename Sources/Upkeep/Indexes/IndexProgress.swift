import StoreAccess
import Synchronization

/// What `index` is doing; written by the job, read by whoever shows it.
package final class IndexProgress: Sendable {
  private let state = Mutex((text: "", done: 0, total: 0, since: Clock.monotonic))

  package init() {}

  /// The step in hand, steps done and to do, and seconds since it began. The server does not say how far it is.
  package var current: (text: String, done: Int, total: Int, seconds: Double) {
    state.withLock { ($0.text, $0.done, $0.total, Clock.monotonic - $0.since) }
  }

  func begin(_ text: String, _ done: Int, of total: Int) {
    state.withLock { $0 = (text, done, total, Clock.monotonic) }
  }
}
