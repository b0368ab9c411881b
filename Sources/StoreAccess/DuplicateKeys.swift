import BSON
import Mongo

/// Documents that share a key that a unique index allows only once.
package struct DuplicateKeys {
  /// Maximum number of keys in a message.
  static let most = 20
  /// Maximum number of documents named for each key.
  private static let mostDocuments = 10

  /// The values that several documents share, in the order of the key's fields. "none" means null or a missing field.
  let values: String
  let count: Int
  /// The `_id`s of the first of these documents.
  let documents: [String]

  package var text: String {
    "\(values) (_id \(documents.joined(separator: ", "))\(documents.count < count ? ", …; \(count) in all" : ""))"
  }

  /// Returns the first keys that several documents share.
  package static func find(in collection: MongoCollection, _ key: [String]) throws -> [DuplicateKeys] {
    let cursor = try collection.aggregate(pipeline(key))
    var shared: [BSONDocument] = []
    while let found = try cursor.nextDocument() { shared.append(found) }
    return try shared.map { found in
      let values = found["_id"]?.inner?.elements.map(\.value) ?? []
      return DuplicateKeys(
        values: values.map { $0.integer.map(String.init) ?? ($0 == .null ? "none" : "a \($0.type)") }
          .joined(separator: "/"),
        count: Int(found["n"]?.integer ?? 0), documents: try ids(in: collection, key, values))
    }
  }

  /// Returns all ids in a field that several documents share.
  package static func ids(in collection: MongoCollection, _ field: String) throws -> Set<Int64> {
    let cursor = try collection.aggregate(pipeline([field]).dropLast(2).map(\.self))
    var ids: Set<Int64> = []
    while let found = try cursor.nextDocument() {
      if let id = found["_id"]?.inner?[field]?.integer { ids.insert(id) }
    }
    return ids
  }

  private static func pipeline(_ key: [String]) -> [BSONDocument] {
    let group = BSONDocument { stage in
      let group = stage.begin("$group")
      let id = stage.begin("_id")
      for field in key {
        // A unique index treats a missing field as null.
        let value = stage.begin(name: field)
        let list = stage.beginArray("$ifNull")
        stage.append(name: "0", .string("$\(field)"))
        stage.append(name: "1", .null)
        stage.end(list)
        stage.end(value)
      }
      stage.end(id)
      let count = stage.begin("n")
      stage.append("$sum", Int32(1))
      stage.end(count)
      stage.end(group)
    }
    let several = BSONDocument { stage in
      let match = stage.begin("$match")
      let count = stage.begin("n")
      stage.append("$gt", Int32(1))
      stage.end(count)
      stage.end(match)
    }
    let order = BSONDocument { stage in
      let sort = stage.begin("$sort")
      stage.append("_id", Int32(1))
      stage.end(sort)
    }
    return [group, several, order, BSONDocument { $0.append("$limit", Int32(most)) }]
  }

  private static func ids(
    in collection: MongoCollection, _ key: [String], _ values: [BSONValue]
  ) throws -> [String] {
    let filter = BSONDocument { filter in
      for (field, value) in zip(key, values) { filter.append(name: field, value) }
    }
    let options = BSONDocument { options in
      let projection = options.begin("projection")
      options.append("_id", Int32(1))
      options.end(projection)
      options.append("limit", Int64(mostDocuments))
    }
    let cursor = try collection.find(filter, options: options)
    var ids: [String] = []
    while let view = try cursor.next() {
      if let id = BSONDocument(copying: view.bytes)["_id"] { ids.append(id.shortText) }
    }
    return ids.sorted()
  }
}
