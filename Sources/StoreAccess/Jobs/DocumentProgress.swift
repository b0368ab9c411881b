import Synchronization

/// How far a pass over stored documents has come; written by the job, read by whoever shows it.
package final class DocumentProgress: Sendable {
  private let state = Mutex((collection: "", done: 0, total: 0))

  package init() {}

  /// The collection in hand, documents of it done, and how many it had at the start.
  package var current: (collection: String, done: Int, total: Int) { state.withLock { $0 } }

  package func begin(_ collection: String, total: Int) { state.withLock { $0 = (collection, 0, total) } }
  package func advance(by count: Int) { state.withLock { $0.done += count } }
}
