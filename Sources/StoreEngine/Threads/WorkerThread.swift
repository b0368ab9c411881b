import Foundation

/// A thread of our own that can be waited for: libmongoc and file reads block, which Swift's cooperative threads must
/// never do.
final class WorkerThread: Sendable {
  private let done = DispatchSemaphore(value: 0)

  init(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let done = done
    let thread = Thread {
      body()
      done.signal()
    }
    thread.name = name
    thread.stackSize = 8 << 20  // the JSON scanner and the walkers recurse about a hundred levels
    thread.start()
  }

  func join() { done.wait() }
}
