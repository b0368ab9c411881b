import ArgumentParser
import Findings
import Importing
import Logging
import Reporting
import StoreAccess
import Synchronization

/// The output of a command at its end.
protocol SummaryReport {
  associatedtype Summary

  init(_ summary: Summary)
  var exitCode: Int32 { get }
  /// Returns the lines for people.
  func text(isQuiet: Bool) -> String
  /// Prints one object on standard output.
  ///
  /// - Throws: The exit code, if standard output cannot be written.
  func printJSON(_ console: Console) throws
}

/// A command's job as the user sees it: signals, findings as they occur, progress, the summary, and the exit code.
final class CommandRun: Sendable {
  let console: Console
  let cancellation = Cancellation()
  let log: Logger
  let isQuiet: Bool
  private let printsJSON: Bool
  private let audit: KeyAudit?
  private let printer: Mutex<FindingPrinter>

  init(_ console: Console, _ output: OutputOptions, _ audit: KeyAudit? = nil) {
    self.audit = audit
    self.console = console
    log = output.logger()
    isQuiet = output.quiet
    printsJSON = output.json
    printer = Mutex(FindingPrinter(console, isQuiet: output.quiet))
  }

  func remainingFindings(_ severity: Severity) -> Int { printer.withLock { $0.remaining(for: severity) } }
  func passOver(_ counts: FindingCounts, _ file: String) { printer.withLock { $0.passOver(counts) } }
  func show(_ finding: Finding) { printer.withLock { $0.show(finding) } }

  /// Runs the job, and prints its summary.
  ///
  /// - Throws: The exit code.
  func run<Work: Job, Report: SummaryReport>(_ job: Work, _ progress: Work.Progress, _: Report.Type) throws
  where Work.Progress: ShownProgress, Work.Summary == Report.Summary {
    let signals = Signals(cancellation)
    let ticker = ProgressTicker(console, isOff: isQuiet, line: progress.line())
    let summary = job.run(in: JobFrame(progress, cancellation: cancellation, log: log, show: show, passOver: passOver))
    ticker.stop()
    signals.cancel()
    let report = Report(summary)
    console.print(summary.ending.obstacle.map { "error: \($0)" } ?? report.text(isQuiet: isQuiet))
    try audit?.write(report.exitCode, console)
    if printsJSON { try report.printJSON(console) }
    throw ExitCode(report.exitCode)
  }
}

/// The progress of a job, for people.
protocol ShownProgress: Sendable {
  /// Returns a function that gives the progress line; the line is empty until there is something to show.
  func line() -> @Sendable () -> String
}

extension ImportProgress: ShownProgress {
  func line() -> @Sendable () -> String {
    let line = ProgressLine()
    return { line.render(bytes: (self.bytesDone, self.totalBytes), records: self.records) }
  }
}

extension DocumentProgress: ShownProgress {
  func line() -> @Sendable () -> String {
    let line = DocumentProgressLine()
    return {
      let now = self.current
      return now.collection.isEmpty ? "" : line.render(now.collection, done: now.done, total: now.total)
    }
  }
}
