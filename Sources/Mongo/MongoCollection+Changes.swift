import BSON

/// The description of a collection that the server returns.
public struct CollectionDescription: Sendable {
  public let name: String
  /// The type: `collection`, `view` or `timeseries`.
  public let type: String
  public let validator: BSONDocument?
  /// The validation level: `off`, `moderate` or `strict`.
  public let validationLevel: String
  /// The validation action: `error` or `warn`.
  public let validationAction: String
  /// Whether the collection has a collation. Indexes inherit it unless they specify another one.
  public let hasCollation: Bool
  /// The options with which the collection was created, including the validator.
  public let options: BSONDocument
  /// The UUID, which has 16 bytes; nil if the server returns none.
  public let uuid: [UInt8]?

  /// Reads an entry of `listCollections`.
  public init(_ entry: BSONDocument) {
    name = entry["name"]?.string ?? ""
    type = entry["type"]?.string ?? "collection"
    let options = entry["options"]?.inner
    self.options = options ?? BSONDocument()
    uuid = entry["info"]?.inner?["uuid"]?.binary
    validator = options?["validator"]?.inner.flatMap { $0.isEmpty ? nil : $0 }
    validationLevel = options?["validationLevel"]?.string ?? "strict"
    validationAction = options?["validationAction"]?.string ?? "error"
    let locale = options?["collation"]?.inner?["locale"]?.string
    hasCollation = locale != nil && locale != "simple"
  }
}

/// The state of an index on one server.
public struct IndexState: Sendable {
  public let name: String
  /// Whether the index is still being built. The server lists such an index, too.
  public let isBuilding: Bool
  /// The name of the shard; nil if the collection is not on a sharded cluster.
  public let shard: String?
  /// The number of operations that have used the index since `usedSince`.
  public let uses: Int64
  /// The time since when uses are counted; nil if the server does not count them.
  public let usedSince: BSONDate?
}

extension MongoClient {
  /// Returns the descriptions of those of the named collections that exist, in one request.
  ///
  /// - Parameter names: a few names, whose descriptions fit in one reply.
  public func descriptions(of names: [String], in database: String) throws(MongoError) -> [CollectionDescription] {
    let command = BSONDocument { command in
      command.append("listCollections", Int32(1))
      let filter = command.begin("filter")
      if names.count == 1 {
        command.append("name", names[0])
      } else {
        let field = command.begin("name")
        let values = command.beginArray("$in")
        for (i, name) in names.enumerated() { command.append(name: String(i), .string(name)) }
        command.end(values)
        command.end(field)
      }
      command.end(filter)
    }
    let reply = try run(command, on: database)
    let batch = reply["cursor"]?.inner?["firstBatch"]?.inner?.elements ?? []
    return batch.compactMap { $0.value.inner.map(CollectionDescription.init) }
  }
}

extension MongoCollection {
  /// Returns the description of the collection; nil if the collection does not exist.
  public func description() throws(MongoError) -> CollectionDescription? {
    try client.descriptions(of: [name], in: database).first
  }

  /// Creates the collection with a validator. The action `error` rejects invalid documents, and `warn` logs them.
  ///
  /// - Throws: `refused` with code 48 if the collection exists.
  public func create(validator: BSONDocument, level: String, action: String = "error") throws(MongoError) {
    try change("create", validator, level, action)
  }

  /// Replaces the validator.
  public func setValidator(_ validator: BSONDocument, level: String, action: String = "error") throws(MongoError) {
    try change("collMod", validator, level, action)
  }

  private func change(
    _ command: StaticString, _ validator: BSONDocument, _ level: String, _ action: String
  ) throws(MongoError) {
    let command = BSONDocument { out in
      out.append(command, name)
      out.append(name: "validator", .document(validator))
      out.append("validationLevel", level)
      out.append("validationAction", action)
    }
    _ = try client.run(command, on: database, writes: true)
  }

  /// Changes the properties of an index that MongoDB can change in place: whether it is hidden, and its expiry time in
  /// seconds.
  public func changeIndex(
    _ index: String, hidden: Bool? = nil, expireAfter: Double? = nil
  ) throws(MongoError) {
    let command = BSONDocument { out in
      out.append("collMod", name)
      let change = out.begin("index")
      out.append("name", index)
      out.append("hidden", hidden)
      if let expireAfter { out.append(name: "expireAfterSeconds", BSONValue.double(expireAfter).canonical) }
      out.end(change)
    }
    _ = try client.run(command, on: database, writes: true)
  }

  /// Drops an index by its name. Succeeds if the index no longer exists.
  public func dropIndex(_ index: String) throws(MongoError) {
    let command = BSONDocument { command in
      command.append("dropIndexes", name)
      command.append("index", index)
    }
    do throws(MongoError) {
      _ = try client.run(command, on: database, writes: true)
    } catch  where error.serverCode == .namespaceNotFound || error.serverCode == .indexNotFound {
      // Another command may have dropped the index first.
    }
  }

  /// Returns the indexes on every server or shard that has documents of the collection. `listIndexes` on a mongos asks
  /// only one shard.
  public func indexStates() throws(MongoError) -> [IndexState] {
    let cursor = try aggregate([
      BSONDocument { stage in
        let none = stage.begin("$indexStats")
        stage.end(none)
      }
    ])
    var states: [IndexState] = []
    while let view = try cursor.next() {
      let entry = BSONDocument(copying: view.bytes)
      guard let name = entry["name"]?.string else { continue }
      states.append(
        IndexState(
          name: name, isBuilding: entry["building"]?.bool == true, shard: entry["shard"]?.string,
          uses: entry["accesses"]?.inner?["ops"]?.integer ?? 0, usedSince: entry["accesses"]?.inner?["since"]?.date))
    }
    return states
  }
}
