import BSON
import FieldCrypto
import StoreAccess
import StravaRecords

/// What the store goes by in a typed record.
extension Model {
  /// The natural key of the record; an insight has none of its own, and gets its `_id` from its bytes.
  func key(_ record: UnsafeRawBufferPointer, _ digest: RecordDigest) -> PreparedRecord.Key {
    switch self {
    case .activity(let activity): .strava(activity.value.id.value)
    case .athlete(let athlete): .strava(athlete.id.value)
    case .token(let token): .strava(token.athleteID ?? 0)
    case .insight: .object(ObjectID(firstOf: digest.digest(record, schemaVersion: 0)))
    }
  }

  /// The content's own time, which tells older from newer.
  var contentTime: BSONDate? {
    switch self {
    case .athlete(let athlete): athlete.updatedAt?.date
    case .token(let token): token.expiresAt
    case .activity, .insight: nil
    }
  }

  /// True where it must be some athlete's, and does not say whose.
  var lacksAthlete: Bool {
    switch self {
    case .activity(let activity): activity.value.athleteID == nil
    case .token(let token): token.athleteID == nil
    case .athlete, .insight: false
    }
  }

  /// Strava id of the athlete whose activity it is.
  var owner: Int64? {
    if case .activity(let activity) = self { activity.value.athleteID } else { nil }
  }

  var references: InsightReferences? {
    guard case .insight(let insight) = self else { return nil }
    return InsightReferences(user: insight.userID, activity: insight.activityID, createdAt: insight.createdAt)
  }
}
