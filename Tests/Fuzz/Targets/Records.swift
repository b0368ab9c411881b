import BSON
import Findings
import Mongo
import SourceText
import StravaRecords

/// Reads the text of one record, with everything that `validate` does with it.
func checkRecord(_ text: [UInt8]) throws {
  let batch = text.withUnsafeBytes { RecordBatch(file: "fuzz", ordinal: 1, text: $0) }
  var stages = RecordStages()
  for slice in batch.slices { try stages.read(slice, of: batch, size: text.count) }
}

/// Reads a file of any kind: every source in it is cut into records, and every record is read.
func checkInput(_ bytes: [UInt8]) throws {
  let file = try MemoryFile(bytes)
  var stages = RecordStages()
  var violation: (any Error)?
  var findings = 0
  var records = 0
  InputSet(paths: [file.path]).forEachSource { _ in
    findings += 1
  } body: { source in
    var framer = RecordFramer(source, framing: .records)
    while violation == nil, let batch = framer.next() {
      findings += batch.findings.count
      records += batch.slices.count
      do {
        for slice in batch.slices { try stages.read(slice, of: batch, size: .max) }
      } catch {
        violation = error
      }
    }
    return violation == nil
  }
  if let violation { throw violation }
  try expect(findings + records > 0, "no record and no word about why")
}

extension Framing {
  /// Frames the file as the program does, with less text in memory.
  fileprivate static var records: Framing {
    var framing = Framing()
    framing.batchSize = 4096
    framing.maxWhole = 2048
    framing.maxRecord = 1 << 16
    return framing
  }
}

/// The work of one worker on records, without keys.
private struct RecordStages: ~Copyable {
  private var transcoder = JSONTranscoder(mark: RecordKeys.tag)
  private var reader = RecordReader()
  private var fields = BSONWriter(capacity: 1 << 12)

  /// - Parameter size: The size of the text; no finding's position exceeds it.
  mutating func read(_ slice: RecordSlice, of batch: RecordBatch, size: Int) throws {
    guard slice.oversized == nil else { return }
    do throws(JSONError) {
      try batch.transcode(slice, with: &transcoder)
    } catch {
      let finding = batch.finding(for: error, in: slice) { $0.utf8.count % 2 == 0 ? .everything : .texts }
      try expect(finding.position.map { 0...size ~= $0.offset } ?? false, "a finding is placed outside of the text")
      _ = batch.isArray(slice)
      return
    }
    // Extended JSON is read as the values that it represents, as import does.
    var plain = BSONWriter()
    if !ExtendedRecords.rewrite(transcoder.document, into: &plain).isEmpty {
      try expect(BSONDocument(checking: plain.out.bytes) != nil, "what Extended JSON stands for is not well-formed")
      transcoder.replaceDocument(with: BSONView(plain.out.base))
    }
    try read(transcoder.document, transcoder.outline, slice, batch, size)
  }

  private mutating func read(
    _ document: BSONView, _ outline: BSONOutline?, _ slice: RecordSlice, _ batch: RecordBatch, _ size: Int
  ) throws {
    var found = 0
    let rest = try forEachRecord(in: document, outline: outline) { record in
      found += 1
      try read(record, slice, batch, size)
    }
    try expect(found + rest.count > 0 || document.isEmpty, "the object neither is nor wraps a record")
    for key in rest { reader.noteWrapperKey(key) }
    _ = reader.takeNotes()
  }

  /// Reads a record, and the activities among its unknown members.
  private mutating func read(
    _ record: FoundRecord, _ slice: RecordSlice, _ batch: RecordBatch, _ size: Int
  ) throws {
    let reading = reader.read(
      record.view, record.detected, outline: record.outline,
      rules: record.pointer.utf8.count % 2 == 1 ? .strict : .standard)
    for var finding in reading.findings {
      finding.pointer = record.pointer + (finding.pointer ?? "")
      let located = batch.located(finding, in: slice)
      try expect(located.position.map { 0...size ~= $0.offset } ?? false, "a finding is placed outside of the text")
    }
    try expect(reading.model == nil || !reading.isRejected, "a rejected record has a model")
    if let model = reading.model {
      fields.out.count = 0
      let start = fields.begin()
      model.appendStoredFields(to: &fields)
      fields.end(start)
      try expect(BSONDocument(checking: fields.out.bytes) != nil, "the typed fields are not well-formed")
    }
    for activity in ActivitySearch(unknownMembers: reading.unknownMembers, of: record).found {
      let isKnown = activity.detected.kind == .activity || activity.detected.kind == .athleteZones
      try expect(isKnown, "what is found inside a record is neither an activity nor zones")
      try expect(activity.pointer.hasPrefix(record.pointer + "/"), "an activity is found outside of its record")
      try read(activity, slice, batch, size)
    }
  }
}
