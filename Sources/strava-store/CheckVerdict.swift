import ArgumentParser
import Findings
import Foundation
import Reporting
import StoreAccess

/// The result of a check's findings: counts by severity and rule, and the exit code.
struct CheckVerdict {
  let rules: RuleSettings
  let failLevel: Severity
  /// The numbers of findings by severity and by rule, without those that a baseline knows.
  private(set) var findings: [Severity: [Rule: Int]]
  /// The number of findings that the baseline knows, and of its stale entries; nil without a baseline.
  private(set) var baseline: (known: Int, stale: Int)?
  /// Notes that are counted by their subject.
  var noted: [Rule: Int] = [:]
  /// The number of notes in excess of those that are kept by subject.
  var otherNotes = 0
  /// The message for the user that says how the environment failed; nil if it did not fail.
  var failure: String?
  let stopped: Cancellation.Reason?

  init(
    rules: RuleSettings, failLevel: Severity, findings: [Severity: [Rule: Int]], noted: [Rule: Int] = [:],
    otherNotes: Int = 0, failure: String?, stopped: Cancellation.Reason?
  ) {
    self.rules = rules
    self.failLevel = failLevel
    self.findings = findings
    self.noted = noted
    self.otherNotes = otherNotes
    self.failure = failure
    self.stopped = stopped
  }

  /// Leaves out what a baseline knows.
  mutating func leaveOut(_ known: [Severity: [Rule: Int]], stale: Int) {
    for (severity, rules) in known {
      for (rule, count) in rules { findings[severity]?[rule, default: 0] -= count }
    }
    baseline = (known.values.flatMap(\.values).reduce(0, +), stale)
  }

  var exitCode: Int32 {
    let failed = failure != nil || ruleCounts.contains { $0.rule.isEnvironment }
    return ExitCode.of(stopped: stopped, failed: failed, leaves: severities.atLeast(failLevel) > 0).rawValue
  }

  var severities: SeverityCounts {
    var counts = SeverityCounts()
    for rule in ruleCounts { counts[rule.severity] += rule.count }
    counts.notes += otherNotes
    return counts
  }

  /// The rules in the order of their ids. A rule that is usually an error may have a lower severity: a link in an
  /// archive is a note.
  var ruleCounts: [ReportOutcome.RuleCount] {
    Rule.allCases.flatMap { rule in
      [Severity.error, .warning, .note].compactMap { severity in
        let others = severity == rules.severity(of: rule) ? noted[rule] ?? 0 : 0
        let count = (findings[severity]?[rule] ?? 0) + others
        return count > 0 ? ReportOutcome.RuleCount(rule: rule, severity: severity, count: count) : nil
      }
    }
  }

  /// The numbers of findings by rule id.
  var countsByID: [String: Int] {
    Dictionary(ruleCounts.map { ($0.rule.rawValue, $0.count) }, uniquingKeysWith: +)
  }

  // MARK: For people

  /// The rules with their counts, the severities, and the reason why the check is incomplete.
  var lines: [String] {
    let counted = ruleCounts
    let width = counted.map { grouped($0.count).count }.max() ?? 0
    var lines = counted.map { one in
      let count = String(repeating: " ", count: width - grouped(one.count).count) + grouped(one.count)
      let severity = one.severity.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
      return "\(one.rule.rawValue)  \(severity) \(count)  \(one.rule.guide.title)"
    }
    lines.append(severities.text)
    if let failure { lines.append("error: \(failure)") }
    if stopped?.isSignal == true {
      lines.append("interrupted: the summary counts what was checked; run the command again to check the rest")
    }
    return lines
  }
}

/// The result of a check, for people and for programs. The form for programs contains no times and nothing about the
/// machine: the same inputs give the same bytes.
protocol CheckReport {
  var verdict: CheckVerdict { get set }
  /// A short description of what was checked.
  var scope: String { get }
  /// The lines for people, on standard error.
  var text: String { get }
  /// The single line of JSON.
  var object: String { get }
}

extension CheckReport {
  var outcome: ReportOutcome {
    ReportOutcome(
      scope: scope, severities: verdict.severities, rules: verdict.ruleCounts, exitCode: verdict.exitCode,
      failure: verdict.failure, summary: object)
  }

  /// Returns the result of the same check with a report that could not be written completely.
  func failing(_ reason: String?) -> Self {
    var failed = self
    failed.verdict.failure = verdict.failure ?? reason
    return failed
  }
}
