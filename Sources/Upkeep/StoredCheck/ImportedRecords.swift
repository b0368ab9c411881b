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
    let ofRow = collection == Collections.activities ? rowFindings(in: document, version, faults) : []
    guard let source = document["source"]?.document else { return ofRow }
    let raw = document["raw_data"]
    guard collection == Collections.users else {
      let (record, findings) = record("/raw_data", raw, source, version, faults)
      return ofRow + findings + (record.map { mirror.findings(in: document, record: $0) } ?? [])
    }
    let halves = raw?.document
    let (athlete, ofAthlete) = record(
      "/raw_data/athlete", halves?["athlete"], source["athlete"]?.document, version, faults)
    let (token, ofToken) = record("/raw_data/token", halves?["token"], source["token"]?.document, version, faults)
    let (zones, ofZones) = record("/raw_data/zones", halves?["zones"], source["zones"]?.document, version, faults)
    return ofAthlete + (athlete.map { mirror.findings(in: document, record: $0) } ?? [])
      + ofToken + (token.map { tokens.findings(in: document, record: $0) } ?? [])
      + ofZones + (zones.map { self.zones.findings(in: document, record: $0) } ?? [])
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
    return rows.findings(in: document, record: record)
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

extension BSONField {
  fileprivate var int32: Int32? { self.is(.int32) ? integer.map(Int32.init(truncatingIfNeeded:)) : nil }
}
