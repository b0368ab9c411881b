import StoreAccess
import Synchronization

/// The progress of `index`. The job writes it, and the progress display reads it.
package final class IndexProgress: Sendable {
  private let state = Mutex((text: "", done: 0, total: 0, since: Clock.monotonic))

  package init() {}

  /// The current step, the numbers of steps done and to do, and the seconds since the step began. The server does not
  /// report its own progress.
  package var current: (text: String, done: Int, total: Int, seconds: Double) {
    state.withLock { ($0.text, $0.done, $0.total, Clock.monotonic - $0.since) }
  }

  func begin(_ text: String, _ done: Int, of total: Int) {
    state.withLock { $0 = (text, done, total, Clock.monotonic) }
  }
}
