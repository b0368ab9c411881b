import BSON
import Mongo

/// The documents of a query in the order of an index; documents with an equal key have the order of `_id`.
///
/// The server reads the documents from the index. It does not define the order of documents with an equal key, so these
/// are collected and sorted here. If they are too many to keep in memory, `EqualKeyScan` reads them.
///
/// A cursor that is lost is opened again after the last key whose documents are complete.
final class IndexOrderScan {
  /// Maximum number of bytes of documents with an equal key that are kept in memory.
  private static let mostBytes = 8 << 20

  private let session: StoreSession
  private let collection: String
  private let query: ScanQuery
  private let sort: ScanQuery.SortKey
  private var cursor: MongoCursor?
  /// The key after which the cursor was opened.
  private var origin: OrderedValue?
  /// The last key whose documents are complete.
  private var complete: OrderedValue?
  // The documents of the key that is being read:
  private var key = OrderedValue.missing
  private var gathered: [BSONDocument] = []
  private var bytes = 0
  /// The complete documents, in reverse order.
  private var ready: [BSONDocument] = []
  private var many: EqualKeyScan?
  private var isAtEnd = false

  /// - Parameter sort: The order of the query's index.
  init(_ session: StoreSession, _ collection: String, _ query: ScanQuery, by sort: ScanQuery.SortKey) {
    self.session = session
    self.collection = collection
    self.query = query
    self.sort = sort
  }

  /// Returns the next document; nil at the end.
  ///
  /// - Throws: An error if the server cannot be reached anymore.
  func next() throws -> BSONDocument? {
    var waits = Backoff(patience: StoreSession.patience)
    while true {
      if let document = ready.popLast() { return document }
      if let document = try many?.next() { return document }
      many = nil
      if isAtEnd { return nil }
      do {
        try gather()
      } catch let error as MongoError {
        cursor = nil
        gathered = []
        try session.wait(after: error, during: "reading \(collection)", &waits)
      }
    }
  }

  /// Reads all remaining documents of one key.
  private func gather() throws {
    guard let cursor = try cursor ?? reopened() else {
      isAtEnd = true
      return
    }
    self.cursor = cursor
    while let document = try cursor.nextDocument() {
      let next = sort.value(of: document)
      // The filter of a cursor that was opened again also matches some earlier documents.
      if let origin, !sort.isAfter(next, origin) { continue }
      if gathered.isEmpty || next == key {
        take(document, next)
        if bytes <= Self.mostBytes { continue }
        many = EqualKeyScan(session, collection, query, by: sort, key: key)
        complete = key
        gathered = []
        self.cursor = nil
      } else {
        finish()
        take(document, next)
      }
      return
    }
    isAtEnd = true
    finish()
  }

  private func take(_ document: BSONDocument, _ key: OrderedValue) {
    if gathered.isEmpty { (self.key, bytes) = (key, 0) }
    gathered.append(document)
    bytes += document.count
  }

  private func finish() {
    guard !gathered.isEmpty else { return }
    ready = gathered.count == 1 ? gathered : gathered.sortedByID.reversed()
    complete = key
    gathered = []
  }

  /// - Returns: Nil if no document can follow the last key.
  private func reopened() throws -> MongoCursor? {
    guard let filter = query.filter(after: complete, by: sort) else { return nil }
    origin = complete
    // A server may read a large part of the index before it finds the first matching document.
    let client = query.filter.isEmpty ? try session.client() : try session.patientClient()
    return try client.collection(collection, in: session.database)
      .find(filter, options: query.options(limit: query.limit))
  }
}

extension [BSONDocument] {
  fileprivate var sortedByID: [BSONDocument] {
    map { (id: $0.id, document: $0) }.sorted { $0.id < $1.id }.map(\.document)
  }
}

extension BSONDocument {
  var id: OrderedValue { withView { view in view["_id"].map { OrderedValue($0) } ?? .missing } }
}
