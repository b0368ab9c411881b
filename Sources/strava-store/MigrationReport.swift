import Findings
import Foundation
import Reporting
import Sealing
import StoreAccess
import Upkeep

/// The summary of a migration, for people and for programs.
struct MigrationReport: SummaryReport {
  private let summary: MigrationSummary

  init(_ summary: MigrationSummary) { self.summary = summary }

  var exitCode: Int32 { summary.exitCode }

  func text(isQuiet _: Bool) -> String {
    var lines: [String] = []
    let values = summary.collections.flatMap { name, counts in
      counts.values.sorted { $0.key < $1.key }.map { (name: name + $0.key, count: $0.value) }
    }
    if !values.isEmpty {
      var table = CountTable(columns: [valueColumn])
      for value in values { table.add(value.name.visible, [value.count]) }
      lines.append(table.render())
    }
    lines.append(
      "\(title) \(summary.database) · sealed classes: \(summary.classes.joined(separator: ", ")) · "
        + duration(summary.elapsed))
    var table = CountTable(columns: ["read", changedColumn, "unchanged", "left", "gone", "unfinished", "retried"])
    for (name, counts) in summary.collections {
      table.add(
        name,
        [
          counts.read, counts.changed, counts.unchanged, counts.left, counts.gone, counts.unfinished, counts.retried,
        ])
    }
    lines.append(table.render())
    if let failure = summary.failure { lines.append("error: \(failure)") }
    if summary.stopped?.isSignal == true {
      lines.append("interrupted: the summary counts what was done; run the command again to finish")
    } else if summary.failure == nil {
      if let notRead = summary.notRead, !notRead.isEmpty {
        lines.append("not read: \(notRead.map(\.visible).joined(separator: ", "))")
      }
      lines.append(verdict)
    }
    return lines.joined(separator: "\n")
  }

  private var title: String {
    switch summary.task {
    case .seal: "sealed in"
    case .dryRun, .adoptDryRun, .finishDryRun: "dry run, nothing was written to"
    case .verify: "verified"
    case .decrypt: "decrypted in"
    case .adopt: "adopted"
    case .adoptVerify: "verified the adoption of"
    case .finish: "converted to the specification's form"
    }
  }

  private var valueColumn: String {
    switch summary.task {
    case .seal: "sealed"
    case .adopt: "added"
    case .adoptDryRun, .adoptVerify: "missing"
    case .finish: "changed"
    case .finishDryRun: "to change"
    case .dryRun, .verify, .decrypt: "in clear"
    }
  }

  private var changedColumn: String {
    [.dryRun, .adoptDryRun, .finishDryRun].contains(summary.task) ? "to change" : "changed"
  }

  private var verdict: String {
    if summary.errors > 0, summary.left == 0 { return "not done: see the findings above" }
    return switch (summary.task, summary.left) {
    case (.adoptVerify, 0): "verified: every activity has the fields of the platform's form"
    case (.adoptVerify, let left): "not verified: \(counted(left, "document")) failed the check; see the findings above"
    case (.verify, 0):
      "verified: no value of a sealed class is in clear in \(read), and every sealed value there can be decrypted"
    case (.verify, let left): "not verified: \(counted(left, "document")) failed the check; see the findings above"
    case (.finish, 0): "done; run `strava-store index` to declare the validators and indexes of this form"
    case (_, 0): "done"
    case (_, let left): "not changed: \(counted(left, "document")); see the findings above"
    }
  }

  /// The names of the collections that were read.
  private var read: String {
    summary.collections.map(\.name).formatted(.list(type: .and).locale(Locale(identifier: "en_US")))
  }

  func printJSON(_ console: Console) throws { try StandardOutput.print(summary: Object(summary), console) }

  private struct Object: Encodable {
    let command = "encrypt-migrate"
    let task: String
    let database: String
    let classes: [String]
    let collections: [String: MigrationCounts]
    let notRead: [String]?
    let left: Int
    let findings: [String: Int]
    let failure: String?
    let stopped: String?
    let seconds: Double
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case command, task, database, classes, collections, left, findings, failure, stopped, seconds
      case exitCode = "exit_code"
      case notRead = "not_read"
    }

    init(_ summary: MigrationSummary) {
      task = summary.task.rawValue
      database = summary.database
      classes = summary.classes
      collections = Dictionary(uniqueKeysWithValues: summary.collections.map { ($0.name, $0.counts) })
      left = summary.left
      notRead = summary.notRead
      findings = Dictionary(uniqueKeysWithValues: summary.findings.map { ($0.key.rawValue, $0.value) })
      failure = summary.failure
      stopped = summary.stopped?.name
      seconds = summary.elapsed
      exitCode = summary.exitCode
    }
  }
}
