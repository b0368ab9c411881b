import BSON
import FieldCrypto
import Foundation
import Sealing
import SourceText
import StoreAccess
import StravaRecords

/// A writer of a record's document and of the guarded update with the same result, including sealed values and their
/// blind indexes.
struct RecordDocument: ~Copyable {
  let target: RecordTarget
  let origin: ImportOptions.Origin
  let blindIndexes: BlindIndexes
  var walk = SealingWalk()

  init(_ target: RecordTarget, origin: ImportOptions.Origin, blindIndexes: BlindIndexes) {
    self.target = target
    self.origin = origin
    self.blindIndexes = blindIndexes
  }

  /// Writes the whole new document.
  mutating func appendInsert(_ pending: PendingRecord, _ stamp: WriteStamp, to out: inout BSONWriter) {
    let record = pending.record
    begin(pending)
    let start = out.begin()
    out.append("_id", newID(record))
    if target.lacksProfile {
      appendKey(record, to: &out)
      out.append("resource_state", Int32(1))
    }
    appendUser(of: pending, to: &out)
    appendTyped(pending, to: &out)
    if target.isOfArchive {
      appendArchivePart(pending, stamp, to: &out)
    } else if let half = target.half {
      let raw = out.begin("raw_data")
      appendRaw(pending, half, to: &out)
      out.end(raw)
      let source = out.begin("source")
      appendSource(record, half, stamp, to: &out)
      out.end(source)
    } else {
      appendRaw(pending, "raw_data", to: &out)
      appendSource(record, "source", stamp, to: &out)
    }
    out.append("schema_version", schemaVersion)
    out.append("created_at", record.references?.createdAt ?? stamp.at)
    out.append("updated_at", stamp.at)
    out.end(start)
  }

  /// Writes the filter of a guarded upsert: it matches the document as the look-up read it, and no document that the
  /// record may not replace. Any other document under the same key makes the upsert fail with a duplicate key, which
  /// sends the record back to the look-up.
  ///
  /// Every condition is on one field. What was read decides which conditions are needed, so that none of them is an
  /// alternative: beside `$or` or `$nor`, a server may scan the collection instead of using the index of the key.
  ///
  /// - Parameter version: The version that this run has written and the record replaces, if there is one.
  func appendGuard(
    _ pending: PendingRecord, over stored: StoredState, replacing version: ReplacedVersion?, to out: inout BSONWriter
  ) {
    let record = pending.record
    let start = out.begin()
    appendKey(record, to: &out)
    // Null also matches a missing field.
    if stored.lacksUser, target.hasOwner { out.append(name: "user_id", .null) }
    appendUnchanged(stored, to: &out)
    if let version {
      appendEquals(version, to: &out)
    } else {
      record.digest.withUnsafeBytes { digest in
        let differs = out.begin(target.digestField)
        out.append("$ne", subtype: BinarySubtype.generic, binary: digest)
        out.end(differs)
      }
    }
    switch target.precedence {
    // A row has a guard of its own.
    case .content, .arrival, .filledCells: break
    case .time:
      if let field = target.timeField {
        let latest = record.time.map { BSONDate(milliseconds: $0.milliseconds + pending.timeError) }
        appendNotLater(field, latest, to: &out)
      }
    case .rankThenTime:
      let hasSameRank = stored.decisiveRank == Double(record.rank)
      let time = target.timeField.flatMap { field in record.time.map { (field, $0) } }
      // Times are compared only between equal ranks. A document whose rank has become equal since is read again.
      let tooHigh: StaticString = time == nil || hasSameRank ? "$gt" : "$gte"
      appendRank("resource_state", not: tooHigh, record.rank, exists: stored.rank != nil, to: &out)
      // The claim in the raw data identifies only documents that import has not written.
      if stored.rank == nil { appendRank(target.rawRankField, not: tooHigh, record.rank, exists: false, to: &out) }
      if hasSameRank, let (field, time) = time { appendNotLater(field, time, to: &out) }
    }
    out.end(start)
  }

  /// Writes the filter of an update that matches the document only as it was read, and no other.
  ///
  /// No condition is an equality, because an upsert would write those values into a new document.
  func appendExactGuard(_ pending: PendingRecord, over stored: StoredState, to out: inout BSONWriter) {
    let start = out.begin()
    appendKey(pending.record, to: &out)
    if stored.lacksUser, target.hasOwner { out.append(name: "user_id", .null) }
    appendAsRead(stored, to: &out)
    if target.precedence == .time, let field = target.timeField {
      let latest = pending.record.time.map { BSONDate(milliseconds: $0.milliseconds + pending.timeError) }
      appendNotLater(field, latest, to: &out)
    }
    out.end(start)
  }

  /// Writes the update that marks a record and its fields as complete at the `updated_at` that was read, and its filter.
  func appendCompletion(
    of record: PreparedRecord, over stored: StoredState, filter: inout BSONWriter, update: inout BSONWriter
  ) {
    let start = filter.begin()
    appendKey(record, to: &filter)
    appendAsRead(stored, to: &filter)
    filter.end(start)
    let whole = update.begin()
    let set = update.begin("$set")
    update.append(name: "\(target.sourceField).as_of", stored.updatedAt.map { .date($0) } ?? .null)
    update.end(set)
    update.end(whole)
  }

  private func appendAsRead(_ stored: StoredState, to out: inout BSONWriter) {
    let digest = stored.digest.map { $0.withUnsafeBytes { Array($0) } }
    appendSame(target.digestField, digest.map(Self.binary), "binData", &out)
    appendSame("updated_at", stored.updatedAt.map { BSONValue.date($0) }, "date", &out)
    appendSame("resource_state", stored.rank.map { BSONValue.double($0) }, "number", &out)
    appendSame(target.rawRankField, stored.rawRank.map { BSONValue.double($0) }, "number", &out)
  }

  /// Writes a condition that the document was not written since it was read, if this write marks other parts of it as
  /// complete, too.
  private func appendUnchanged(_ stored: StoredState, to out: inout BSONWriter) {
    guard !stored.completeSources.isEmpty else { return }
    appendSame("updated_at", stored.updatedAt.map { BSONValue.date($0) }, "date", &out)
  }

  /// Marks the other parts of the document that were complete as complete at the time of this write.
  func appendCompleteSources(_ stored: StoredState, _ stamp: WriteStamp, to out: inout BSONWriter) {
    for path in stored.completeSources {
      out.append(name: (path.map { "\($0)" } + ["as_of"]).joined(separator: "."), .date(stamp.at))
    }
  }

  /// Writes a filter for a document with the record's key in which the field exists and is not an object.
  func appendObstruction(_ record: PreparedRecord, _ field: String, to out: inout BSONWriter) {
    let start = out.begin()
    appendKey(record, to: &out)
    let either = out.beginArray("$or")
    let array = out.begin("0")
    appendType("array", field, to: &out)
    out.end(array)
    // A type condition on an array also matches the types of its elements.
    let other = out.begin("1")
    let condition = out.begin(name: field)
    out.append("$exists", true)
    appendType("object", "$not", to: &out)
    out.end(condition)
    out.end(other)
    out.end(either)
    out.end(start)
  }

  private func appendType(_ type: String, _ field: String, to out: inout BSONWriter) {
    let condition = out.begin(name: field)
    out.append("$type", type)
    out.end(condition)
  }

  /// Writes an update that sets the record's fields, removes the fields that it lacks, and leaves other fields
  /// unchanged.
  ///
  /// - Parameter stored: The state that the look-up has read. A document keeps the `user_id` that it has.
  mutating func appendUpdate(
    _ pending: PendingRecord, over stored: StoredState, replacing version: ReplacedVersion?, _ stamp: WriteStamp,
    to out: inout BSONWriter
  ) {
    let record = pending.record
    begin(pending)
    let start = out.begin()
    let set = out.begin("$set")
    if stored.lacksUser { appendUser(of: pending, to: &out) }
    appendTyped(pending, to: &out)
    appendRaw(pending, target.rawField, to: &out)
    appendSource(record, target.sourceField, stamp, replacing: version, to: &out)
    appendCompleteSources(stored, stamp, to: &out)
    out.append("schema_version", schemaVersion)
    out.append("updated_at", stamp.at)
    out.end(set)
    let lacking = missingFields(pending)
    if !lacking.isEmpty {
      let unset = out.begin("$unset")
      for name in lacking { out.append(name: name, .string("")) }
      out.end(unset)
    }
    let onInsert = out.begin("$setOnInsert")
    out.append("_id", newID(record))
    if !stored.lacksUser { appendUser(of: pending, to: &out) }
    if target.lacksProfile { out.append("resource_state", Int32(1)) }
    out.append("created_at", stamp.at)
    out.end(onInsert)
    out.end(start)
  }

  func appendKey(_ record: PreparedRecord, to out: inout BSONWriter) {
    switch record.key {
    case .strava(let id): out.append(target.keyField, id)
    case .object(let id): out.append(target.keyField, id)
    }
  }

  func newID(_ record: PreparedRecord) -> ObjectID {
    switch record.key {
    case .strava(let id): .deterministic(target.collection, id)
    case .object(let id): id
    }
  }

  mutating func begin(_ pending: PendingRecord) {
    guard let sealing = pending.sealing else { return }
    let document =
      switch pending.record.key {
      case .strava(let id): String(id)
      case .object(let id): id.description
      }
    walk.begin(
      sealing.policy, under: sealing.key, collection: target.collection, document: document,
      inner: pending.record.innerClasses)
  }

  /// Writes `user_id`, for activities and insights.
  func appendUser(of pending: PendingRecord, to out: inout BSONWriter) {
    guard target.hasOwner else { return }
    switch pending.form {
    case .specification: if let owner = pending.owner { out.append("user_id", owner) }
    case .platform: if let athlete = pending.athlete { out.append("user_id", athlete) }
    }
  }

  /// Writes the fields that only the platform's form has.
  func appendPlatformFields(_ pending: PendingRecord, to out: inout BSONWriter) {
    guard pending.form == .platform, target.collection == Collections.activities else { return }
    if case .strava(let id) = pending.record.key { out.append("strava_id", id) }
    if let type = elements(pending).first(where: { $0.hasKey("type") }) { out.append("activity_type", type.value) }
  }

  mutating func appendTyped(_ pending: PendingRecord, to out: inout BSONWriter) {
    if let activity = pending.activity { out.append("activity_id", activity) }
    appendPlatformFields(pending, to: &out)
    let fields = pending.batch.fields(of: pending.record)
    guard let sealing = pending.sealing else { return out.out.append(fields) }
    if target.storedClasses.isDisjoint(with: sealing.policy.classes) {
      out.out.append(fields)
    } else {
      walk.append(elements: fields, to: &out)
    }
    if target.half != nil {
      for element in elements(pending) {
        guard let index = blindIndexes.index(of: element) else { continue }
        index.digest.withUnsafeBytes { out.append(index.name, subtype: BinarySubtype.generic, binary: $0) }
      }
    }
  }

  /// Writes the raw record. Athlete and token are identity as a whole and are sealed whole; zones are sealed whole if
  /// health is sealed. Other records are sealed value by value.
  private mutating func appendRaw(_ pending: PendingRecord, _ name: StaticString, to out: inout BSONWriter) {
    let bytes = pending.batch.raw(of: pending.record)
    guard let sealing = pending.sealing, let base = bytes.baseAddress else { return out.append(name, document: bytes) }
    if let half = target.half {
      let path: [StaticString] = ["raw_data", half]
      if target.isSealedWhole(under: sealing.policy) {
        let value = BSONField(type: BSONType.document.rawValue, base: base)
        walk.appendWhole(name, at: path, value: value, to: &out)
      } else {
        walk.append(name, at: path, document: BSONView(base), to: &out)
      }
    } else {
      let offsets = sealing.policy == pending.record.policy ? pending.record.sealedOffsets : nil
      walk.append(name, document: BSONView(base), offsets: offsets, to: &out)
    }
  }

  func missingFields(_ pending: PendingRecord) -> [String] {
    var present: Set<String> = []
    for element in elements(pending) {
      present.insert(element.keyText)
      if let index = blindIndexes.index(of: element) { present.insert("\(index.name)") }
    }
    let platform =
      pending.form == .platform && target.collection == Collections.activities && !present.contains("type")
      ? ["activity_type"] : []
    return target.owned.filter { !present.contains($0) } + platform
  }

  /// Returns the typed elements, which are stored in the arena without a document around them.
  func elements(_ pending: PendingRecord) -> [BSONElement] {
    let bytes = pending.batch.fields(of: pending.record)
    guard let base = bytes.baseAddress else { return [] }
    var all: [BSONElement] = []
    var iterator = BSONView.Iterator(at: base)
    while iterator.at < base + bytes.count, let element = iterator.next() { all.append(element) }
    return all
  }

  func appendSource(
    _ record: PreparedRecord, _ key: StaticString, _ stamp: WriteStamp, replacing version: ReplacedVersion? = nil,
    to out: inout BSONWriter
  ) {
    let source = out.begin(key)
    out.append("origin", target.isOfArchive ? ImportOptions.Origin.export.rawValue : origin.rawValue)
    out.append("file", record.origin.batch.file)
    out.append("record", Int64(record.origin.slice.ordinal))
    record.digest.withUnsafeBytes { out.append("digest", subtype: BinarySubtype.generic, binary: $0) }
    withUnsafeBytes(of: stamp.run.uuid) { out.append("run", subtype: BinarySubtype.uuid, binary: $0) }
    out.append("imported_at", stamp.at)
    out.append("as_of", stamp.at)
    if let version {
      let also = out.beginArray("also")
      for (i, digest) in version.digests.enumerated() {
        digest.withUnsafeBytes {
          out.append(name: String(i), .binary(subtype: BinarySubtype.generic, Array($0)))
        }
      }
      out.end(also)
    }
    out.end(source)
  }

  /// - Parameters:
  ///   - tooHigh: The comparison that must not match. Its opposite would skip documents without the field.
  ///   - exists: True if the field must exist.
  private func appendRank(
    _ field: StaticString, not tooHigh: StaticString, _ rank: Int32, exists: Bool, to out: inout BSONWriter
  ) {
    let conditions = out.begin(field)
    let not = out.begin("$not")
    out.append(tooHigh, rank)
    out.end(not)
    if exists { out.append("$exists", true) }
    out.end(conditions)
  }

  /// Writes a condition that matches only what this run has written, so that no list of versions is taken over from
  /// another write.
  private func appendEquals(_ version: ReplacedVersion, to out: inout BSONWriter) {
    version.digest.withUnsafeBytes {
      out.append(target.digestField, subtype: BinarySubtype.generic, binary: $0)
    }
    let run = withUnsafeBytes(of: version.write.run.uuid) { Array($0) }
    out.append(name: "\(target.sourceField).run", .binary(subtype: BinarySubtype.uuid, run))
    out.append(name: "\(target.sourceField).imported_at", .date(version.write.at))
  }

  /// Writes a condition that the stored time is not later. A missing time counts as the earliest: it replaces only
  /// another missing time.
  private func appendNotLater(_ field: StaticString, _ time: BSONDate?, to out: inout BSONWriter) {
    guard let time else { return out.append(name: "\(field)", .null) }
    let condition = out.begin(field)
    let not = out.begin("$not")
    out.append("$gt", time)
    out.end(not)
    out.end(condition)
  }
}

extension StaticString {
  static func == (a: StaticString?, b: StaticString) -> Bool { a.map { "\($0)" == "\(b)" } ?? false }
}
