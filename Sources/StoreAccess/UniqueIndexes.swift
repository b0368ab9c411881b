import Findings
import Logging
import Mongo
import StravaRecords

/// The conditions that collections must meet before a command writes to them: they have the unique indexes on the
/// natural keys, without which two importers could store one activity twice, and nothing deletes their documents.
package enum UniqueIndexes {
  /// Creates the missing indexes.
  ///
  /// - Parameter form: The form of the database.
  /// - Throws: `StoreFailure` with the ids if documents share a key, and `StoreFailure` if a collection loses
  ///   documents.
  package static func ensure(_ session: StoreSession, in form: StoreForm) throws {
    try make(session, in: form) { key, name, shared in throw StoreFailure(duplicatesOf: key, in: name, shared) }
  }

  /// Creates the missing indexes, and returns a finding for each key that several documents share.
  ///
  /// - Parameter form: The form of the database.
  /// - Throws: `StoreFailure` if an index cannot be created for another reason, or if a collection loses documents.
  package static func ensuring(_ session: StoreSession, in form: StoreForm) throws -> [Finding] {
    var findings: [Finding] = []
    try make(session, in: form) { key, name, shared in
      findings += shared.map {
        Finding(
          .sameActivity,
          "several documents have the same \(key.joined(separator: ", ")): \($0.text); merge them, or delete all "
            + "but one", document: name)
      }
    }
    return findings
  }

  /// Creates the missing indexes, and returns the ids that prevent one because several documents share them, by
  /// collection.
  ///
  /// - Parameter form: The form of the database.
  /// - Throws: `StoreFailure` if data keys share a key, if an index cannot be created for another reason, or if a
  ///   collection loses documents.
  package static func ensuringAllButShared(
    _ session: StoreSession, in form: StoreForm
  ) throws -> [String: [SharedIDs]] {
    var all: [String: [SharedIDs]] = [:]
    try make(session, in: form) { key, name, shared in
      guard key.count == 1, name != Collections.dataKeys else {
        throw StoreFailure(duplicatesOf: key, in: name, shared)
      }
      let ids = try session.long("looking for duplicates in \(name)") {
        try DuplicateKeys.ids(in: $0.collection(name, in: session.database), key[0])
      }
      all[name, default: []].append(SharedIDs(field: key[0], ids: ids))
    }
    return all
  }

  /// Creates the missing indexes.
  ///
  /// - Parameter report: Gets the fields of an index that cannot be created, its collection, and the values that several
  ///   documents share.
  private static func make(
    _ session: StoreSession, in form: StoreForm, report: ([String], String, [DuplicateKeys]) throws -> Void
  ) throws {
    let all = StoredCollection.all(in: form)
    let descriptions = try session.descriptions(of: all.map(\.name))
    for stored in all {
      let present = try indexes(of: stored.name, descriptions, session)
      for index in stored.indexes where index.isUnique {
        let wanted = IndexDefinition(index)
        if present.contains(where: { $0.keepsUnique(wanted) }) { continue }
        let shared = try make(wanted, in: stored.name, session)
        if !shared.isEmpty { try report(wanted.key.map(\.field), stored.name, shared) }
      }
    }
  }

  /// - Parameter descriptions: The existing collections; nil if they are unknown.
  /// - Throws: `StoreFailure` if the collection loses documents.
  private static func indexes(
    of name: String, _ descriptions: [String: CollectionDescription]?, _ session: StoreSession
  ) throws -> [IndexDefinition] {
    if let descriptions, descriptions[name] == nil { return [] }
    var faults = [DocumentLoss.fault(of: descriptions?[name])].compactMap(\.self)
    var indexes: [IndexDefinition] = []
    do {
      indexes = try session.retrying("reading the indexes of \(name)") {
        try session.client().collection(name, in: session.database).listIndexes().map(IndexDefinition.init)
      }
    } catch let error as MongoError where error.serverCode == .commandNotSupportedOnView {
      if faults.isEmpty { faults.append("is a view, not a collection") }
    }
    faults += indexes.filter(DocumentLoss.expires).map { "has the index \($0.name), which deletes documents" }
    guard !faults.isEmpty else { return indexes }
    let text = "\(name) " + faults.joined(separator: ", and ")
    guard DocumentLoss.isSevere(in: name) else {
      session.log.warning("\(text)")
      return indexes
    }
    throw StoreFailure("\(text), so that stored documents would be lost; `strava-store index` reports what to change")
  }

  /// - Returns: The values of its key that several documents share, because of which the index cannot be created.
  private static func make(
    _ index: IndexDefinition, in name: String, _ session: StoreSession
  ) throws -> [DuplicateKeys] {
    do {
      try session.building("creating the unique index of \(name)") {
        try $0.collection(name, in: session.database).createIndexes([index.spec])
      }
      return []
    } catch let error as MongoError where error.serverCode == .duplicateKey || error.isIndexConflict {
      let key = index.key.map(\.field)
      let shared = try session.long("looking for duplicates in \(name)") {
        try DuplicateKeys.find(in: $0.collection(name, in: session.database), key)
      }
      if !shared.isEmpty { return shared }
      guard error.isIndexConflict else { throw error }
      throw StoreFailure(
        "\(name) has an index on \(key.joined(separator: ", ")) that is not unique, or does not cover all documents; "
          + "run `strava-store index` to replace it")
    }
  }
}

/// Ids that several documents of a collection share, although each should occur once.
package struct SharedIDs: Sendable {
  package let field: String
  package let ids: Set<Int64>
}

extension MongoError {
  /// The codes of IndexOptionsConflict and IndexKeySpecsConflict. Servers differ in which of them they use.
  var isIndexConflict: Bool { serverCode == .indexOptionsConflict || serverCode == .indexKeySpecsConflict }
}

extension StoreFailure {
  fileprivate init(duplicatesOf key: [String], in collection: String, _ shared: [DuplicateKeys]) {
    self.init(
      "cannot create a unique index: documents in \(collection) have the same \(key.joined(separator: ", ")): "
        + shared.map(\.text).joined(separator: ", ") + (shared.count == DuplicateKeys.most ? ", …" : "")
        + "; merge or delete them, then run the command again")
  }
}
