import BSON
import Foundation
import StravaRecords

/// What a document contains beside a part of the account archive (a row of an activity, the profile of a user), as far
/// as it decides about a new version of that part.
///
/// The typed fields are those of the part only in a document that nothing else has brought or changed.
struct ArchiveSurroundings {
  let updatedAt: BSONDate?
  let resourceState: Double?
  /// The digest of the API's record.
  let recordDigest: [UInt8]?
  /// The athlete of an activity, and its user.
  private var athlete: Int64?
  private var user: BSONValue?
  /// True if the document names no user.
  var lacksUser: Bool { user.map { $0 == .null } ?? true }
  /// True if the typed fields come from the stored part.
  let ownsFields: Bool
  /// True if the typed fields came from the stored part, and another program has changed the document since.
  let wereTakenOver: Bool

  /// - Parameters:
  ///   - document: a document with the fields of `appendFields`.
  ///   - time: the time at which its part of the archive was written, if it has one.
  init(_ document: BSONView, _ target: RecordTarget, writtenAt time: BSONDate?) {
    updatedAt = document["updated_at"]?.date
    resourceState = document["resource_state"]?.number
    let isStub = resourceState == 1
    let milliseconds = updatedAt?.milliseconds
    if target.isProfile {
      let source = document["source"]?.document
      let athlete = source?["athlete"]?.document
      recordDigest = athlete?["digest"]?.binary.map { Array($0.bytes) }
      let hasRecord = athlete != nil || document["raw_data"]?.document?["athlete"] != nil
      let hasFields = document.contains { field in
        !field.value.isNull && RecordSchema.profileFields.contains(field.keyText)
      }
      // The token and the zones have no fields in common with the profile.
      let ours = [time] + ["token", "zones"].map { source?[$0]?.document?["imported_at"]?.date }
      let isOurs = time == nil ? !hasFields : ours.contains { $0 != nil && $0?.milliseconds == milliseconds }
      ownsFields = isStub && !hasRecord && isOurs
      wereTakenOver = isStub && !hasRecord && hasFields && !ownsFields
    } else {
      let source = document["source"]?.document
      recordDigest = source?["digest"]?.binary.map { Array($0.bytes) }
      athlete = document["athlete_id"]?.wholeNumber
      user = document["user_id"].map(BSONValue.init)
      let isOfRow = time != nil && isStub && document["raw_data"] == nil && document["source"] == nil
      ownsFields = isOfRow && milliseconds == time?.milliseconds
      wereTakenOver = isOfRow && !ownsFields
    }
  }

  /// Adds the fields that a look-up needs to those that it needs for every record.
  static func appendFields(_ target: RecordTarget, to projection: inout BSONWriter) {
    let names =
      target.isProfile
      ? RecordSchema.profileFields + [
        "updated_at", "source.athlete.digest", "raw_data.athlete",
      ]
      : ["athlete_id", "user_id", "updated_at", "source.digest", "export_row.row"]
    for name in names { projection.append(name: name, .bool(true)) }
  }

  /// Returns true if the document belongs to another athlete than a row.
  func areOfOther(than pending: PendingRecord) -> Bool {
    if let athlete { return athlete != pending.record.athlete }
    switch user {
    case .objectID(let id): return pending.owner.map { $0 != id } ?? false
    case .int64(let id): return id != pending.record.athlete
    case .int32(let id): return Int64(id) != pending.record.athlete
    default: return false
    }
  }
}
