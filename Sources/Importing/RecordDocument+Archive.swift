import BSON
import FieldCrypto
import Sealing
import StoreAccess

/// The writing of rows and profiles of the account archive, each of which is a part of its own of a document.
extension RecordDocument {
  mutating func appendArchivePart(
    _ pending: PendingRecord, _ stamp: WriteStamp, replacing version: ReplacedVersion? = nil, to out: inout BSONWriter
  ) {
    if target.isProfile {
      appendProfile(pending, stamp, replacing: version, to: &out)
    } else {
      appendRow(pending, stamp, replacing: version, to: &out)
    }
  }

  /// Writes the tables about an athlete, each sealed whole, and their source.
  private mutating func appendProfile(
    _ pending: PendingRecord, _ stamp: WriteStamp, replacing version: ReplacedVersion?, to out: inout BSONWriter
  ) {
    let bytes = pending.batch.raw(of: pending.record)
    guard let tables = bytes.baseAddress.map({ BSONView($0) })?["export_profile"]?.document else { return }
    let part = out.begin("export_profile")
    for name in ["profile", "bikes", "shoes"] as [StaticString] {
      guard let table = tables[name] else { continue }
      if pending.sealing == nil {
        out.append(name, table)
      } else {
        walk.appendWhole(name, at: ["export_profile", name], value: table, to: &out)
      }
    }
    appendSource(pending.record, "source", stamp, replacing: version, to: &out)
    out.end(part)
  }

  /// Writes the row: its cells, its language and its source.
  private mutating func appendRow(
    _ pending: PendingRecord, _ stamp: WriteStamp, replacing version: ReplacedVersion?, to out: inout BSONWriter
  ) {
    let bytes = pending.batch.raw(of: pending.record)
    guard let record = bytes.baseAddress.map({ BSONView($0) }), let cells = record["export_row"]?.document else {
      return
    }
    let half = out.begin("export_row")
    if pending.sealing == nil {
      out.append("row", document: cells.bytes)
    } else {
      walk.append("row", at: ["export_row", "row"], document: cells, to: &out)
    }
    if let locale = record["locale"] { out.append("locale", locale) }
    appendSource(pending.record, "source", stamp, replacing: version, to: &out)
    out.end(half)
  }

  /// Writes the filter of a guarded update: it matches the document only as the look-up read it. An upsert that does
  /// not match fails with a duplicate key, which sends the record back to the look-up.
  ///
  /// No condition is an equality, because an upsert would write those values into a new document.
  func appendArchiveGuard(
    _ record: PreparedRecord, over stored: StoredState, _ around: ArchiveSurroundings, to out: inout BSONWriter
  ) {
    let start = out.begin()
    appendKey(record, to: &out)
    let digest = stored.digest.map { $0.withUnsafeBytes { Array($0) } }
    appendSame(target.digestField, digest.map(Self.binary), "binData", &out)
    appendSame(
      target.isProfile ? "source.athlete.digest" : "source.digest", around.recordDigest.map(Self.binary), "binData",
      &out)
    appendSame("updated_at", around.updatedAt.map { BSONValue.date($0) }, "date", &out)
    appendSame("resource_state", around.resourceState.map { BSONValue.double($0) }, "number", &out)
    out.end(start)
  }

  static func binary(_ bytes: [UInt8]) -> BSONValue { .binary(subtype: BinarySubtype.generic, bytes) }

  /// Writes the condition that a field has a value, or that it has none of a type.
  func appendSame(_ field: StaticString, _ value: BSONValue?, _ type: String, _ out: inout BSONWriter) {
    let condition = out.begin(field)
    if let value {
      out.append(name: "$gte", value)
      out.append(name: "$lte", value)
    } else {
      let not = out.begin("$not")
      out.append("$type", type)
      out.end(not)
    }
    out.end(condition)
  }

  /// Writes an update that sets the part, and the typed fields where they come from it.
  mutating func appendArchiveUpdate(
    _ pending: PendingRecord, over stored: StoredState, in around: ArchiveSurroundings,
    replacing version: ReplacedVersion?, _ stamp: WriteStamp, to out: inout BSONWriter
  ) {
    begin(pending)
    let start = out.begin()
    let set = out.begin("$set")
    if around.ownsFields {
      if around.lacksUser { appendUser(of: pending, to: &out) }
      appendTyped(pending, to: &out)
    }
    appendArchivePart(pending, stamp, replacing: version, to: &out)
    appendCompleteSources(stored, stamp, to: &out)
    out.append("schema_version", schemaVersion)
    out.append("updated_at", stamp.at)
    out.end(set)
    // Another program has taken over the typed fields, so they are no longer those of the part.
    let lacking = around.ownsFields ? missingFields(pending) : around.wereTakenOver ? ["resource_state"] : []
    if !lacking.isEmpty {
      let unset = out.begin("$unset")
      for name in lacking { out.append(name: name, .string("")) }
      out.end(unset)
    }
    let onInsert = out.begin("$setOnInsert")
    out.append("_id", newID(pending.record))
    out.append("created_at", stamp.at)
    // The document may have been deleted since the look-up.
    if !around.ownsFields || !around.lacksUser { appendUser(of: pending, to: &out) }
    if !around.ownsFields {
      appendPlatformFields(pending, to: &out)
      for element in elements(pending) where !lacking.contains(element.keyText) { out.append(element) }
    }
    out.end(onInsert)
    out.end(start)
  }
}
