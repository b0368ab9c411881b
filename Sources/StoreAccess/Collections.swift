import BSON
import FieldCrypto

/// Names that the platform's modules share (docs/schema.md).
package enum Collections {
  package static let users = "users"
  package static let activities = "activities"
  package static let insights = "insights"
  package static let dataKeys = "data_keys"
  package static let settings = "store_settings"
  /// The collections of the program itself, whose documents contain no value of a record.
  package static let own: Set = [dataKeys, settings, "erasures"]
}

/// The version of the document format. Each document and each digest contains it.
package let schemaVersion: Int32 = 1

extension ObjectID {
  /// Returns the id that every importer gives to a new document: the first 12 bytes of BLAKE2b-256 over
  /// `<collection>:<strava id>`. Importers that see the same record therefore choose the same id.
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
  /// Returns a filter that matches documents whose field has one of the values. A single value is compared
  /// directly, because not every server's planner uses an index for `$in`.
  package static func filter(_ field: String, in values: ArraySlice<BSONValue>) -> BSONDocument {
    if values.count == 1, let value = values.first { return BSONDocument { $0.append(name: field, value) } }
    return BSONDocument { filter in
      let condition = filter.begin(name: field)
      let list = filter.beginArray("$in")
      for (i, value) in values.enumerated() { filter.append(name: String(i), value) }
      filter.end(list)
      filter.end(condition)
    }
  }
}
