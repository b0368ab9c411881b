import Dispatch
import Reporting
import StoreEngine

/// Shows the progress of an import on a terminal five times a second.
struct ProgressTicker {
  private let timer: (any DispatchSourceTimer)?
  private let console: Console

  init(_ console: Console, _ progress: ImportProgress, isOff: Bool) {
    self.console = console
    guard console.isTerminal, !isOff else {
      timer = nil
      return
    }
    let line = ProgressLine()
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "progress"))
    timer.schedule(deadline: .now() + .milliseconds(300), repeating: .milliseconds(200))
    timer.setEventHandler {
      console.show(
        status: line.render(bytes: (progress.bytesDone, progress.totalBytes), records: progress.records))
    }
    timer.resume()
    self.timer = timer
  }

  func stop() {
    timer?.cancel()
    console.clearStatus()
  }
}
