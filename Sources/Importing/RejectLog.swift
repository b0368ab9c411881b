import Findings
import SourceText
import StoreAccess

/// A record that was rejected, and why.
struct Rejection {
  let findings: [Finding]
  let origin: RecordOrigin
  /// The athlete of the object around the record.
  let owner: Int64?
  /// Whether an earlier record's finding counts this one: only the record itself is still to be kept.
  var isCounted = false

  /// The record's bytes, where they are at hand.
  var text: UnsafeRawBufferPointer? { origin.slice.oversized == nil ? origin.text : nil }
  /// Bytes of the record's text.
  var length: Int { origin.slice.oversized?.bytes ?? origin.text.count }
}

/// Takes the findings of an import, and keeps the records that were rejected.
struct RejectLog: Sendable {
  let findings: FindingLog
  private let file: RejectFile?

  init(_ findings: FindingLog, _ file: RejectFile?) {
    self.findings = findings
    self.file = file
  }

  func add(_ rejection: Rejection) {
    do {
      // In the log's turn: the file's lines stand in the order in which their findings are shown.
      try findings.add(rejection.isCounted ? [] : rejection.findings) { try file?.append(rejection) }
    } catch {
      findings.fail("cannot write the reject file: \(error)")
    }
  }
}
