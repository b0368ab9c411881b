import ArgumentParser
import Findings
import Foundation
import Reporting
import StoreAccess

/// What the findings of a check come to: counts by severity and rule, and the exit code.
struct CheckVerdict {
  let rules: RuleSettings
  let failLevel: Severity
  /// Findings by what they weigh, and by rule.
  let findings: [Severity: [Rule: Int]]
  /// Notes that are counted by what they are about.
  var noted: [Rule: Int] = [:]
  /// Notes beyond those that are kept by what they are about.
  var otherNotes = 0
  /// The environment failed: why, in the words for the user.
  var failure: String?
  let stopped: Cancellation.Reason?

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

  /// In the order of the rules' ids. What is usually an error may be less: a link in an archive is a note.
  var ruleCounts: [ReportOutcome.RuleCount] {
    Rule.allCases.flatMap { rule in
      [Severity.error, .warning, .note].compactMap { severity in
        let others = severity == rules.severity(of: rule) ? noted[rule] ?? 0 : 0
        let count = (findings[severity]?[rule] ?? 0) + others
        return count > 0 ? ReportOutcome.RuleCount(rule: rule, severity: severity, count: count) : nil
      }
    }
  }

  /// Findings by the ids of their rules.
  var countsByID: [String: Int] {
    Dictionary(ruleCounts.map { ($0.rule.rawValue, $0.count) }, uniquingKeysWith: +)
  }

  // MARK: For people

  /// Rules with their counts, the severities, and why the check is not whole.
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

/// What a check came to, for people and for programs. Nothing of the time or the machine is in what programs read: the
/// same inputs give the same bytes.
protocol CheckReport {
  var verdict: CheckVerdict { get set }
  /// What was checked, in a sentence's worth of words.
  var scope: String { get }
  /// For people, on standard error.
  var text: String { get }
  /// One line of JSON.
  var object: String { get }
}

extension CheckReport {
  var outcome: ReportOutcome {
    ReportOutcome(
      scope: scope, severities: verdict.severities, rules: verdict.ruleCounts, exitCode: verdict.exitCode,
      failure: verdict.failure, summary: object)
  }

  /// The same check, whose report could not be written whole.
  func failing(_ reason: String?) -> Self {
    var failed = self
    failed.verdict.failure = verdict.failure ?? reason
    return failed
  }
}
