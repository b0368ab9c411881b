import Dispatch
import Glibc
import StoreAccess

/// Turns Ctrl-C and SIGTERM into a clean stop; the second one ends the program at once.
struct Signals {
  private let sources: [any DispatchSourceSignal]

  init(_ cancellation: Cancellation) {
    let watched: [(Int32, Cancellation.Reason)] = [(SIGINT, .interrupt), (SIGTERM, .terminate)]
    let queue = DispatchQueue(label: "signals")
    sources = watched.map { number, reason in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if cancellation.isRequested { _exit(128 + number) }
        cancellation.request(reason)
      }
      source.resume()
      return source
    }
    // A reader of our output that goes away is an error of the write, not the end of the import.
    signal(SIGPIPE, SIG_IGN)
  }

  func cancel() { for source in sources { source.cancel() } }
}
