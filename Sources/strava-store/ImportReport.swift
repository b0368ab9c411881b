import Findings
import Importing
import Reporting
import SourceText
import StoreAccess
import StravaRecords

/// The summary of an import, for people and for programs.
package struct ImportReport: SummaryReport {
  /// Maximum number of notes that are shown to people.
  private static let mostNotes = 30

  private let summary: ImportSummary

  package init(_ summary: ImportSummary) { self.summary = summary }

  package var exitCode: Int32 { summary.exitCode }

  package func text(isQuiet: Bool) -> String {
    // The most important lines come last, where a terminal shows them.
    var lines = isQuiet ? [] : notes()
    let rate = Int(Double(summary.total.read) / max(summary.elapsed, 0.001))
    let share = summary.partition.map { ", partition \($0)" } ?? ""
    lines.append(
      (summary.isDryRun ? "checked; nothing was written" : "imported into \(summary.database), run \(summary.run)")
        + share
        + " · \(size(summary.bytes)) in \(duration(summary.elapsed)) · \(grouped(rate)) records/s")
    lines.append(table())
    if summary.stubs > 0 {
      lines.append("created \(counted(summary.stubs, "stub user")) for athletes of whom only the id is known")
    }
    if let failure = summary.failure { lines.append("error: \(failure)") }
    switch summary.stopped {
    case .interrupt, .terminate, .hangUp:
      lines.append("interrupted: the summary counts what was done; import again to store the rest")
    case .errorLimit:
      lines.append("stopped: there were more errors than --max-errors allows; the remaining records were not read")
    case .storeFailed, nil: break
    }
    return lines.joined(separator: "\n")
  }

  private func table() -> String {
    var table = CountTable(columns: [
      "read", "new", "updated", "unchanged", "superseded", "rejected", "skipped", "valid", "unwritten",
    ])
    for (kind, counts) in summary.kinds { table.add(kind, cells(counts)) }
    if summary.unreadable > 0 {
      table.add("not a JSON object", [summary.unreadable, 0, 0, 0, 0, summary.unreadable, 0, 0, 0])
    }
    table.add("total", cells(summary.total))
    return table.render()
  }

  private func cells(_ counts: KindCounts) -> [Int] {
    [
      counts.read, counts.new, counts.updated, counts.unchanged, counts.superseded, counts.rejected, counts.skipped,
      counts.valid, counts.unwritten,
    ]
  }

  private func notes() -> [String] {
    // The table contains the skipped kinds.
    let notes = summary.notes.sorted.filter { $0.key.rule != .skippedKind }
    let shown = notes.prefix(Self.mostNotes).map { note in
      let what = "\(note.key.kind.rawValue): \(note.key.message.visible)"
      return "note: \(what) × \(grouped(note.count)) [\(note.key.rule.rawValue)]"
    }
    let rest = notes.count - shown.count
    return shown + (rest > 0 ? ["\(counted(rest, "more note")); --json lists all of them"] : [])
  }

  package func printJSON(_ console: Console) throws { try StandardOutput.print(summary: Object(summary), console) }

  private struct Object: Encodable {
    let command = "import"
    let run: String
    let database: String
    let isDryRun: Bool
    let partition: String?
    let kinds: [String: KindCounts]
    let unreadable: Int
    let total: KindCounts
    let stubs: Int
    let errors: Int
    let findings: [String: Int]
    let notes: [NoteObject]
    let failure: String?
    let stopped: String?
    let bytes: Int
    let seconds: Double
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case command, run, database
      case isDryRun = "dry_run"
      case partition, kinds, unreadable, total, stubs, errors, findings, notes, failure, stopped, bytes, seconds
      case exitCode = "exit_code"
    }

    init(_ summary: ImportSummary) {
      run = summary.run
      database = summary.database
      isDryRun = summary.isDryRun
      partition = summary.partition?.description
      kinds = Dictionary(uniqueKeysWithValues: summary.kinds.map { ($0.kind, $0.counts) })
      unreadable = summary.unreadable
      total = summary.total
      stubs = summary.stubs
      errors = summary.errors
      findings = Dictionary(uniqueKeysWithValues: summary.findings.map { ($0.key.rawValue, $0.value) })
      notes = summary.notes.sorted.map { NoteObject($0.key, $0.count) }
      failure = summary.failure
      stopped = summary.stopped?.name
      bytes = summary.bytes
      seconds = summary.elapsed
      exitCode = summary.exitCode
    }
  }
}
