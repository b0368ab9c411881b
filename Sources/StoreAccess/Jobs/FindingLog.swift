import Findings
import Synchronization

/// A log that takes the findings of all stages of a job, counts them, and passes them on to be shown one at a time.
package final class FindingLog: Sendable {
  private struct State {
    var counts = FindingCounts()
    var errors = 0
    var failure: String?
  }

  package let cancellation: Cancellation
  private let show: @Sendable (Finding) -> Void
  private let passOver: @Sendable (FindingCounts, _ file: String) -> Void
  // The lock is also held while a finding is shown.
  private let state = Mutex(State())

  /// - Parameters:
  ///   - show: A function that is called with each finding.
  ///   - passOver: A function that is called with the numbers of a file's findings that are only counted.
  package init(
    cancellation: Cancellation, show: @escaping @Sendable (Finding) -> Void,
    passOver: @escaping @Sendable (FindingCounts, _ file: String) -> Void = { _, _ in }
  ) {
    self.cancellation = cancellation
    self.show = show
    self.passOver = passOver
  }

  /// The numbers of findings by severity and by rule.
  package var weighed: [Severity: [Rule: Int]] { state.withLock { $0.counts.byRule } }
  package var errors: Int { state.withLock { $0.errors } }
  /// The reason why the work had to end; nil if it did not have to.
  package var failure: String? { state.withLock { $0.failure } }

  package func add(_ finding: Finding) {
    state.withLock { record(finding, &$0) }
  }

  /// Adds findings as a group, and runs `body` before any other finding is added.
  package func add<E: Error>(_ findings: [Finding], then body: () throws(E) -> Void) throws(E) {
    try state.withLock { (state) throws(E) in
      for finding in findings { record(finding, &state) }
      try body()
    }
  }

  /// Counts findings of a file that are not shown.
  package func add(_ more: FindingCounts, file: String) {
    guard !more.isEmpty else { return }
    state.withLock { state in
      state.counts.merge(more)
      state.errors += more.total(.error)
      passOver(more, file)
    }
  }

  /// Shows findings that are counted elsewhere.
  package func showUncounted(_ finding: Finding) {
    state.withLock { _ in show(finding) }
  }

  /// Ends the work, because nothing more can be stored.
  package func fail(_ reason: String) {
    note(failure: reason)
    cancellation.request(.storeFailed)
  }

  /// Ends the work after a stage's failure, unless a requested stop caused the failure.
  package func fail(unlessStopped error: any Error) {
    if !cancellation.isSignal { fail(StoreFailure(error).message) }
  }

  /// Records a failure after which nothing is left to stop. Only the first failure is kept.
  package func note(failure reason: String) {
    state.withLock { $0.failure = $0.failure ?? reason }
  }

  private func record(_ finding: Finding, _ state: inout State) {
    state.counts.add(finding.rule, finding.severity)
    if finding.severity == .error { state.errors += 1 }
    show(finding)
  }
}
