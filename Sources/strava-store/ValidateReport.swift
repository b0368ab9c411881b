import Findings
import Foundation
import Importing
import Reporting
import StoreAccess
import StravaRecords

/// The result of a check of files.
struct ValidateReport: CheckReport {
  private let summary: ImportSummary
  private let inputs: Int
  var verdict: CheckVerdict

  init(_ summary: ImportSummary, inputs: Int, rules: RuleSettings, failLevel: Severity) {
    self.summary = summary
    self.inputs = inputs
    verdict = CheckVerdict(
      rules: rules, failLevel: failLevel, findings: summary.weighed,
      noted: summary.notes.tallies.reduce(into: [:]) { $0[$1.key.rule, default: 0] += $1.value.count },
      otherNotes: summary.notes.others, failure: summary.failure, stopped: summary.stopped)
  }

  var scope: String {
    "\(counted(summary.total.read, "record")) in \(counted(inputs, "input")), \(grouped(summary.total.rejected)) rejected"
  }

  // MARK: For people

  var text: String {
    var lines = [
      "checked \(counted(summary.total.read, "record")) in \(counted(inputs, "input")) · "
        + "\(size(summary.bytes)) in \(duration(summary.elapsed))"
    ]
    var table = CountTable(columns: ["read", "valid", "rejected", "skipped"])
    for (kind, counts) in summary.kinds { table.add(kind, cells(counts)) }
    if summary.unreadable > 0 { table.add("not a JSON object", [summary.unreadable, 0, summary.unreadable, 0]) }
    table.add("total", cells(summary.total))
    lines.append(table.render())
    lines += verdict.lines
    return lines.joined(separator: "\n")
  }

  private func cells(_ counts: KindCounts) -> [Int] { [counts.read, counts.valid, counts.rejected, counts.skipped] }

  // MARK: For programs

  var object: String { jsonLine(Object(self)) }

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
    /// With a baseline, the numbers of known findings and of stale entries.
    let known: Int?
    let stale: Int?
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case command, inputs, kinds, unreadable, total, errors, warnings, notes, findings, noted, failure, stopped, bytes,
        known, stale
      case exitCode = "exit_code"
    }

    init(_ report: ValidateReport) {
      let summary = report.summary
      let severities = report.verdict.severities
      inputs = report.inputs
      kinds = Dictionary(uniqueKeysWithValues: summary.kinds.map { ($0.kind, Counts($0.counts)) })
      unreadable = summary.unreadable
      total = Counts(summary.total)
      (errors, warnings, notes) = (severities.errors, severities.warnings, severities.notes)
      findings = report.verdict.countsByID
      noted = summary.notes.sorted.map { NoteObject($0.key, $0.count) }
      failure = report.verdict.failure
      stopped = summary.stopped?.name
      bytes = summary.bytes
      (known, stale) = (report.verdict.baseline?.known, report.verdict.baseline?.stale)
      exitCode = report.verdict.exitCode
    }
  }
}

/// Equal notes, and how many of them there were.
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
