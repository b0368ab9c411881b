import BSON
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// How the records of one kind lie in the store: the collection, the natural key, and what decides between two records
/// of one key. Users have three halves (athlete, token, zones) that move independently, each a target of its own.
struct RecordTarget: Sendable {
  /// What makes the stored content win over a record of other content.
  enum Precedence {
    /// A higher `resource_state`; between equal ones a later `time`.
    case rankThenTime
    /// A later `time`; none is the earliest.
    case time
    /// Nothing: whatever is imported later replaces it.
    case arrival
    /// The key is made of the content: there is no other.
    case content
  }

  let collection: String
  let keyField: StaticString
  let precedence: Precedence
  /// Where the stored content's own time is, if it has one.
  let timeField: StaticString?
  /// `raw_data` and `source`, or a half of each.
  let rawField: StaticString
  let rawRankField: StaticString
  let sourceField: StaticString
  let digestField: StaticString
  /// Name inside `raw_data` and `source` of a half.
  let half: StaticString?
  /// Typed fields, and their blind indexes, that go when a record lacks them; a mail address is the platform's too.
  let owned: [String]
  /// Classes that values of typed fields may have.
  let storedClasses: SensitivityClasses

  static let activity = RecordTarget(
    collection: Collections.activities, keyField: "strava_activity_id", precedence: .rankThenTime, timeField: nil,
    rawField: "raw_data", rawRankField: "raw_data.resource_state", sourceField: "source",
    digestField: "source.digest", half: nil, owned: RecordSchema.activity.importedFields,
    storedClasses: RecordSchema.activity.storedClasses)

  static let athlete = RecordTarget(
    collection: Collections.users, keyField: "strava_id", precedence: .rankThenTime, timeField: "athlete_updated_at",
    rawField: "raw_data.athlete", rawRankField: "raw_data.athlete.resource_state", sourceField: "source.athlete",
    digestField: "source.athlete.digest", half: "athlete",
    owned: RecordSchema.athlete.importedFields + ["username_hash"], storedClasses: RecordSchema.athlete.storedClasses)

  static let token = RecordTarget(
    collection: Collections.users, keyField: "strava_id", precedence: .time, timeField: "token_expires_at",
    rawField: "raw_data.token", rawRankField: "raw_data.token.resource_state", sourceField: "source.token",
    digestField: "source.token.digest", half: "token",
    owned: RecordSchema.token.importedFields + ["access_token_hash"], storedClasses: RecordSchema.token.storedClasses)

  static let athleteZones = RecordTarget(
    collection: Collections.users, keyField: "strava_id", precedence: .arrival, timeField: nil,
    rawField: "raw_data.zones", rawRankField: "raw_data.zones.resource_state", sourceField: "source.zones",
    digestField: "source.zones.digest", half: "zones", owned: RecordSchema.athleteZones.importedFields,
    storedClasses: RecordSchema.athleteZones.storedClasses)

  static let insight = RecordTarget(
    collection: Collections.insights, keyField: "_id", precedence: .content, timeField: nil, rawField: "raw_data",
    rawRankField: "raw_data.resource_state", sourceField: "source", digestField: "source.digest", half: nil,
    owned: RecordSchema.insight.importedFields, storedClasses: RecordSchema.insight.storedClasses)

  /// True for a half of a user that says no more of the athlete than the id.
  var lacksProfile: Bool { half == "token" || half == "zones" }

  /// Whether a half of a user is sealed whole.
  func isSealedWhole(under policy: SealingPolicy) -> Bool {
    half == "zones" ? policy.classes.contains(.health) : half != nil
  }

  static func of(_ kind: RecordKind) -> RecordTarget {
    switch kind {
    case .activity: activity
    case .athlete: athlete
    case .token: token
    case .athleteZones: athleteZones
    case .insight: insight
    default: preconditionFailure("\(kind) is not stored")
    }
  }

  /// The options of a look-up: what it asks of a stored document to decide about a record.
  ///
  /// - Parameter ofMajority: as the majority of the servers has it.
  func lookUp(ofMajority: Bool) -> BSONDocument {
    BSONDocument { fields in
      let projection = fields.open("projection")
      fields.append(keyField, true)
      fields.append("resource_state", true)
      fields.append(rawRankField, true)
      fields.append(digestField, true)
      fields.append(name: "\(sourceField).run", .bool(true))
      fields.append(name: "\(sourceField).imported_at", .bool(true))
      fields.append(name: "\(sourceField).also", .bool(true))
      if let timeField { fields.append(timeField, true) }
      fields.close(projection)
      if ofMajority { fields.appendMajorityRead() }
    }
  }
}
