import BSON
import Mongo
import StoreAccess

/// A check for imported records in a database without settings.
enum ImportedSample {
  /// The number of documents that are read at each end of a collection.
  private static let limit: Int64 = 500

  /// Returns true if a document at either end of a collection, in `_id` order, has the digest of an imported record.
  ///
  /// The first and the last documents are read and no others, since no index finds a digest in a large database. The ids
  /// that import gives are evenly distributed hashes, while those of other writers begin with the time, so imported
  /// documents lie at both ends.
  ///
  /// - Parameter exists: Returns false for a collection that does not exist.
  static func isFound(_ session: StoreSession, where exists: (String) -> Bool) throws -> Bool {
    for collection in [Collections.activities, Collections.users, Collections.insights] where exists(collection) {
      for direction in [Int32(1), -1] {
        let isFound = try session.retrying("looking for imported records") {
          let cursor = try session.client().collection(collection, in: session.database)
            .find(BSONDocument(), options: options(direction))
          while let document = try cursor.next() {
            if let source = document["source"]?.document, hasDigest(source) { return true }
            for part in ["export_row", "export_profile"] as [StaticString] {
              if let part = document[part]?.document, hasDigest(part) { return true }
            }
          }
          return false
        }
        if isFound { return true }
      }
    }
    return false
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
