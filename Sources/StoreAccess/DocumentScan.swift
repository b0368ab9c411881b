import BSON
import Mongo

/// The documents of a query, in order, through one cursor that is opened again behind the last document's place when it
/// is lost: page by page would cost a query each, and without an order documents would be missed.
///
/// Nothing comes twice and nothing is missed, but for documents that others move in the order meanwhile; in `_id`
/// order none moves.
///
/// Where the query names an index, the documents come in its order (`IndexOrderScan`).
package struct DocumentScan: ~Copyable {
  /// Bytes of documents in one step, at least one document.
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

  /// The next documents, none at the end.
  ///
  /// - Parameter limit: bytes of documents, at least one document.
  /// - Throws: when the server cannot be reached any more.
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
        // A cursor that timed out is gone for good; a new one goes on behind it.
        cursor = nil
        try session.wait(after: error, during: "reading \(collection)", &waits)
      }
    }
  }

  /// - Returns: nil where nothing can stand behind the last document.
  private func reopened() throws -> MongoCursor? {
    guard let filter = query.filter(after: last) else { return nil }
    // A server may go through the whole collection before the first document that matches, or before it has the order.
    let client = query.filter.isEmpty && query.sort == nil ? try session.client() : try session.patientClient()
    return try client.collection(collection, in: session.database)
      .find(filter, options: query.options(limit: query.limit.map { $0 - count }))
  }
}
