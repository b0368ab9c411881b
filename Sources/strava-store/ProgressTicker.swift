import Dispatch
import Reporting

/// A ticker that shows the progress of a job on a terminal five times a second.
struct ProgressTicker {
  private let timer: (any DispatchSourceTimer)?
  private let console: Console

  /// - Parameter line: A function that returns the text to show; it is called on a separate queue.
  init(_ console: Console, isOff: Bool, line: @escaping @Sendable () -> String) {
    self.console = console
    guard console.isTerminal, !isOff else {
      timer = nil
      return
    }
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "progress"))
    timer.schedule(deadline: .now() + .milliseconds(300), repeating: .milliseconds(200))
    timer.setEventHandler { console.show(status: line()) }
    timer.resume()
    self.timer = timer
  }

  func stop() {
    timer?.cancel()
    console.clearStatus()
  }
}
