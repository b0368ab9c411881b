import BSON
import Mongo

/// The documents of a query in the order of an index, those of an equal key in the order of `_id`.
///
/// The server reads the documents off the index. What it says nothing about is the order of documents with an equal key:
/// these are gathered and sorted here. Where they are too many to hold, `EqualKeyScan` reads them.
///
/// A cursor that is lost is opened again behind the last key whose documents are complete.
final class IndexOrderScan {
  /// Bytes of documents with an equal key that are held.
  private static let mostBytes = 8 << 20

  private let session: StoreSession
  private let collection: String
  private let query: ScanQuery
  private let sort: ScanQuery.SortKey
  private var cursor: MongoCursor?
  /// The key behind which the cursor was opened.
  private var origin: OrderedValue?
  /// The last key whose documents are complete.
  private var complete: OrderedValue?
  // The documents of the key that is being read:
  private var key = OrderedValue.missing
  private var gathered: [BSONDocument] = []
  private var bytes = 0
  /// Complete, the last one first.
  private var ready: [BSONDocument] = []
  private var many: EqualKeyScan?
  private var isAtEnd = false

  /// - Parameter sort: the order of the query's index.
  init(_ session: StoreSession, _ collection: String, _ query: ScanQuery, by sort: ScanQuery.SortKey) {
    self.session = session
    self.collection = collection
    self.query = query
    self.sort = sort
  }

  /// The next document, nil at the end.
  ///
  /// - Throws: when the server cannot be reached any more.
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

  /// Reads the documents of one key to their end.
  private func gather() throws {
    guard let cursor = try cursor ?? reopened() else {
      isAtEnd = true
      return
    }
    self.cursor = cursor
    while let document = try cursor.nextDocument() {
      let next = sort.value(of: document)
      // The filter of a cursor that was opened again also matches some that came before.
      if let origin, !sort.isBehind(next, origin) { continue }
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

  /// - Returns: nil where nothing can be behind the last key.
  private func reopened() throws -> MongoCursor? {
    guard let filter = query.filter(behind: complete, by: sort) else { return nil }
    origin = complete
    // A server may go through much of the index before the first document that matches.
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
