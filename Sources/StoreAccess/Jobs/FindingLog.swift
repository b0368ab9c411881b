import Findings
import Synchronization

/// Takes the findings of all stages of a job: counts them, and hands them on to be shown, one at a time.
package final class FindingLog: Sendable {
  private struct State {
    var counts: [Severity: [Rule: Int]] = [:]
    var errors = 0
    var failure: String?
  }

  package let cancellation: Cancellation
  private let show: @Sendable (Finding) -> Void
  // Held while a finding is shown, too.
  private let state = Mutex(State())

  package init(cancellation: Cancellation, show: @escaping @Sendable (Finding) -> Void) {
    self.cancellation = cancellation
    self.show = show
  }

  /// By what they weigh, and by rule.
  package var weighed: [Severity: [Rule: Int]] { state.withLock { $0.counts } }
  package var errors: Int { state.withLock { $0.errors } }
  /// Why the work had to end, where it had to.
  package var failure: String? { state.withLock { $0.failure } }

  package func add(_ finding: Finding) {
    state.withLock { record(finding, &$0) }
  }

  /// Adds findings of one thing together, and runs `body` before any other finding is added.
  package func add<E: Error>(_ findings: [Finding], then body: () throws(E) -> Void) throws(E) {
    try state.withLock { (state) throws(E) in
      for finding in findings { record(finding, &state) }
      try body()
    }
  }

  /// Shows what is counted elsewhere.
  package func tell(_ finding: Finding) {
    state.withLock { _ in show(finding) }
  }

  /// Ends the work: nothing more can be stored.
  package func fail(_ reason: String) {
    note(failure: reason)
    cancellation.request(.storeFailed)
  }

  /// The same for a stage's failure, unless it comes of a stop that was asked for.
  package func fail(unlessStopped error: any Error) {
    if !cancellation.isSignal { fail(StoreFailure(error).message) }
  }

  /// Keeps a failure after which there is nothing left to stop. The first one stays.
  package func note(failure reason: String) {
    state.withLock { $0.failure = $0.failure ?? reason }
  }

  private func record(_ finding: Finding, _ state: inout State) {
    state.counts[finding.severity, default: [:]][finding.rule, default: 0] += 1
    if finding.severity == .error { state.errors += 1 }
    show(finding)
  }
}
