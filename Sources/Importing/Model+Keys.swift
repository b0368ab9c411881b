import BSON
import FieldCrypto
import Findings
import StoreAccess
import StravaRecords

/// The keys and times of a typed record that the store uses.
extension Model {
  /// Returns the natural key of the record. An insight has none; its `_id` is computed from its bytes.
  func key(_ record: UnsafeRawBufferPointer, _ digest: RecordDigest) -> PreparedRecord.Key {
    switch self {
    case .activity(let activity): .strava(activity.value.id.value)
    case .athlete(let athlete): .strava(athlete.id.value)
    case .token(let token): .strava(token.athleteID ?? 0)
    case .athleteZones(let zones): .strava(zones.athleteID ?? 0)
    case .insight: .object(ObjectID(firstOf: digest.digest(record, schemaVersion: 0)))
    }
  }

  /// The time of the content, which decides which of two versions is newer.
  var contentTime: BSONDate? {
    switch self {
    case .athlete(let athlete): athlete.updatedAt?.date
    case .token(let token): token.expiresAt
    case .activity, .athleteZones, .insight: nil
    }
  }

  enum AthleteClaim {
    case athlete(Int64)
    case none
  }

  /// The owner that the record names; nil for a record that needs no athlete.
  var athleteClaim: AthleteClaim? {
    switch self {
    case .activity(let activity): activity.value.athleteID.map(AthleteClaim.athlete) ?? AthleteClaim.none
    case .token(let token): token.athleteID.map(AthleteClaim.athlete) ?? AthleteClaim.none
    case .athleteZones(let zones): zones.athleteID.map(AthleteClaim.athlete) ?? AthleteClaim.none
    case .athlete, .insight: nil
    }
  }

  /// Returns a finding that the owner is unknown.
  ///
  /// - Parameters:
  ///   - key: The key of the record in its wrapper, which may be an athlete's id.
  ///   - name: The name of the option that gives an athlete to such records.
  func withoutAthlete(key: String?, _ name: String) -> Finding {
    guard case .token = self else {
      return Finding(
        .activityWithoutAthlete,
        "the activity names no athlete, and neither does an object around it; use \(name) ID to assign one",
        pointer: "/athlete")
    }
    let hint =
      key.flatMap { Int64($0) }.flatMap {
        $0 > 0 ? "if its key \($0) is the athlete's id, use \(name) \($0)" : nil
      }
      ?? "use \(name) ID to assign one"
    return Finding(
      .tokenWithoutAthlete, "the token names no athlete, and neither does an object around it; \(hint)",
      pointer: "/athlete"
    )
  }

  /// The Strava id of the athlete who owns the record, which the record itself may not contain.
  var owner: Int64? {
    if case .athlete(let athlete) = athleteClaim { athlete } else { nil }
  }

  var references: InsightReferences? {
    guard case .insight(let insight) = self else { return nil }
    return InsightReferences(user: insight.userID, activity: insight.activityID, createdAt: insight.createdAt)
  }
}
