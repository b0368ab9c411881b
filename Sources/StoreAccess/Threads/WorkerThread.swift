import Foundation

/// A dedicated thread whose end can be waited for. Calls of libmongoc and reads of files block, which Swift's
/// cooperative threads must never do.
package final class WorkerThread: Sendable {
  private let done = DispatchSemaphore(value: 0)

  package init(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let done = done
    let thread = Thread {
      body()
      done.signal()
    }
    thread.name = name
    thread.stackSize = 8 << 20  // walks of documents recurse a hundred levels
    thread.start()
  }

  package func join() { done.wait() }

  /// Waits for the end of the thread, but only briefly after a cancellation: a read from a pipe that nobody writes to
  /// cannot be interrupted.
  package func join(unless cancellation: Cancellation) {
    while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
      guard cancellation.isRequested else { continue }
      _ = done.wait(timeout: .now() + .seconds(2))
      return
    }
  }
}
