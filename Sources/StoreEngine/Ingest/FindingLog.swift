import Foundation
import SourceText

/// A record that was rejected, and why.
struct Rejection {
  let findings: [Finding]
  let origin: RecordOrigin
  /// The athlete of the object around the record.
  let owner: Int64?

  /// The record's bytes, where they are at hand.
  var text: UnsafeRawBufferPointer? { origin.slice.oversized == nil ? origin.text : nil }
  /// Bytes of the record's text.
  var length: Int { origin.slice.oversized?.bytes ?? origin.text.count }
}

/// Takes the findings of all stages: counts them, hands them on to be shown, and keeps what was rejected.
final class FindingLog: @unchecked Sendable {
  // `lock` guards the counts, the reject file and the order of what is shown.
  private let lock = NSLock()
  private let show: @Sendable (Finding) -> Void
  private let rejects: RejectFile?
  private let interruption: Interruption
  private var counts: [Severity: [Rule: Int]] = [:]
  private var errorCount = 0
  private var storeFailure: String?

  init(rejects: RejectFile?, interruption: Interruption, show: @escaping @Sendable (Finding) -> Void) {
    self.rejects = rejects
    self.interruption = interruption
    self.show = show
  }

  /// By rule, whatever they weigh.
  var findings: [Rule: Int] { weighed.byRule }
  /// By what they weigh, and by rule.
  var weighed: [Severity: [Rule: Int]] { lock.withLock { counts } }
  var errors: Int { lock.withLock { errorCount } }
  /// Why the work had to end, where it had to.
  var failure: String? { lock.withLock { storeFailure } }

  func add(_ finding: Finding) {
    lock.withLock { record(finding) }
  }

  /// Shows what is counted elsewhere.
  func tell(_ finding: Finding) {
    lock.withLock { show(finding) }
  }

  func add(_ rejection: Rejection) {
    let failed: String? = lock.withLock {
      for finding in rejection.findings { record(finding) }
      do {
        try rejects?.append(rejection)
        return nil
      } catch {
        return "the reject file cannot be written: \(error)"
      }
    }
    if let failed { fail(failed) }
  }

  /// Ends the work: nothing more can be stored.
  func fail(_ reason: String) {
    lock.withLock { storeFailure = storeFailure ?? reason }
    interruption.request(.storeFailed)
  }

  /// The same for a stage's failure, unless it comes of a stop that was asked for.
  func fail(unlessStopped error: any Error) {
    if !interruption.isSignal { fail(StoreFailure(error).message) }
  }

  private func record(_ finding: Finding) {
    counts[finding.severity, default: [:]][finding.rule, default: 0] += 1
    if finding.severity == .error { errorCount += 1 }
    show(finding)
  }
}

extension [Severity: [Rule: Int]] {
  /// The counts by rule alone.
  var byRule: [Rule: Int] { values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) } }
}
