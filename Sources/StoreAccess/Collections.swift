import BSON
import FieldCrypto

/// Names that the platform's modules share (docs/schema.md).
package enum Collections {
  package static let users = "users"
  package static let activities = "activities"
  package static let insights = "insights"
  package static let dataKeys = "data_keys"
  package static let settings = "store_settings"
}

/// Version of the documents' form; it goes into each document and each digest.
package let schemaVersion: Int32 = 1

extension ObjectID {
  /// The id that every importer gives a new document, whichever sees it first: the first 12 bytes of
  /// BLAKE2b-256 over `<collection>:<strava id>`.
  package static func deterministic(_ collection: String, _ stravaID: Int64) -> ObjectID {
    var text = ByteBuffer(capacity: 64)
    text.append(text: collection)
    text.append(UInt8(ascii: ":"))
    text.append(decimal: stravaID)
    return ObjectID(firstOf: BLAKE2b.hash(text.bytes))
  }

  package init(firstOf digest: Digest256) {
    self = digest.withUnsafeBytes { ObjectID($0) }
  }
}

extension BSONDocument {
  /// Matches documents whose field is one of the values: at most 100 of them, since `$in` costs more than linearly in
  /// some servers. One value is asked for by itself: not every server's planner looks into `$in` for an index.
  package static func filter(_ field: String, in values: ArraySlice<BSONValue>) -> BSONDocument {
    if values.count == 1, let value = values.first { return BSONDocument { $0.append(name: field, value) } }
    return BSONDocument { filter in
      let condition = filter.open(name: field)
      let list = filter.openArray("$in")
      for (i, value) in values.enumerated() { filter.append(name: String(i), value) }
      filter.close(list)
      filter.close(condition)
    }
  }
}
