import BSON
import Mongo

/// The unique indexes on the natural keys: without them two importers could store one activity twice.
enum UniqueIndexes {
  /// IndexOptionsConflict, IndexKeySpecsConflict.
  private static let conflicts: Set<UInt32> = [85, 86]

  private static let declared: [(collection: String, key: [String])] = [
    (Collections.users, ["strava_id"]),
    (Collections.activities, ["strava_activity_id"]),
    (Collections.dataKeys, ["strava_id", "version"]),
  ]

  /// Makes those that are missing.
  ///
  /// - Throws: `StoreFailure` with the ids where documents share a key.
  static func ensure(_ session: StoreSession) throws {
    for (name, key) in declared {
      try session.retrying("making the unique index of \(name)") {
        let collection = try session.client().collection(name, in: session.database)
        if try collection.listIndexes().contains(where: { isUnique($0, key) }) { return }
        do {
          try collection.createIndexes([spec(key)])
        } catch let error as MongoError where !error.isTransient {
          let shared = try duplicates(collection, key)
          if !shared.isEmpty { throw StoreFailure(duplicatesOf: key, in: name, shared) }
          guard Self.conflicts.contains(error.code) else { throw error }
          throw StoreFailure(
            "\(name) has an index on \(key.joined(separator: ", ")) that is not unique, or not for all documents; "
              + "drop it, then import again: import makes the unique one")
        }
      }
    }
  }

  private static func spec(_ key: [String]) -> BSONDocument {
    BSONDocument { spec in
      let fields = spec.open("key")
      for field in key { spec.append(name: field, .int32(1)) }
      spec.close(fields)
      spec.append("name", key.map { "\($0)_1" }.joined(separator: "_"))
      spec.append("unique", true)
    }
  }

  private static func isUnique(_ index: BSONDocument, _ key: [String]) -> Bool {
    index["unique"]?.bool == true && index["partialFilterExpression"] == nil
      && index["key"]?.inner?.elements.map(\.key) == key
  }

  /// The first keys that several documents share.
  private static func duplicates(_ collection: MongoCollection, _ key: [String]) throws -> [String] {
    let group = BSONDocument { stage in
      let group = stage.open("$group")
      let id = stage.open("_id")
      for field in key { stage.append(name: field, .string("$\(field)")) }
      stage.close(id)
      let count = stage.open("n")
      stage.append("$sum", Int32(1))
      stage.close(count)
      for (name, pick) in [("first", "$min"), ("last", "$max")] {
        let one = stage.open(name: name)
        stage.append(name: pick, .string("$_id"))
        stage.close(one)
      }
      stage.close(group)
    }
    let several = BSONDocument { stage in
      let match = stage.open("$match")
      let count = stage.open("n")
      stage.append("$gt", Int32(1))
      stage.close(count)
      stage.close(match)
    }
    let limit = BSONDocument { $0.append("$limit", Int32(20)) }
    let cursor = try collection.aggregate([group, several, limit])
    var shared: [String] = []
    while let found = try cursor.next() {
      guard let id = found["_id"].map(BSONValue.init)?.inner else { continue }
      let values = id.elements.map { $0.value.integer.map(String.init) ?? "none" }.joined(separator: "/")
      let ends: [StaticString] = ["first", "last"]
      let documents = ends.compactMap { found[$0].map(BSONValue.init)?.objectID?.description }
      shared.append(documents.isEmpty ? values : "\(values) (_id \(documents.joined(separator: " and ")))")
    }
    return shared
  }
}

extension StoreFailure {
  fileprivate init(duplicatesOf key: [String], in collection: String, _ shared: [String]) {
    self.init(
      "documents in \(collection) share a \(key.joined(separator: ", ")), so that no unique index can be made: "
        + shared.joined(separator: ", ") + (shared.count == 20 ? ", …" : "")
        + ". Merge or remove them, then import again.")
  }
}
