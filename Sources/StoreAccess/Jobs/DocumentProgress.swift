import Synchronization

/// The progress of a pass over stored documents. The job writes it, and the progress display reads it.
package final class DocumentProgress: Sendable {
  private let state = Mutex((collection: "", done: 0, total: 0))

  package init() {}

  /// The current collection, the number of its documents that are done, and how many it had at the start.
  package var current: (collection: String, done: Int, total: Int) { state.withLock { $0 } }

  package func begin(_ collection: String, total: Int) { state.withLock { $0 = (collection, 0, total) } }
  package func advance(by count: Int) { state.withLock { $0.done += count } }
}
