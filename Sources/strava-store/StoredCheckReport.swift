import Findings
import Foundation
import Reporting
import StoreAccess
import Upkeep

/// The result of a check of stored documents.
struct StoredCheckReport: CheckReport {
  private let summary: StoredCheckSummary
  var verdict: CheckVerdict

  init(_ summary: StoredCheckSummary, rules: RuleSettings, failLevel: Severity) {
    self.summary = summary
    verdict = CheckVerdict(
      rules: rules, failLevel: failLevel, findings: summary.weighed, failure: summary.failure,
      stopped: summary.stopped)
  }

  var scope: String {
    "\(counted(summary.total.read, "document")) in \(counted(summary.collections.count, "collection")), "
      + "\(grouped(summary.total.invalid)) invalid"
  }

  // MARK: For people

  var text: String {
    var lines = ["checked \(counted(summary.total.read, "document")) in \(duration(summary.elapsed))"]
    var table = CountTable(columns: ["read", "valid", "invalid", "unfinished"])
    for (name, counts) in summary.collections { table.add(name, cells(counts)) }
    table.add("total", cells(summary.total))
    lines.append(table.render())
    lines += verdict.lines
    if !summary.decrypts, summary.failure == nil {
      lines.append("sealed values were not checked: no key file was given (--key-file or STRAVA_STORE_KEY_FILE)")
    }
    return lines.joined(separator: "\n")
  }

  private func cells(_ counts: StoredCheckCounts) -> [Int] {
    [counts.read, counts.valid, counts.invalid, counts.unfinished]
  }

  // MARK: For programs

  var object: String { jsonLine(Object(self)) }

  private struct Object: Encodable {
    let command = "validate"
    let database: String
    let decrypts: Bool
    let collections: [String: StoredCheckCounts]
    let total: StoredCheckCounts
    let errors: Int
    let warnings: Int
    let notes: Int
    let findings: [String: Int]
    let failure: String?
    let stopped: String?
    /// With a baseline, the numbers of known findings and of stale entries.
    let known: Int?
    let stale: Int?
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case command, database, collections, total, errors, warnings, notes, findings, failure, stopped, known, stale
      case decrypts = "opened"
      case exitCode = "exit_code"
    }

    init(_ report: StoredCheckReport) {
      let summary = report.summary
      let severities = report.verdict.severities
      database = summary.database
      decrypts = summary.decrypts
      collections = Dictionary(uniqueKeysWithValues: summary.collections.map { ($0.name, $0.counts) })
      total = summary.total
      (errors, warnings, notes) = (severities.errors, severities.warnings, severities.notes)
      findings = report.verdict.countsByID
      failure = report.verdict.failure
      stopped = summary.stopped?.name
      (known, stale) = (report.verdict.baseline?.known, report.verdict.baseline?.stale)
      exitCode = report.verdict.exitCode
    }
  }
}
