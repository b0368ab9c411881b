import ArgumentParser
import Findings
import Importing
import Logging
import Reporting
import StoreAccess
import Synchronization

/// What a command tells at its end.
protocol SummaryReport {
  associatedtype Summary

  init(_ summary: Summary)
  var exitCode: Int32 { get }
  /// For people.
  func text(isQuiet: Bool) -> String
  /// One object on standard output.
  ///
  /// - Throws: the exit code, where standard output cannot be written.
  func printJSON(_ console: Console) throws
}

/// A command's job as a user meets it: signals, findings as they come, progress, the summary, the exit code.
final class CommandRun: Sendable {
  let console: Console
  let cancellation = Cancellation()
  let log: Logger
  let isQuiet: Bool
  private let printsJSON: Bool
  private let printer: Mutex<FindingPrinter>

  init(_ console: Console, _ output: OutputOptions) {
    self.console = console
    log = output.logger()
    isQuiet = output.quiet
    printsJSON = output.json
    printer = Mutex(FindingPrinter(console, isQuiet: output.quiet))
  }

  func room(_ severity: Severity) -> Int { printer.withLock { $0.room(for: severity) } }
  func passOver(_ counts: FindingCounts, _ file: String) { printer.withLock { $0.passOver(counts) } }
  func show(_ finding: Finding) { printer.withLock { $0.show(finding) } }

  /// - Parameters:
  ///   - progress: the line that tells how far the job is.
  ///   - notBegun: the summary of a job that could not begin.
  /// - Throws: the exit code.
  func run<Report: SummaryReport>(
    _: Report.Type, progress: @escaping @Sendable () -> String, job: () throws -> Report.Summary,
    notBegun: (StoreFailure) -> Report.Summary
  ) throws {
    let signals = Signals(cancellation)
    let ticker = ProgressTicker(console, isOff: isQuiet, line: progress)
    let report: Report
    do {
      defer { ticker.stop() }
      report = Report(try job())
    } catch let failure as StoreFailure {
      console.print("error: \(failure.message)")
      try end(Report(notBegun(failure)))
    }
    signals.cancel()
    console.print(report.text(isQuiet: isQuiet))
    try end(report)
  }

  private func end(_ report: some SummaryReport) throws -> Never {
    if printsJSON { try report.printJSON(console) }
    throw ExitCode(report.exitCode)
  }
}

extension ImportProgress {
  /// A function that gives the line about it.
  func line() -> @Sendable () -> String {
    let line = ProgressLine()
    return { line.render(bytes: (self.bytesDone, self.totalBytes), records: self.records) }
  }
}

extension DocumentProgress {
  /// A function that gives the line about it; empty until a collection is begun.
  func line() -> @Sendable () -> String {
    let line = DocumentProgressLine()
    return {
      let now = self.current
      return now.collection.isEmpty ? "" : line.render(now.collection, done: now.done, total: now.total)
    }
  }
}
