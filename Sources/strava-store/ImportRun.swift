import ArgumentParser
import Reporting
import SourceText
import StoreEngine
import Synchronization

/// An import, or its dry run, as a user meets it: signals, progress, findings, the summary, the exit code.
struct ImportRun {
  private let options: ImportOptions
  private let output: OutputOptions

  init(_ options: ImportOptions, _ output: OutputOptions) {
    self.options = options
    self.output = output
  }

  /// - Throws: the exit code.
  func run(_ console: Console) throws {
    let interruption = Interruption()
    let signals = Signals(interruption)
    let progress = ImportProgress()
    let printer = Mutex(FindingPrinter(console, isQuiet: output.quiet))
    let job = ImportJob(
      options, interruption: interruption, progress: progress, log: output.logger(),
      wantsPlaces: { severity in printer.withLock { $0.wants(severity) } },
      show: { finding in printer.withLock { $0.show(finding) } })
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
      if output.json { try ImportReport(ImportSummary(notBegun: options, failure)).printJSON(console) }
      throw ExitCode(failure.exitCode)
    }
    signals.cancel()
    let report = ImportReport(summary)
    console.print(report.text(isQuiet: output.quiet))
    if output.json { try report.printJSON(console) }
    throw ExitCode(summary.exitCode)
  }
}
