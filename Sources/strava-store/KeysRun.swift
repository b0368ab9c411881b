import ArgumentParser
import Reporting
import SourceText
import StoreEngine
import Synchronization

/// A task of `keys` as a user meets it: signals, progress, findings, the summary, the exit code.
struct KeysRun {
  let console = Console()
  private let options: KeysOptions

  init(_ options: KeysOptions) { self.options = options }

  /// - Throws: the exit code.
  func run(_ task: KeysTask) throws {
    let output = options.output
    let interruption = Interruption()
    let signals = Signals(interruption)
    let progress = DocumentProgress()
    let connection = options.connection.choice(console)
    let printer = Mutex(FindingPrinter(console, isQuiet: output.quiet))
    let job = KeysJob(
      task, connection, options.key.choice, interruption: interruption, progress: progress,
      log: output.logger()
    ) { finding in
      printer.withLock { $0.show(finding) }
    }
    let line = DocumentProgressLine()
    let ticker = ProgressTicker(console, isOff: output.quiet) {
      let now = progress.current
      return now.collection.isEmpty ? "" : line.render(now.collection, done: now.done, total: now.total)
    }
    let summary: KeysSummary
    do {
      defer { ticker.stop() }
      summary = try job.run()
    } catch let failure as StoreFailure {
      console.print("error: \(failure.message)")
      if output.json { try KeysReport(KeysSummary(notBegun: task, connection, failure)).printJSON(console) }
      throw ExitCode(failure.exitCode)
    }
    signals.cancel()
    let report = KeysReport(summary)
    console.print(report.text)
    if output.json { try report.printJSON(console) }
    throw ExitCode(summary.exitCode)
  }
}
