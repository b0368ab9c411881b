import BSON
import FieldCrypto
import Findings
import Sealing
import StoreAccess
import StravaRecords

/// A check whether `raw_data` is still what was imported, and whether the typed fields match it. `source` contains a
/// keyed digest of the record. Each collection has its own check.
struct ImportedRecords: ~Copyable {
  private let digest: RecordDigest
  private let collection: String
  private var mirror: RecordMirror
  // The state for the other halves of a user:
  private var tokens = RecordMirror(.token)
  private var zones = RecordMirror(.athleteZones)
  /// The state for the rows of the account archive in activities.
  private var rows = RecordMirror(.exportRow)
  /// The state for the profiles of the account archive in users.
  private var profiles = RecordMirror(.exportProfile)
  private var row = BSONWriter()

  /// - Returns: Nil for a collection that contains no records.
  init?(_ key: IndexKey, of collection: String) {
    switch collection {
    case Collections.users: mirror = RecordMirror(.athlete)
    case Collections.activities: mirror = RecordMirror(.activity)
    case Collections.insights: mirror = RecordMirror(.insight)
    default: return nil
    }
    digest = RecordDigest(key)
    self.collection = collection
  }

  /// - Parameters:
  ///   - document: The document with all values decrypted that can be decrypted.
  ///   - faults: The faults of the document. If a value in a record is not as it was sealed, the digest gives no
  ///     further information.
  mutating func findings(in document: BSONView, sealingFaults faults: [SealingFault]) -> [Finding] {
    guard let version = document["schema_version"]?.int32 else { return [] }
    let ofArchive = archiveFindings(in: document, version, faults)
    guard let source = document["source"]?.document else { return ofArchive }
    let raw = document["raw_data"]
    guard collection == Collections.users else {
      let (record, findings) = record("/raw_data", raw, source, version, faults)
      return ofArchive + findings + (record.map { mirror.findings(in: document, record: $0) } ?? [])
    }
    let halves = raw?.document
    let (athlete, ofAthlete) = record(
      "/raw_data/athlete", halves?["athlete"], source["athlete"]?.document, version, faults)
    let (token, ofToken) = record("/raw_data/token", halves?["token"], source["token"]?.document, version, faults)
    let (zones, ofZones) = record("/raw_data/zones", halves?["zones"], source["zones"]?.document, version, faults)
    return ofArchive + ofAthlete + (athlete.map { mirror.findings(in: document, record: $0) } ?? [])
      + ofToken + (token.map { tokens.findings(in: document, record: $0) } ?? [])
      + ofZones + (zones.map { self.zones.findings(in: document, record: $0) } ?? [])
  }

  private mutating func archiveFindings(
    in document: BSONView, _ version: Int32, _ faults: [SealingFault]
  ) -> [Finding] {
    switch collection {
    case Collections.activities: rowFindings(in: document, version, faults)
    case Collections.users: profileFindings(in: document, version, faults)
    default: []
    }
  }

  /// Checks the profile of the account archive. The typed fields are those of the profile if nothing else has brought
  /// any.
  private mutating func profileFindings(
    in document: BSONView, _ version: Int32, _ faults: [SealingFault]
  ) -> [Finding] {
    guard let part = document["export_profile"]?.document, let id = document["strava_id"]?.wholeNumber,
      let stored = part["source"]?.document?["digest"]?.binary.flatMap({ Digest256(bytes: $0.bytes) }),
      !faults.contains(where: { $0.pointer.hasPrefix("/export_profile") })
    else { return [] }
    row.out.count = 0
    let start = row.begin()
    row.appendProfile(part, of: id)
    row.end(start)
    let record = BSONView(row.out.base)
    guard digest.digest(record.bytes, schemaVersion: version) == stored else {
      let message = "the profile differs from the imported one: its digest does not match"
      return [Finding(.alteredRecord, message, pointer: "/export_profile")]
    }
    guard document["source"]?.document?["athlete"] == nil, document["raw_data"]?.document?["athlete"] == nil,
      document["resource_state"]?.number == 1
    else { return [] }
    return profiles.findings(in: document, record: record, "profile in export_profile")
  }

  /// Checks the row of the account archive. The typed fields are those of the row if nothing else has brought any.
  private mutating func rowFindings(
    in document: BSONView, _ version: Int32, _ faults: [SealingFault]
  ) -> [Finding] {
    let pointer = "/export_row/row"
    guard let half = document["export_row"]?.document,
      let stored = half["source"]?.document?["digest"]?.binary.flatMap({ Digest256(bytes: $0.bytes) }),
      !faults.contains(where: { $0.pointer.hasPrefix("/export_row") })
    else { return [] }
    guard let cells = half["row"]?.document else {
      return [Finding(.alteredRecord, "the imported row is missing", pointer: pointer)]
    }
    row.out.count = 0
    let start = row.begin()
    row.append("export_row", document: cells.bytes)
    if let locale = half["locale"] { row.append("locale", locale) }
    row.end(start)
    let record = BSONView(row.out.base)
    guard digest.digest(record.bytes, schemaVersion: version) == stored else {
      let message = "the row differs from the imported one: its digest does not match"
      return [Finding(.alteredRecord, message, pointer: pointer)]
    }
    guard document["source"] == nil, document["raw_data"] == nil, document["resource_state"]?.number == 1 else {
      return []
    }
    return rows.findings(in: document, record: record, "row in export_row")
  }

  /// Returns the record if it is the imported one; otherwise the problem with it, if it is known.
  private func record(
    _ pointer: String, _ record: BSONField?, _ source: BSONView?, _ version: Int32, _ faults: [SealingFault]
  ) -> (BSONView?, [Finding]) {
    guard let stored = source?["digest"]?.binary.flatMap({ Digest256(bytes: $0.bytes) }),
      !faults.contains(where: { $0.pointer.hasPrefix(pointer) })
    else { return (nil, []) }
    guard let record = record?.document else {
      return (
        nil, [Finding(.alteredRecord, "the imported record is missing", pointer: pointer)]
      )
    }
    if digest.digest(record.bytes, schemaVersion: version) == stored { return (record, []) }
    return (
      nil,
      [Finding(.alteredRecord, "the record differs from the imported one: its digest does not match", pointer: pointer)]
    )
  }
}

extension RecordMirror {
  /// Returns a warning for each typed field that differs from its record.
  ///
  /// - Parameter place: What the record is, for the message.
  fileprivate mutating func findings(
    in document: BSONView, record: BSONView, _ place: String = "record in raw_data"
  ) -> [Finding] {
    differences(in: document, from: record).map {
      Finding(.differsFromRecord, "the field differs from the \(place)", severity: .warning, pointer: $0)
    }
  }
}

extension BSONField {
  fileprivate var int32: Int32? { self.is(.int32) ? integer.map(Int32.init(truncatingIfNeeded:)) : nil }
}
