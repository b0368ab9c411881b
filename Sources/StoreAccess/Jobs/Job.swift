import Findings

/// One task of the program from start to end, as a command starts it.
package protocol Job: Sendable {
  associatedtype Progress: Sendable
  associatedtype Summary: JobSummary

  /// Returns the summary of a job that could not begin.
  var notBegun: Summary { get }

  /// Does the work.
  ///
  /// - Returns: The summary, without its ending.
  /// - Throws: An error if the job cannot begin. Later problems are reported in the frame's findings.
  func perform(in frame: JobFrame<Progress>) throws -> Summary
}

extension Job {
  /// Does the work and records how it ended.
  package func run(in frame: JobFrame<Progress>) -> Summary {
    let began = Clock.monotonic
    var summary: Summary
    do {
      summary = try perform(in: frame)
      summary.ending = JobEnding(frame.findings, elapsed: Clock.monotonic - began)
    } catch {
      summary = notBegun
      summary.ending = JobEnding(notBegun: StoreFailure(error), frame.cancellation)
    }
    return summary
  }
}

/// What a job did.
package protocol JobSummary: Sendable {
  var ending: JobEnding { get set }
}

/// How a job ended.
package struct JobEnding: Sendable {
  /// The message for the user that says why the job could not begin; nil if it began.
  package private(set) var obstacle: String?
  /// The message for the user that says how the environment failed; nil if it did not fail.
  package private(set) var failure: String?
  package private(set) var stopped: Cancellation.Reason?
  /// The numbers of findings by severity and by rule.
  package private(set) var weighed: [Severity: [Rule: Int]] = [:]
  package private(set) var errors = 0
  /// The duration in seconds.
  package private(set) var elapsed = 0.0

  /// Creates the ending that a summary has until its job has ended.
  package init() {}

  init(notBegun failure: StoreFailure, _ cancellation: Cancellation) {
    obstacle = failure.message
    // A prompt for the passphrase that the user interrupted is not a failure.
    if failure.isCancellation { stopped = cancellation.reason ?? .interrupt } else { self.failure = failure.message }
  }

  init(_ log: FindingLog, elapsed: Double) {
    failure = log.failure
    stopped = log.cancellation.reason
    weighed = log.weighed
    errors = log.errors
    self.elapsed = elapsed
  }
}

extension JobSummary {
  /// The message for the user that says how the environment failed; nil if it did not fail.
  package var failure: String? { ending.failure }
  package var stopped: Cancellation.Reason? { ending.stopped }
  /// The numbers of findings by severity and by rule.
  package var weighed: [Severity: [Rule: Int]] { ending.weighed }
  /// The numbers of findings by rule, of every severity.
  package var findings: [Rule: Int] { ending.weighed.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) } }
  package var errors: Int { ending.errors }
  /// The duration in seconds.
  package var elapsed: Double { ending.elapsed }
}
