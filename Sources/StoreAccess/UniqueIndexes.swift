import Mongo
import StravaRecords

/// The unique indexes on the natural keys: without them two importers could store one activity twice.
package enum UniqueIndexes {
  /// Makes those that are missing.
  ///
  /// - Throws: `StoreFailure` with the ids where documents share a key.
  package static func ensure(_ session: StoreSession) throws {
    for stored in StoredCollection.all {
      for index in stored.indexes where index.isUnique {
        try session.retrying("making the unique index of \(stored.name)") {
          try ensure(IndexDefinition(index), in: session.client().collection(stored.name, in: session.database))
        }
      }
    }
  }

  private static func ensure(_ index: IndexDefinition, in collection: MongoCollection) throws {
    let key = index.key.map(\.field)
    if try collection.listIndexes().contains(where: { IndexDefinition($0).keepsUnique(index) }) { return }
    let made = Result { () throws(MongoError) in try collection.createIndexes([index.spec]) }
    guard case .failure(let error) = made else { return }
    if error.isTransient { throw error }
    let shared = try DuplicateKeys.find(in: collection, key)
    if !shared.isEmpty { throw StoreFailure(duplicatesOf: key, in: collection.name, shared) }
    guard error.isIndexConflict else { throw error }
    throw StoreFailure(
      "\(collection.name) has an index on \(key.joined(separator: ", ")) that is not unique, or not for all documents; "
        + "`strava-store index` replaces it")
  }
}

extension MongoError {
  /// IndexOptionsConflict, IndexKeySpecsConflict: servers do not agree on which is which.
  var isIndexConflict: Bool { serverCode == .indexOptionsConflict || serverCode == .indexKeySpecsConflict }
}

extension StoreFailure {
  fileprivate init(duplicatesOf key: [String], in collection: String, _ shared: [DuplicateKeys]) {
    self.init(
      "documents in \(collection) share a \(key.joined(separator: ", ")), so that no unique index can be made: "
        + shared.map(\.text).joined(separator: ", ") + (shared.count == DuplicateKeys.most ? ", …" : "")
        + ". Merge or remove them, then import again.")
  }
}
