import Findings
import Foundation

/// Takes the findings of all stages: counts them, and hands them on to be shown.
package final class FindingLog: @unchecked Sendable {
  // `lock` guards the counts and the order of what is shown.
  private let lock = NSLock()
  private let show: @Sendable (Finding) -> Void
  private let passOver: @Sendable (FindingCounts, _ file: String) -> Void
  private let cancellation: Cancellation
  private var counts = FindingCounts()
  private var errorCount = 0
  private var storeFailure: String?

  /// - Parameters:
  ///   - show: called with each finding.
  ///   - passOver: called with the numbers of findings of a file that are only counted.
  package init(
    cancellation: Cancellation, show: @escaping @Sendable (Finding) -> Void,
    passOver: @escaping @Sendable (FindingCounts, _ file: String) -> Void = { _, _ in }
  ) {
    self.cancellation = cancellation
    self.show = show
    self.passOver = passOver
  }

  /// By rule, whatever they weigh.
  package var findings: [Rule: Int] { weighed.byRule }
  /// By what they weigh, and by rule.
  package var weighed: [Severity: [Rule: Int]] { lock.withLock { counts.byRule } }
  package var errors: Int { lock.withLock { errorCount } }
  /// Why the work had to end, where it had to.
  package var failure: String? { lock.withLock { storeFailure } }

  package func add(_ finding: Finding) {
    lock.withLock { record(finding) }
  }

  /// Adds findings of one thing together, and runs `body` before any other finding is added.
  package func add(_ findings: [Finding], then body: () throws -> Void) rethrows {
    try lock.withLock {
      for finding in findings { record(finding) }
      try body()
    }
  }

  /// Counts findings of a file that are not shown.
  package func add(_ more: FindingCounts, file: String) {
    guard !more.isEmpty else { return }
    lock.withLock {
      counts.merge(more)
      errorCount += more.total(.error)
      passOver(more, file)
    }
  }

  /// Shows what is counted elsewhere.
  package func tell(_ finding: Finding) {
    lock.withLock { show(finding) }
  }

  /// Ends the work: nothing more can be stored.
  package func fail(_ reason: String) {
    lock.withLock { storeFailure = storeFailure ?? reason }
    cancellation.request(.storeFailed)
  }

  /// The same for a stage's failure, unless it comes of a stop that was asked for.
  package func fail(unlessStopped error: any Error) {
    if !cancellation.isSignal { fail(StoreFailure(error).message) }
  }

  private func record(_ finding: Finding) {
    counts.add(finding.rule, finding.severity)
    if finding.severity == .error { errorCount += 1 }
    show(finding)
  }
}

extension [Severity: [Rule: Int]] {
  /// The counts by rule alone.
  package var byRule: [Rule: Int] { values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) } }
}
