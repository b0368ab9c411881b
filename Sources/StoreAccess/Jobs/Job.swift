import Findings

/// One task of the program from end to end, as a command starts it.
package protocol Job: Sendable {
  associatedtype Progress: Sendable
  associatedtype Summary: JobSummary

  /// What the job comes to where it cannot begin.
  var notBegun: Summary { get }

  /// Does the work.
  ///
  /// - Returns: the summary, but for its ending.
  /// - Throws: where the job cannot begin; what goes wrong later is in the frame's findings.
  func perform(in frame: JobFrame<Progress>) throws -> Summary
}

extension Job {
  /// Does the work, and says how it ended.
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
  /// Why the job could not begin, in the words for the user; nil where it began.
  package private(set) var obstacle: String?
  /// The environment failed: why, in the words for the user.
  package private(set) var failure: String?
  package private(set) var stopped: Cancellation.Reason?
  /// Findings by what they weigh, and by rule.
  package private(set) var weighed: [Severity: [Rule: Int]] = [:]
  package private(set) var errors = 0
  /// Seconds.
  package private(set) var elapsed = 0.0

  /// Makes the ending that a summary has until its job has ended.
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
  /// The environment failed: why, in the words for the user.
  package var failure: String? { ending.failure }
  package var stopped: Cancellation.Reason? { ending.stopped }
  /// Findings by what they weigh, and by rule.
  package var weighed: [Severity: [Rule: Int]] { ending.weighed }
  /// Findings by rule, whatever they weigh.
  package var findings: [Rule: Int] { ending.weighed.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) } }
  package var errors: Int { ending.errors }
  /// Seconds.
  package var elapsed: Double { ending.elapsed }
}
