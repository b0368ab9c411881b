import BSON
import Findings
import SourceText
import StravaRecords

/// The notes of a worker, in addition to the findings of records.
extension RecordWorker {
  /// Reports problems between the records, in input order with their findings, however the batch was divided.
  mutating func reportBetweenRecords(_ findings: inout ArraySlice<Finding>, before offset: Int) {
    while let first = findings.first, first.position?.offset ?? 0 < offset {
      findings.removeFirst()
      if first.rule == .wrapperKeys, options.rules.severity(of: .wrapperKeys) == .note, let pointer = first.pointer {
        reader.noteWrapperKey(WrapperKey(name: String(pointer.dropFirst()), pointer: pointer))
      } else if let weighed = options.rules.weighed(first) {
        if wants(weighed.severity) {
          take(weighed)
          events.append(.finding(weighed))
        } else {
          counted.add(weighed.rule, weighed.severity)
        }
      }
    }
  }

  /// Adds the notes that occurred first in the batch, beginning with the one with this number.
  mutating func addNotes(from known: Int, _ slice: RecordSlice, _ batch: RecordBatch, _ pointer: String) {
    guard options.reportsNotes else { return }
    let origin = RecordOrigin(batch: batch, slice: slice, pointer: pointer)
    for key in reader.notes.keys[known...] { events.append(.note(key, origin)) }
  }

  /// Replaces Extended JSON in the document with the values that it represents.
  mutating func readExtended(_ slice: RecordSlice, _ batch: RecordBatch) {
    var plain = BSONWriter()
    let records = ExtendedRecords.rewrite(transcoder.document, into: &plain)
    guard !records.isEmpty else { return }
    transcoder.replaceDocument(with: BSONView(plain.out.base))
    guard let severity = options.rules.severity(of: .extendedJSON) else { return }
    for pointer in records {
      let known = reader.notes.keys.count
      if severity == .note {
        reader.noteExtendedJSON(in: batch.file, at: pointer)
      } else {
        let message = "MongoDB Extended JSON, converted to plain values"
        events.append(
          .finding(positioned(Finding(.extendedJSON, message, severity: severity, pointer: pointer), batch, slice)))
      }
      addNotes(from: known, slice, batch, pointer)
    }
  }

  /// Notes a member of a wrapper that is not a record.
  mutating func note(_ key: WrapperKey, _ slice: RecordSlice, _ batch: RecordBatch) {
    guard let severity = options.rules.severity(of: .wrapperKeys) else { return }
    let known = reader.notes.keys.count
    if severity == .note {
      reader.noteWrapperKey(key)
    } else {
      let finding = Finding.wrapperKey(key.name, severity: severity, pointer: key.pointer)
      report(finding, batch, slice)
    }
    addNotes(from: known, slice, batch, "")
  }
}

extension ImportOptions {
  /// Returns the reason why records of this kind are excluded; nil if they are included.
  func objection(to kind: RecordKind) -> Finding? {
    guard !wantedKinds.isEmpty, !wantedKinds.contains(kind) else { return nil }
    let wanted = RecordKind.allCases.filter(wantedKinds.contains).map(\.humanName).joined(separator: " or ")
    return Finding(.otherKind, "expected \(wanted), found \(kind.humanName)", pointer: "")
  }
}
