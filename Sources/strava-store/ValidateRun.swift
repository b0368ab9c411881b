import ArgumentParser
import Findings
import Importing
import Logging
import Reporting
import SourceText
import StoreAccess
import Synchronization
import Upkeep

/// A check as the user sees it: signals, progress, findings in the requested format, the summary, and the exit code.
struct ValidateRun {
  let output: OutputOptions
  let format: ReportFormat
  let failLevel: Severity
  /// Maximum number of written findings of each severity; nil means the usual number of the format.
  let mostFindings: Int?
  /// The findings that were known before; nil without a baseline.
  var baseline: BaselineCheck?

  /// Checks files.
  ///
  /// - Throws: The exit code.
  func check(_ options: ImportOptions, _ console: Console) throws {
    let progress = ImportProgress()
    let ticker = ProgressTicker(console, isOff: output.quiet, line: progress.line())
    try run(console) { reporter in
      defer { ticker.stop() }
      let job = ImportJob(options, begin: reporter.begin, remainingFindings: reporter.remainingFindings)
      let summary = job.run(in: reporter.frame(progress, output.logger()))
      return ValidateReport(summary, inputs: reporter.parts, rules: options.rules, failLevel: failLevel)
    }
  }

  /// Checks the documents of a database.
  ///
  /// - Throws: The exit code.
  func check(_ options: StoredCheckOptions, _ audit: KeyAudit?, _ console: Console) throws {
    let progress = DocumentProgress()
    let ticker = ProgressTicker(console, isOff: output.quiet, line: progress.line())
    try run(console, audit) { reporter in
      defer { ticker.stop() }
      let job = StoredCheckJob(options, begin: reporter.begin)
      let summary = job.run(in: reporter.frame(progress, output.logger()))
      return StoredCheckReport(summary, rules: options.rules, failLevel: failLevel)
    }
  }

  /// The reports of a check while it runs.
  private struct Reporter {
    let cancellation: Cancellation
    let begin: @Sendable (String) -> Void
    let remainingFindings: @Sendable (Severity) -> Int
    let show: @Sendable (Finding) -> Void
    let passOver: @Sendable (FindingCounts, String) -> Void
    let count: () -> Int

    /// The number of inputs that were begun.
    var parts: Int { count() }

    func frame<Progress>(_ progress: Progress, _ log: Logger) -> JobFrame<Progress> {
      JobFrame(progress, cancellation: cancellation, log: log, show: show, passOver: passOver)
    }
  }

  private func run<Report: CheckReport>(
    _ console: Console, _ audit: KeyAudit? = nil, _ check: (Reporter) throws -> Report
  ) throws {
    let cancellation = Cancellation()
    let signals = Signals(cancellation)
    let standardOutput = StandardOutput()
    let limit = mostFindings ?? (output.json ? ReportFormat.text : format).usualLimit
    let shown = Mutex(
      Shown(
        report: output.json
          ? nil : format.report(limit: limit, failLevel: failLevel, version: StravaStore.configuration.version),
        printer: FindingPrinter(console, isQuiet: output.quiet, limit: limit), limit: FindingLimit(limit)))
    shown.withLock { standardOutput.write($0.report?.begin() ?? "") }
    let reporter = Reporter(cancellation: cancellation) { name in
      shown.withLock { standardOutput.write($0.begin(name)) }
    } remainingFindings: { severity in
      // Only a finding that is built in full can be compared with the baseline.
      baseline == nil ? shown.withLock { $0.remainingFindings(severity) } : .max
    } show: { finding in
      if baseline?.knows(finding) == true { return }
      shown.withLock { standardOutput.write($0.show(finding)) }
      // The reader has closed the pipe, so the rest is not written.
      if standardOutput.hasFailed { cancellation.request(.storeFailed) }
    } passOver: { counts, file in
      shown.withLock { $0.passOver(counts, file) }
    } count: {
      shown.withLock { $0.inputs }
    }
    var report = try check(reporter)
    if let baseline { report.verdict.leaveOut(baseline.known, stale: baseline.stale) }
    signals.cancel()
    shown.withLock { standardOutput.write($0.report?.end(report.outcome) ?? "") }
    if output.json { standardOutput.write(report.object + "\n") }
    let ended = report.failing(standardOutput.finish())
    console.print(ended.text)
    // After an incomplete check, nothing is known about the rest.
    if let baseline, ended.verdict.failure == nil, ended.verdict.stopped == nil { try baseline.finish(console) }
    try audit?.write(ended.verdict.exitCode, console)
    throw ExitCode(ended.verdict.exitCode)
  }

  /// Returns the output for findings. With `--json`, as with text, people read them.
  private struct Shown {
    var report: (any FindingReport)?
    var printer: FindingPrinter
    var limit: FindingLimit
    var inputs = 0

    mutating func begin(_ name: String) -> String {
      inputs += 1
      return report?.input(name) ?? ""
    }

    func remainingFindings(_ severity: Severity) -> Int {
      report == nil ? printer.remaining(for: severity) : limit.remaining(for: severity)
    }

    mutating func passOver(_ counts: FindingCounts, _ file: String) {
      limit.passOver(counts)
      report?.passOver(counts, of: file)
      if report == nil { printer.passOver(counts) }
    }

    mutating func show(_ finding: Finding) -> String {
      _ = limit.admits(finding)
      guard report == nil else { return report?.add(finding) ?? "" }
      printer.show(finding)
      return ""
    }
  }
}
