import BSON
import Mongo

/// The documents that have an equal key in an index, in the order of `_id`, where they are too many to hold.
///
/// A pass over them keeps the least of the `_id`s that are behind the last document; then their documents are read, some
/// at a time. So memory does not grow with the number of documents, and there is a pass for every 50,000 of them.
final class EqualKeyScan {
  /// `_id`s that a pass keeps.
  private static let mostIDs = 50_000
  /// Documents that are read together.
  private static let lookUpSize = 100

  private let session: StoreSession
  private let collection: String
  private let query: ScanQuery
  private let sort: ScanQuery.SortKey
  private let key: OrderedValue
  /// Of the documents to read next.
  private var ids: ArraySlice<OrderedValue> = []
  private var isLastPass = false
  /// Where the next pass goes on.
  private var last: OrderedValue?
  /// The last one first.
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

  /// The next document, nil at the end.
  ///
  /// - Throws: when the server cannot be reached any more.
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
      let projection = options.open("projection")
      options.append(name: sort.field, .bool(true))
      options.close(projection)
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
      // An array has the key of one of its elements, and matches by all of them.
      guard sort.value(of: document) == key, last.map({ id > $0 }) ?? true else { continue }
      found.append(id)
      if found.count == 2 * Self.mostIDs { cut() }
    }
    cut()
    (ids, isLastPass) = (found[...], isWhole)
    last = found.last ?? last
  }

  private func documents(_ ids: ArraySlice<OrderedValue>) throws -> [BSONDocument] {
    let these = BSONDocument { filter in
      let condition = filter.open("_id")
      let list = filter.openArray("$in")
      for (place, id) in ids.enumerated() { id.append(to: &filter, as: String(place)) }
      filter.close(list)
      filter.close(condition)
    }
    let cursor = try session.client().collection(collection, in: session.database)
      .find(.all([query.filter, these]), options: query.options(ofIDs: ids.count))
    var found: [BSONDocument] = []
    while let document = try cursor.nextDocument() {
      // One whose key was changed meanwhile comes with its new key, or not at all.
      if sort.value(of: document) == key { found.append(document) }
    }
    return found
  }
}
