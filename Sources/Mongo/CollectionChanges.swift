import BSON

/// A collection as the server describes it.
public struct CollectionDescription: Sendable {
  public let name: String
  /// `collection`, `view` or `timeseries`.
  public let type: String
  public let validator: BSONDocument?
  /// `off`, `moderate` or `strict`.
  public let validationLevel: String
  /// `error` or `warn`.
  public let validationAction: String
  /// Indexes get it unless they say otherwise.
  public let hasCollation: Bool
  /// As the collection was made with them; the validator is one.
  public let options: BSONDocument
  /// 16 bytes; nil where the server gives none.
  public let uuid: [UInt8]?

  /// From an entry of `listCollections`.
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

/// An index as one server has it.
public struct IndexState: Sendable {
  public let name: String
  /// It is listed, but still being built.
  public let isBuilding: Bool
  /// Nil where the collection is not on a sharded cluster.
  public let shard: String?
}

extension MongoCollection {
  /// Nil where there is none of this name.
  public func description() throws(MongoError) -> CollectionDescription? {
    let command = BSONDocument { command in
      command.append("listCollections", Int32(1))
      let filter = command.open("filter")
      command.append("name", name)
      command.close(filter)
    }
    let reply = try client.run(command, on: database)
    let batch = reply["cursor"]?.inner?["firstBatch"]?.inner?.elements ?? []
    return batch.first?.value.inner.map(CollectionDescription.init)
  }

  /// Makes the collection with a validator that refuses what it finds wrong.
  ///
  /// - Throws: `refused` with code 48 where it exists.
  public func create(validator: BSONDocument, level: String) throws(MongoError) {
    try change("create", validator, level)
  }

  /// Replaces the validator.
  public func setValidator(_ validator: BSONDocument, level: String) throws(MongoError) {
    try change("collMod", validator, level)
  }

  private func change(_ command: StaticString, _ validator: BSONDocument, _ level: String) throws(MongoError) {
    let command = BSONDocument { out in
      out.append(command, name)
      out.append(name: "validator", .document(validator))
      out.append("validationLevel", level)
      out.append("validationAction", "error")
    }
    _ = try client.run(command, on: database, writes: true)
  }

  /// Changes in place what MongoDB lets one change of an index: whether it is hidden, and its time of expiry.
  public func changeIndex(
    _ index: String, hidden: Bool? = nil, expireAfter: Double? = nil
  ) throws(MongoError) {
    let command = BSONDocument { out in
      out.append("collMod", name)
      let change = out.open("index")
      out.append("name", index)
      out.append("hidden", hidden)
      if let expireAfter { out.append(name: "expireAfterSeconds", BSONValue.double(expireAfter).canonical) }
      out.close(change)
    }
    _ = try client.run(command, on: database, writes: true)
  }

  /// Drops an index by its name; one that is gone already is as good.
  public func dropIndex(_ index: String) throws(MongoError) {
    let command = BSONDocument { command in
      command.append("dropIndexes", name)
      command.append("index", index)
    }
    do throws(MongoError) {
      _ = try client.run(command, on: database, writes: true)
    } catch  where error.serverCode == .namespaceNotFound || error.serverCode == .indexNotFound {
      // Another command was faster.
    }
  }

  /// The indexes of every server or shard that holds some of the collection; listIndexes of a mongos asks one.
  public func indexStates() throws(MongoError) -> [IndexState] {
    let cursor = try aggregate([
      BSONDocument { stage in
        let none = stage.open("$indexStats")
        stage.close(none)
      }
    ])
    var states: [IndexState] = []
    while let view = try cursor.next() {
      let entry = BSONDocument(copying: view.bytes)
      guard let name = entry["name"]?.string else { continue }
      states.append(
        IndexState(name: name, isBuilding: entry["building"]?.bool == true, shard: entry["shard"]?.string))
    }
    return states
  }
}
