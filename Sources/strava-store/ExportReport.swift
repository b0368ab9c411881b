import Exporting
import Findings
import Reporting
import StoreAccess

/// The summary of an export, for people and for programs.
struct ExportReport: SummaryReport {
  /// Maximum number of files that are named to people.
  private static let mostFiles = 20

  private let summary: ExportSummary

  init(_ summary: ExportSummary) { self.summary = summary }

  var exitCode: Int32 { summary.exitCode }

  /// Returns the message that is printed before anything is exported.
  static func statement(_ classes: [String]) -> String {
    classes.isEmpty
      ? "exported in clear: no values of sensitive classes"
      : "exported in clear: values of \(classes.count == 1 ? "class" : "the classes") \(classes.joined(separator: ", "))"
  }

  func text(isQuiet: Bool) -> String {
    var lines: [String] = []
    if !isQuiet {
      for file in summary.files.prefix(Self.mostFiles) {
        let name = file.path == "-" ? "standard output" : file.path.visible
        lines.append("\(name): \(size(file.bytes))" + (file.sha256.map { ", SHA-256 \($0)" } ?? ""))
      }
      let rest = summary.files.count - Self.mostFiles
      if rest > 0 { lines.append("and \(counted(rest, "other file"))") }
    }
    let rate = Int(Double(summary.total.read) / max(summary.elapsed, 0.001))
    lines.append(
      "exported from \(summary.database.visible) as \(summary.format.rawValue) · \(duration(summary.elapsed)) · "
        + "\(grouped(rate)) documents/s")
    var table = CountTable(columns: ["read", "written", "records", "empty", "left", "unfinished"])
    for (name, counts) in summary.collections {
      table.add(
        name,
        [
          counts.read, counts.written, counts.records == counts.written ? 0 : counts.records, counts.empty, counts.left,
          counts.unfinished,
        ])
    }
    lines.append(table.render())
    if !isQuiet { lines += summary.ownership }
    let undated = summary.withoutLocalStart
    if undated > 0 {
      lines.append("not exported: \(counted(undated, "activity", "activities")) without a local start time (--local)")
    }
    let undecrypted = summary.total.undecrypted
    if undecrypted > 0 {
      lines.append("\(counted(undecrypted, "document")) with values that could not be decrypted; see the errors above")
    }
    if let failure = summary.failure { lines.append("error: \(failure)") }
    if summary.failure != nil || summary.stopped != nil {
      let stop = summary.failure == nil ? "interrupted: " : ""
      lines.append(stop + "incomplete files were removed")
    }
    return lines.joined(separator: "\n")
  }

  func printJSON(_ console: Console) throws { try StandardOutput.print(summary: Object(summary), console) }

  private struct Object: Encodable {
    let command = "export"
    let database: String
    let format: String
    let inClear: [String]
    let collections: [String: ExportCounts]
    let total: ExportCounts
    let files: [ExportedFile]
    let withoutLocalStart: Int
    let findings: [String: Int]
    let failure: String?
    let stopped: String?
    let seconds: Double
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case command, database, format
      case inClear = "in_clear"
      case withoutLocalStart = "without_local_start"
      case collections, total, files, findings, failure, stopped, seconds
      case exitCode = "exit_code"
    }

    init(_ summary: ExportSummary) {
      database = summary.database
      format = summary.format.rawValue
      inClear = summary.disclosed
      collections = Dictionary(uniqueKeysWithValues: summary.collections.map { ($0.name, $0.counts) })
      total = summary.total
      files = summary.files
      withoutLocalStart = summary.withoutLocalStart
      findings = Dictionary(uniqueKeysWithValues: summary.findings.map { ($0.key.rawValue, $0.value) })
      failure = summary.failure
      stopped = summary.stopped?.name
      seconds = summary.elapsed
      exitCode = summary.exitCode
    }
  }
}
