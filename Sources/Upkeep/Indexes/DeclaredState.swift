import BSON
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// A collection as it should be.
struct DeclaredState: Sendable {
  let name: String
  let indexes: [IndexDefinition]
  let validator: BSONDocument

  /// - Throws: `StoreFailure` where a definition is none; servers do not all say so.
  init(_ collection: StoredCollection, sealing policy: SealingPolicy) throws {
    name = collection.name
    indexes = collection.indexes.map(IndexDefinition.init)
    validator = ServerValidator(collection, sealing: policy.classes).document
    for index in indexes {
      if let fault = index.faults.first { throw StoreFailure("\(name): index \(index.name) is malformed: \(fault)") }
    }
  }
}

/// A collection as it is.
struct ActualState: Sendable {
  /// Nil where there is no such collection.
  let description: CollectionDescription?
  let indexes: [IndexDefinition]
  let shardKey: [String]

  var isCollection: Bool { description.map { $0.type == "collection" } ?? true }

  /// - Parameter withShardKey: looks the shard key up, which takes a right that is needed for nothing else.
  static func read(_ name: String, _ session: StoreSession, withShardKey: Bool) throws -> ActualState {
    try session.retrying("reading the indexes of \(name)") {
      let collection = try session.client().collection(name, in: session.database)
      let description = try collection.description()
      let isCollection = description?.type == "collection"
      return ActualState(
        description: description, indexes: isCollection ? try collection.listIndexes().map(IndexDefinition.init) : [],
        shardKey: withShardKey ? try shardKey(name, session) : [])
    }
  }

  /// The fields that the collection is sharded by, none where it is not.
  private static func shardKey(_ name: String, _ session: StoreSession) throws -> [String] {
    let client = try session.client()
    let filter = BSONDocument { $0.append("_id", "\(session.database).\(name)") }
    var isAllowed = true
    let found: BSONDocument?
    do throws(MongoError) {
      found = try client.collection("collections", in: "config").findOne(filter)
    } catch {
      guard error.isUnauthorized else { throw error }
      found = nil
      isAllowed = false
    }
    if !isAllowed {
      // On a replica set there is nothing to see there.
      let hello = try client.run(BSONDocument { $0.append("hello", Int32(1)) }, on: "admin")
      guard hello["msg"]?.string != "isdbgrid" else {
        throw StoreFailure(
          "pruning on a sharded cluster needs the right to read config.collections: an index of the shard key must stay"
        )
      }
    }
    return found?["key"]?.inner?.elements.map(\.key) ?? []
  }
}
