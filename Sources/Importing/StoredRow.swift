import BSON
import Foundation

/// What an activity document contains beside the row of the account archive, as far as it decides about a new row.
///
/// The typed fields are the row's only in a document that nothing else has brought or changed.
struct StoredRow {
  let updatedAt: BSONDate?
  let resourceState: Double?
  /// The digest of the API's record.
  let recordDigest: [UInt8]?
  /// The athlete of the document, and its user.
  private let athlete: Int64?
  private let user: BSONValue?
  /// True if the document names no user.
  var lacksUser: Bool { user.map { $0 == .null } ?? true }
  /// True if the typed fields come from the stored row.
  let ownsFields: Bool
  /// True if the typed fields came from the stored row, and another program has changed the document since.
  let wasTakenOver: Bool

  /// - Parameters:
  ///   - document: a document with the fields of `appendFields`.
  ///   - time: the time at which its row was written, if it has one.
  init(_ document: BSONView, writtenAt time: BSONDate?) {
    updatedAt = document["updated_at"]?.date
    resourceState = document["resource_state"]?.number
    let source = document["source"]?.document
    recordDigest = source?["digest"]?.binary.map { Array($0.bytes) }
    athlete = document["athlete_id"]?.wholeNumber
    user = document["user_id"].map(BSONValue.init)
    let isOfRow = time != nil && resourceState == 1 && document["raw_data"] == nil && document["source"] == nil
    ownsFields = isOfRow && updatedAt?.milliseconds == time?.milliseconds
    wasTakenOver = isOfRow && !ownsFields
  }

  /// Adds the fields that a look-up needs to those that it needs for every record.
  static func appendFields(to projection: inout BSONWriter) {
    for name in ["athlete_id", "user_id", "updated_at", "source.digest", "export_row.row"] {
      projection.append(name: name, .bool(true))
    }
  }

  /// Returns true if the document belongs to another athlete than a row.
  func isOfOther(than pending: PendingRecord) -> Bool {
    if let athlete { return athlete != pending.record.athlete }
    switch user {
    case .objectID(let id): return pending.owner.map { $0 != id } ?? false
    case .int64(let id): return id != pending.record.athlete
    case .int32(let id): return Int64(id) != pending.record.athlete
    default: return false
    }
  }
}
