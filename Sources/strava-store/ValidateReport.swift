import Foundation
import Reporting
import SourceText
import StoreEngine
import StravaRecords

/// What a check of files came to, for people and for programs. Nothing of the time or the machine is in what programs
/// read: the same inputs give the same bytes.
struct ValidateReport {
  private let summary: ImportSummary
  private let inputs: Int
  private let rules: RuleSettings
  private let failLevel: Severity
  /// Why the report itself is not whole.
  private let outputFailure: String?

  init(
    _ summary: ImportSummary, inputs: Int, rules: RuleSettings, failLevel: Severity, outputFailure: String? = nil
  ) {
    self.summary = summary
    self.inputs = inputs
    self.rules = rules
    self.failLevel = failLevel
    self.outputFailure = outputFailure
  }

  var failure: String? { summary.failure ?? outputFailure }

  var exitCode: Int32 {
    switch summary.stopped {
    case .interrupt: return 130
    case .terminate: return 143
    default: break
    }
    if failure != nil || summary.findings.contains(where: { $0.key.isEnvironment && $0.value > 0 }) { return 2 }
    return severities.atLeast(failLevel) > 0 ? 1 : 0
  }

  private var severities: SeverityCounts {
    var counts = SeverityCounts()
    for rule in ruleCounts { counts[rule.severity] += rule.count }
    counts.notes += summary.notes.others
    return counts
  }

  /// By rule, in the order of their ids.
  private var ruleCounts: [ReportOutcome.RuleCount] {
    let noted = summary.notes.tallies.reduce(into: [:]) { $0[$1.key.rule, default: 0] += $1.value.count }
    return Rule.allCases.compactMap { rule in
      let count = (summary.findings[rule] ?? 0) + (noted[rule] ?? 0)
      guard count > 0, let severity = rules.severity(of: rule) else { return nil }
      return ReportOutcome.RuleCount(rule: rule, severity: severity, count: count)
    }
  }

  var outcome: ReportOutcome {
    ReportOutcome(
      inputs: inputs, records: summary.total.read, rejected: summary.total.rejected, severities: severities,
      rules: ruleCounts, exitCode: exitCode, failure: failure, summary: object)
  }

  // MARK: For people

  var text: String {
    var lines = [
      "checked \(grouped(summary.total.read)) records in \(grouped(inputs)) inputs · "
        + "\(size(summary.bytes)) in \(duration(summary.elapsed))"
    ]
    var table = CountTable(columns: ["read", "valid", "rejected", "skipped"])
    for (kind, counts) in summary.kinds { table.add(kind, cells(counts)) }
    if summary.unreadable > 0 { table.add("no JSON object", [summary.unreadable, 0, summary.unreadable, 0]) }
    table.add("total", cells(summary.total))
    lines.append(table.render())
    if !ruleCounts.isEmpty {
      let width = ruleCounts.map { grouped($0.count).count }.max() ?? 0
      lines += ruleCounts.map { one in
        let count = String(repeating: " ", count: width - grouped(one.count).count) + grouped(one.count)
        let severity = one.severity.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        return "\(one.rule.rawValue)  \(severity) \(count)  \(one.rule.guide.title)"
      }
    }
    lines.append(severities.text)
    if let failure { lines.append("error: \(failure)") }
    if summary.stopped == .interrupt || summary.stopped == .terminate {
      lines.append("interrupted: what is counted above is true, the rest was not checked")
    }
    return lines.joined(separator: "\n")
  }

  private func cells(_ counts: KindCounts) -> [Int] { [counts.read, counts.valid, counts.rejected, counts.skipped] }

  // MARK: For programs

  /// One line of JSON.
  var object: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(Object(self)), as: UTF8.self)
    } catch {
      preconditionFailure("texts and whole numbers can be encoded: \(error)")
    }
  }

  private struct Object: Encodable {
    struct Counts: Encodable {
      let read: Int
      let valid: Int
      let rejected: Int
      let skipped: Int

      init(_ counts: KindCounts) {
        (read, valid, rejected, skipped) = (counts.read, counts.valid, counts.rejected, counts.skipped)
      }
    }

    let command = "validate"
    let inputs: Int
    let kinds: [String: Counts]
    let unreadable: Int
    let total: Counts
    let errors: Int
    let warnings: Int
    let notes: Int
    let findings: [String: Int]
    let noted: [NoteObject]
    let failure: String?
    let stopped: String?
    let bytes: Int
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case command, inputs, kinds, unreadable, total, errors, warnings, notes, findings, noted, failure, stopped, bytes
      case exitCode = "exit_code"
    }

    init(_ report: ValidateReport) {
      let summary = report.summary
      let severities = report.severities
      inputs = report.inputs
      kinds = Dictionary(uniqueKeysWithValues: summary.kinds.map { ($0.kind, Counts($0.counts)) })
      unreadable = summary.unreadable
      total = Counts(summary.total)
      (errors, warnings, notes) = (severities.errors, severities.warnings, severities.notes)
      findings = Dictionary(uniqueKeysWithValues: report.ruleCounts.map { ($0.rule.rawValue, $0.count) })
      noted = summary.notes.sorted.map { NoteObject($0.key, $0.count) }
      failure = report.failure
      stopped = summary.stopped.map { "\($0)" }
      bytes = summary.bytes
      exitCode = report.exitCode
    }
  }
}

/// Equal notes and how many of them there were.
struct NoteObject: Encodable {
  let rule: String
  let kind: String
  let field: String
  let value: String?
  let count: Int

  init(_ key: NoteCounts.Key, _ count: Int) {
    (rule, kind, field, value) = (key.rule.rawValue, key.kind.rawValue, key.field, key.value)
    self.count = count
  }
}
