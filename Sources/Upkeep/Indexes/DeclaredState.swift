import BSON
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// A collection as it should be.
package struct DeclaredState: Sendable {
  let name: String
  let indexes: [IndexDefinition]
  let validator: BSONDocument
  /// What `index` has put there under any sealed classes.
  private let ownValidators: [BSONDocument]

  /// - Throws: `StoreFailure` where a definition is invalid, which not every server reports.
  package init(_ collection: StoredCollection, sealing policy: SealingPolicy) throws {
    name = collection.name
    indexes = collection.indexes.map(IndexDefinition.init)
    validator = ServerValidator(collection, sealing: policy.classes).document
    ownValidators = SensitivityClasses.combinations.map { ServerValidator(collection, sealing: $0).document }
    for index in indexes {
      if let fault = index.faults.first { throw StoreFailure("\(name): index \(index.name) is invalid: \(fault)") }
    }
  }
}

extension DeclaredState {
  /// True for a validator that has no rule of another author's: it is replaced without a loss.
  func isOwn(_ there: BSONDocument) -> Bool { ownValidators.contains { $0.contains(there) } }
}

extension SensitivityClasses {
  /// Every set of classes.
  fileprivate static var combinations: [SensitivityClasses] {
    SensitivityClass.allCases.reduce([[]]) { sets, one in sets + sets.map { $0.union(SensitivityClasses(one)) } }
  }
}

extension BSONDocument {
  /// True where all that the other one asks for is in this one, too: its members, in any order, and of lists of names
  /// some.
  fileprivate func contains(_ other: BSONDocument) -> Bool {
    other.elements.allSatisfy { key, value in
      guard let mine = self[key] else { return false }
      switch (mine, value) {
      case (.document(let mine), .document(let value)): return mine.contains(value)
      case (.array(let mine), .array(let value)) where key == "required":
        let names = mine.elements.compactMap(\.value.string)
        return value.elements.allSatisfy { $0.value.string.map(names.contains) ?? false }
      default:
        return BSONDocument { $0.append(name: "v", mine) }.sorted == BSONDocument { $0.append(name: "v", value) }.sorted
      }
    }
  }
}

/// A collection as it is.
package struct ActualState: Sendable {
  /// Nil where there is no such collection.
  let description: CollectionDescription?
  let indexes: [IndexDefinition]
  /// The fields that the collection is sharded by, none where it is not; nil where the login may not read them.
  let shardKey: [String]?

  package init(description: CollectionDescription?, indexes: [IndexDefinition], shardKey: [String]?) {
    self.description = description
    self.indexes = indexes
    self.shardKey = shardKey
  }

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

  private static func shardKey(_ name: String, _ session: StoreSession) throws -> [String]? {
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
      if hello["msg"]?.string == "isdbgrid" { return nil }
    }
    return found?["key"]?.inner?.elements.map(\.key) ?? []
  }
}
