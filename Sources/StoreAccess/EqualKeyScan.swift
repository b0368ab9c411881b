import BSON
import Mongo

/// The documents with an equal key in an index, in the order of `_id`, if they are too many to keep in memory.
///
/// A pass over them keeps the least of the `_id`s that follow the last document. Then their documents are read in
/// groups. Memory therefore does not grow with the number of documents, and every 50,000 documents need one pass.
final class EqualKeyScan {
  /// Maximum number of `_id`s that a pass keeps.
  private static let mostIDs = 50_000
  /// The number of documents that are read together.
  private static let lookUpSize = 100

  private let session: StoreSession
  private let collection: String
  private let query: ScanQuery
  private let sort: ScanQuery.SortKey
  private let key: OrderedValue
  /// The `_id`s of the documents to read next.
  private var ids: ArraySlice<OrderedValue> = []
  private var isLastPass = false
  /// The `_id` after which the next pass continues.
  private var last: OrderedValue?
  /// The documents that were read, in reverse order.
  private var ready: [BSONDocument] = []

  init(
    _ session: StoreSession, _ collection: String, _ query: ScanQuery, by sort: ScanQuery.SortKey, key: OrderedValue
  ) {
    self.session = session
    self.collection = collection
    self.query = query
    self.sort = sort
    self.key = key
  }

  /// Returns the next document; nil at the end.
  ///
  /// - Throws: An error if the server cannot be reached anymore.
  func next() throws -> BSONDocument? {
    while true {
      if let document = ready.popLast() { return document }
      if ids.isEmpty {
        if isLastPass { return nil }
        try session.retrying("reading \(collection)") { try pass() }
        continue
      }
      let some = ids.prefix(Self.lookUpSize)
      ready = try session.retrying("reading \(collection)") { try documents(some) }.reversed()
      ids = ids.dropFirst(some.count)
    }
  }

  private func pass() throws {
    let filter = BSONDocument.all([query.filter, .equal(sort.field, key)])
    let options = BSONDocument { options in
      options.append(name: "hint", query.index.map(BSONValue.string) ?? .null)
      let projection = options.begin("projection")
      options.append(name: sort.field, .bool(true))
      options.end(projection)
    }
    var found: [OrderedValue] = []
    var isWhole = true
    func cut() {
      found.sort()
      guard found.count > Self.mostIDs else { return }
      found.removeLast(found.count - Self.mostIDs)
      isWhole = false
    }
    let cursor = try session.patientClient().collection(collection, in: session.database).find(filter, options: options)
    while let document = try cursor.nextDocument() {
      let id = document.id
      // An array has the key of one of its elements, but a filter matches it by any of them.
      guard sort.value(of: document) == key, last.map({ id > $0 }) ?? true else { continue }
      found.append(id)
      if found.count == 2 * Self.mostIDs { cut() }
    }
    cut()
    (ids, isLastPass) = (found[...], isWhole)
    last = found.last ?? last
  }

  private func documents(_ ids: ArraySlice<OrderedValue>) throws -> [BSONDocument] {
    let these = BSONDocument.filter("_id", in: ids.map(\.value)[...])
    let cursor = try session.client().collection(collection, in: session.database)
      .find(.all([query.filter, these]), options: query.options(ofIDs: ids.count))
    var found: [BSONDocument] = []
    while let document = try cursor.nextDocument() {
      // A document whose key was changed meanwhile is returned with its new key, or not at all.
      if sort.value(of: document) == key { found.append(document) }
    }
    return found
  }
}
