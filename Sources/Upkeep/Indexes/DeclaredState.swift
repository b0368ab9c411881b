import BSON
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// The declared state of a collection.
package struct DeclaredState: Sendable {
  let name: String
  let indexes: [IndexDefinition]
  let validator: BSONDocument
  /// The validators that `index` writes, for each possible set of sealed classes.
  private let ownValidators: [BSONDocument]

  /// - Throws: `StoreFailure` if a definition is invalid, which not every server reports.
  package init(_ collection: StoredCollection, sealing policy: SealingPolicy) throws {
    name = collection.name
    indexes = collection.indexes.map(IndexDefinition.init)
    validator = ServerValidator(collection, sealing: policy.classes).document
    let forms = StoreForm.allCases.compactMap { StoredCollection.named(collection.name, in: $0) }
    ownValidators = forms.flatMap { form in
      SensitivityClasses.combinations.map { ServerValidator(form, sealing: $0).document }
    }
    for index in indexes {
      if let fault = index.faults.first { throw StoreFailure("\(name): index \(index.name) is invalid: \(fault)") }
    }
  }
}

extension DeclaredState {
  /// Returns true for a validator without rules of another author, so that replacing it loses nothing.
  func isOwn(_ there: BSONDocument) -> Bool { ownValidators.contains { $0.contains(there) } }
}

extension SensitivityClasses {
  /// Every possible set of classes.
  fileprivate static var combinations: [SensitivityClasses] {
    SensitivityClass.allCases.reduce([[]]) { sets, one in sets + sets.map { $0.union(SensitivityClasses(one)) } }
  }
}

extension BSONDocument {
  /// Returns true if this value contains all requirements of the other one: its members, in any order, and some names
  /// of its lists of names.
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

/// The present state of a collection.
package struct ActualState: Sendable {
  /// The state; nil if the collection does not exist.
  let description: CollectionDescription?
  let indexes: [IndexDefinition]
  /// The fields of the shard key, empty if the collection is not sharded; nil if the login may not read them.
  let shardKey: [String]?

  package init(description: CollectionDescription?, indexes: [IndexDefinition], shardKey: [String]?) {
    self.description = description
    self.indexes = indexes
    self.shardKey = shardKey
  }

  var isCollection: Bool { description.map { $0.type == "collection" } ?? true }

  /// - Parameter withShardKey: True to read the shard key, which needs a right that nothing else needs.
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
      // A replica set has no shard keys to read.
      let hello = try client.run(BSONDocument { $0.append("hello", Int32(1)) }, on: "admin")
      if hello["msg"]?.string == "isdbgrid" { return nil }
    }
    return found?["key"]?.inner?.elements.map(\.key) ?? []
  }
}
