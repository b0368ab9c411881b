import BSON
import Mongo

/// The documents of a query, in order, through one cursor. A cursor that is lost is opened again after the last
/// document's position. Reading page by page would need a query for each page, and without an order documents would be
/// missed.
///
/// No document is returned twice or missed, except documents whose position in the order other processes change
/// meanwhile. In `_id` order no position changes.
///
/// If the query names an index, the documents have the order of that index (`IndexOrderScan`).
package struct DocumentScan: ~Copyable {
  /// Maximum number of bytes of documents in one step, which has at least one document.
  private static let stepBytes = 8 << 20

  private let session: StoreSession
  private let collection: String
  private let query: ScanQuery
  private let inIndexOrder: IndexOrderScan?
  private var cursor: MongoCursor?
  private var last: BSONDocument?
  private var count = 0
  private var isAtEnd = false

  package init(_ session: StoreSession, _ collection: String, _ query: ScanQuery = ScanQuery()) {
    self.session = session
    self.collection = collection
    self.query = query
    let sort = query.index == nil ? nil : query.sort
    inIndexOrder = sort.map { IndexOrderScan(session, collection, query, by: $0) }
  }

  /// Returns the next documents; the array is empty at the end.
  ///
  /// - Parameter limit: The maximum number of bytes of documents; at least one document is returned.
  /// - Throws: An error if the server cannot be reached anymore.
  package mutating func next(upTo count: Int, bytes limit: Int = stepBytes) throws -> [BSONDocument] {
    var step: [BSONDocument] = []
    var bytes = 0
    while !isAtEnd, step.count < count, bytes < limit {
      guard let document = try advance() else {
        isAtEnd = true
        break
      }
      bytes += document.count
      step.append(document)
    }
    return step
  }

  private mutating func advance() throws -> BSONDocument? {
    if let limit = query.limit, count >= limit { return nil }
    if let inIndexOrder {
      count += 1
      return try inIndexOrder.next()
    }
    var waits = Backoff(patience: StoreSession.patience)
    while true {
      do {
        guard let open = try cursor ?? reopened() else { return nil }
        cursor = open
        guard let document = try open.nextDocument() else { return nil }
        last = document
        count += 1
        return document
      } catch let error as MongoError {
        // A cursor that timed out cannot be used again; a new one continues after it.
        cursor = nil
        try session.wait(after: error, during: "reading \(collection)", &waits)
      }
    }
  }

  /// - Returns: Nil if no document can follow the last one.
  private func reopened() throws -> MongoCursor? {
    guard let filter = query.filter(after: last) else { return nil }
    // A server may read the whole collection before it finds the first matching document, or before it has sorted.
    let client = query.filter.isEmpty && query.sort == nil ? try session.client() : try session.patientClient()
    return try client.collection(collection, in: session.database)
      .find(filter, options: query.options(limit: query.limit.map { $0 - count }))
  }
}
