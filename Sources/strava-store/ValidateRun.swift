import ArgumentParser
import Reporting
import SourceText
import StoreEngine
import Synchronization

/// A check of files as a user meets it: signals, progress, findings in the form asked for, the summary, the exit code.
struct ValidateRun {
  let options: ImportOptions
  let output: OutputOptions
  let format: ReportFormat
  let failLevel: Severity
  /// Findings of each severity that are written; nil: as many as the format usually has.
  let mostFindings: Int?

  /// - Throws: the exit code.
  func run(_ console: Console) throws {
    let interruption = Interruption()
    let signals = Signals(interruption)
    let progress = ImportProgress()
    let standardOutput = StandardOutput()
    let shown = Mutex(
      Shown(
        report: output.json
          ? nil : format.report(limit: mostFindings, failLevel: failLevel, version: StravaStore.configuration.version),
        printer: FindingPrinter(console, isQuiet: output.quiet, limit: mostFindings ?? ReportFormat.text.usualLimit)))
    shown.withLock { standardOutput.write($0.report?.begin() ?? "") }
    let job = ImportJob(options, interruption: interruption, progress: progress, log: output.logger()) { name in
      shown.withLock { standardOutput.write($0.begin(name)) }
    } show: { finding in
      shown.withLock { standardOutput.write($0.show(finding)) }
      // Nobody reads the rest.
      if standardOutput.hasFailed { interruption.request(.storeFailed) }
    }
    let line = ProgressLine()
    let ticker = ProgressTicker(console, isOff: output.quiet) {
      line.render(bytes: (progress.bytesDone, progress.totalBytes), records: progress.records)
    }
    let summary: ImportSummary
    do {
      defer { ticker.stop() }
      summary = try job.run()
    } catch let failure as StoreFailure {
      console.print("error: \(failure.message)")
      throw ExitCode.environment
    }
    signals.cancel()
    let report = { (failure: String?) in
      ValidateReport(
        summary, inputs: shown.withLock { $0.inputs }, rules: options.rules, failLevel: failLevel,
        outputFailure: failure)
    }
    let outcome = report(nil).outcome
    shown.withLock { standardOutput.write($0.report?.end(outcome) ?? "") }
    if output.json { standardOutput.write(outcome.summary + "\n") }
    let ended = report(standardOutput.finish())
    console.print(ended.text)
    throw ExitCode(ended.exitCode)
  }

  /// Where findings go. With `--json`, as with text, people read them.
  private struct Shown {
    var report: (any FindingReport)?
    var printer: FindingPrinter
    var inputs = 0

    mutating func begin(_ name: String) -> String {
      inputs += 1
      return report?.input(name) ?? ""
    }

    mutating func show(_ finding: Finding) -> String {
      guard report == nil else { return report?.add(finding) ?? "" }
      printer.show(finding)
      return ""
    }
  }
}
