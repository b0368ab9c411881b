import BSON
import Mongo
import StoreAccess

/// A writer of changes to documents of one collection, each as compare-and-set: a document that another process has
/// changed meanwhile keeps what that process wrote.
package struct ChangeWriter {
  private let name: String
  private let session: StoreSession
  /// The number of updates that were sent.
  package private(set) var writes = 0
  private var waits = Backoff(patience: StoreSession.patience)

  package init(_ name: String, _ session: StoreSession) {
    self.name = name
    self.session = session
  }

  /// Writes the changes and, if the server fails temporarily, waits for it.
  ///
  /// - Returns: The writes that the server refused, and whether it has processed all. Reading back shows the outcome of
  ///   the other writes.
  package mutating func write(
    _ changes: [DocumentChange]
  ) throws -> (refused: [BSONValue: WriteError], isSettled: Bool) {
    var bulk = try session.client().collection(name, in: session.database).bulkWrite()
    for change in changes {
      change.filter.withUnsafeBytes { filter in
        change.update.withUnsafeBytes { bulk.update(filter: filter, update: $0, upsert: false, exactly: true) }
      }
    }
    writes += changes.count
    let outcome = bulk.execute()
    if let obstacle = outcome.obstacle {
      try session.recover(from: obstacle, during: "writing \(name)", &waits)
    } else {
      waits.reset()
    }
    let refused = outcome.writeErrors.filter { !$0.isTransient }
    return (Dictionary(refused.map { (changes[$0.index].id, $0) }) { $1 }, outcome.obstacle == nil)
  }
}
