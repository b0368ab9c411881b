import BSON
import Mongo
import Sealing
import StoreAccess
import StravaRecords

/// The storage of the records of one kind: the collection, the natural key, and what decides between two records with
/// one key. A user has three halves (athlete, token, zones) that change independently, and each is a target of its own.
struct RecordTarget: Sendable {
  /// The rule by which stored content is kept although a record has different content.
  enum Precedence {
    /// A higher `resource_state` is kept; with an equal one, a later `time`.
    case rankThenTime
    /// A later `time` is kept; a missing time is the earliest.
    case time
    /// Nothing is kept: a later import always replaces the stored content.
    case arrival
    /// The row with more filled cells is kept; with as many, the later one replaces it.
    case filledCells
    /// The key is computed from the content, so different content under one key is impossible.
    case content
  }

  let collection: String
  let keyField: StaticString
  let precedence: Precedence
  /// The path of the stored content's time, if it has one.
  let timeField: StaticString?
  /// The path of `raw_data` and `source`, or of a half of each.
  let rawField: StaticString
  let rawRankField: StaticString
  let sourceField: StaticString
  let digestField: StaticString
  /// The name of a half inside `raw_data` and `source`.
  let half: StaticString?
  /// The typed fields, with their blind indexes, that are removed if a record lacks them. A mail address may also come
  /// from the platform.
  let owned: [String]
  /// The classes that values of typed fields may have.
  let storedClasses: SensitivityClasses
  /// The part of the document with what the account archive says, if that is what is stored.
  var archivePart: StaticString?

  /// The paths of the `source` of the other parts of the document, which change independently.
  var otherSources: [[StaticString]] = []

  /// True for rows and profiles of the account archive, each of which is a part of its own of a document.
  var isOfArchive: Bool { archivePart != nil }
  var isProfile: Bool { archivePart == "export_profile" }

  static let activity = RecordTarget(
    collection: Collections.activities, keyField: "strava_activity_id", precedence: .rankThenTime, timeField: nil,
    rawField: "raw_data", rawRankField: "raw_data.resource_state", sourceField: "source",
    digestField: "source.digest", half: nil, owned: RecordSchema.activity.importedFields,
    storedClasses: RecordSchema.activity.storedClasses, otherSources: [["export_row", "source"]])

  static let athlete = RecordTarget(
    collection: Collections.users, keyField: "strava_id", precedence: .rankThenTime, timeField: "athlete_updated_at",
    rawField: "raw_data.athlete", rawRankField: "raw_data.athlete.resource_state", sourceField: "source.athlete",
    digestField: "source.athlete.digest", half: "athlete",
    owned: RecordSchema.athlete.importedFields + ["username_hash", "stub"],
    storedClasses: RecordSchema.athlete.storedClasses,
    otherSources: [["source", "token"], ["source", "zones"], ["export_profile", "source"]])

  static let token = RecordTarget(
    collection: Collections.users, keyField: "strava_id", precedence: .time, timeField: "token_expires_at",
    rawField: "raw_data.token", rawRankField: "raw_data.token.resource_state", sourceField: "source.token",
    digestField: "source.token.digest", half: "token",
    owned: RecordSchema.token.importedFields + ["access_token_hash"], storedClasses: RecordSchema.token.storedClasses,
    otherSources: [["source", "athlete"], ["source", "zones"], ["export_profile", "source"]])

  static let athleteZones = RecordTarget(
    collection: Collections.users, keyField: "strava_id", precedence: .arrival, timeField: nil,
    rawField: "raw_data.zones", rawRankField: "raw_data.zones.resource_state", sourceField: "source.zones",
    digestField: "source.zones.digest", half: "zones", owned: RecordSchema.athleteZones.importedFields,
    storedClasses: RecordSchema.athleteZones.storedClasses,
    otherSources: [["source", "athlete"], ["source", "token"], ["export_profile", "source"]])

  static let exportRow = RecordTarget(
    collection: Collections.activities, keyField: "strava_activity_id", precedence: .filledCells, timeField: nil,
    rawField: "export_row.row", rawRankField: "raw_data.resource_state", sourceField: "export_row.source",
    digestField: "export_row.source.digest", half: nil, owned: RecordSchema.activity.importedFields,
    storedClasses: RecordSchema.activity.storedClasses, archivePart: "export_row", otherSources: [["source"]])

  static let exportProfile = RecordTarget(
    collection: Collections.users, keyField: "strava_id", precedence: .arrival, timeField: nil,
    rawField: "export_profile", rawRankField: "raw_data.resource_state", sourceField: "export_profile.source",
    digestField: "export_profile.source.digest", half: nil, owned: RecordSchema.profileFields + ["stub"],
    storedClasses: RecordSchema.athlete.storedClasses, archivePart: "export_profile",
    otherSources: [["source", "athlete"], ["source", "token"], ["source", "zones"]])

  static let insight = RecordTarget(
    collection: Collections.insights, keyField: "_id", precedence: .content, timeField: nil, rawField: "raw_data",
    rawRankField: "raw_data.resource_state", sourceField: "source", digestField: "source.digest", half: nil,
    owned: RecordSchema.insight.importedFields, storedClasses: RecordSchema.insight.storedClasses)

  /// Returns true for a half of a user that contains only the athlete's id.
  var lacksProfile: Bool { half == "token" || half == "zones" }

  /// True for documents that name their user.
  var hasOwner: Bool { collection != Collections.users }

  /// Returns true if a half of a user is sealed whole.
  func isSealedWhole(under policy: SealingPolicy) -> Bool {
    half == "zones" ? policy.classes.contains(.health) : half != nil
  }

  /// The kind of its records.
  var kind: RecordKind {
    if isOfArchive { return isProfile ? .exportProfile : .exportRow }
    switch half.map({ "\($0)" }) {
    case "athlete": return .athlete
    case "token": return .token
    case "zones": return .athleteZones
    default: return collection == Collections.insights ? .insight : .activity
    }
  }

  static func of(_ kind: RecordKind) -> RecordTarget {
    switch kind {
    case .activity: activity
    case .athlete: athlete
    case .token: token
    case .athleteZones: athleteZones
    case .exportRow: exportRow
    case .exportProfile: exportProfile
    case .insight: insight
    default: preconditionFailure("\(kind) is not stored")
    }
  }

  /// Returns the options of a look-up: which fields of a stored document it requests to decide about a record.
  ///
  /// - Parameters:
  ///   - keys: The number of keys that are looked up.
  ///   - ofMajority: True to read what the majority of the servers has acknowledged.
  func lookUp(of keys: Int, ofMajority: Bool) -> BSONDocument {
    BSONDocument { fields in
      let projection = fields.begin("projection")
      fields.append(keyField, true)
      if hasOwner, !isOfArchive { fields.append("user_id", true) }
      fields.append("resource_state", true)
      // A half of a user is mostly sealed whole. It is small, and only it shows that it is there.
      fields.append(half == nil ? rawRankField : rawField, true)
      fields.append(digestField, true)
      fields.append(name: "\(sourceField).run", .bool(true))
      fields.append(name: "\(sourceField).imported_at", .bool(true))
      fields.append(name: "\(sourceField).also", .bool(true))
      fields.append(name: "\(sourceField).as_of", .bool(true))
      if !isOfArchive { fields.append("updated_at", true) }
      for source in otherSources {
        let path = source.map { "\($0)" }.joined(separator: ".")
        fields.append(name: "\(path).as_of", .bool(true))
        fields.append(name: "\(path).imported_at", .bool(true))
      }
      if let timeField { fields.append(timeField, true) }
      if isOfArchive { ArchiveSurroundings.appendFields(self, to: &fields) }
      fields.end(projection)
      fields.appendOneReply(of: keys)
      if ofMajority { fields.appendMajorityRead() }
    }
  }
}
