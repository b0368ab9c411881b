import BSON
import Mongo
import StoreAccess

/// A check for imported records and sealed values in a database without settings.
enum ImportedSample {
  /// The number of documents that are read at each end of a collection.
  private static let limit: Int64 = 500
  /// The fields of users that are sealed under every policy and are small enough to be read.
  private static let sealedFields = ["access_token", "refresh_token", "username", "email", "raw_data.athlete"]

  /// What only this program makes.
  enum Trace {
    /// The digest of an imported record.
    case digest
    /// A sealed value or a blind index.
    case sealedValue
  }

  /// Returns what a document at either end of a collection, in `_id` order, has of an imported record or of a sealed
  /// value, or whether a user is in an index on a blind index; nil if nothing is found.
  ///
  /// The first and the last documents are read and no others, since no index finds a digest in a large database. The ids
  /// that import gives are evenly distributed hashes, while those of other writers begin with the time, so imported
  /// documents lie at both ends.
  ///
  /// - Parameter exists: Returns false for a collection that does not exist.
  static func find(_ session: StoreSession, where exists: (String) -> Bool) throws -> Trace? {
    for collection in [Collections.activities, Collections.users, Collections.insights] where exists(collection) {
      for direction in [Int32(1), -1] {
        let found = try session.retrying("looking for imported records") { () -> Trace? in
          let cursor = try session.client().collection(collection, in: session.database)
            .find(BSONDocument(), options: options(direction))
          while let document = try cursor.next() { if let trace = trace(in: document) { return trace } }
          return nil
        }
        if let found { return found }
      }
    }
    return try exists(Collections.users) && hasBlindIndex(session) ? .sealedValue : nil
  }

  private static func trace(in document: BSONView) -> Trace? {
    if let source = document["source"]?.document, hasDigest(source) { return .digest }
    for part in ["export_row", "export_profile"] as [StaticString] {
      if let part = document[part]?.document, hasDigest(part) { return .digest }
    }
    return document.holdsEnvelope ? .sealedValue : nil
  }

  /// Returns true if a user has a blind index that the declared sparse index finds, however many users there are.
  private static func hasBlindIndex(_ session: StoreSession) throws -> Bool {
    try session.retrying("looking for blind indexes") {
      let users = try session.client().collection(Collections.users, in: session.database)
      for name in ["username_hash", "email_hash", "access_token_hash"]
      where try PlatformDocuments.hasIndex(of: name, users) {
        let filter = BSONDocument { filter in
          let condition = filter.begin(name: name)
          filter.append("$exists", true)
          filter.end(condition)
        }
        if try users.findOne(filter) != nil { return true }
      }
      return false
    }
  }

  private static func options(_ direction: Int32) -> BSONDocument {
    BSONDocument { options in
      let sort = options.begin("sort")
      options.append("_id", direction)
      options.end(sort)
      let projection = options.begin("projection")
      options.append("source", true)
      options.append(name: "export_row.source", .bool(true))
      options.append(name: "export_profile.source", .bool(true))
      for name in sealedFields { options.append(name: name, .bool(true)) }
      options.end(projection)
      options.append("limit", limit)
      options.appendMajorityRead()
    }
  }

  /// Returns true if `source` has a digest, or one of a user's halves in it, or the `source` of a row, has one.
  private static func hasDigest(_ source: BSONView) -> Bool {
    source["digest"] != nil || source.contains { $0.value.document?["digest"] != nil }
  }
}
