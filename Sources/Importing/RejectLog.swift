import Findings
import SourceText
import StoreAccess

/// A rejected record and the reason.
struct Rejection {
  let findings: [Finding]
  let origin: RecordOrigin
  /// The athlete of the object that contains the record.
  let owner: Int64?
  /// True if an earlier record's finding already counts this one, so that only the record itself has to be kept.
  var isCounted = false

  /// The record's bytes, if they are available.
  var text: UnsafeRawBufferPointer? { origin.slice.oversized == nil ? origin.text : nil }
  /// The number of bytes of the record's text.
  var length: Int { origin.slice.oversized?.bytes ?? origin.text.count }
}

/// A log that takes the findings of an import and keeps the rejected records.
struct RejectLog: Sendable {
  let findings: FindingLog
  private let file: RejectFile?

  init(_ findings: FindingLog, _ file: RejectFile?) {
    self.findings = findings
    self.file = file
  }

  func add(_ rejection: Rejection) {
    do {
      // This runs while the log is locked, so the file's lines have the order in which their findings are shown.
      try findings.add(rejection.isCounted ? [] : rejection.findings) { try file?.append(rejection) }
    } catch {
      findings.fail("cannot write the reject file: \(error)")
    }
  }
}
