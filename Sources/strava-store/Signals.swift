import Dispatch
import Glibc
import StoreAccess

/// A handler that turns Ctrl-C, SIGTERM and SIGHUP into a clean stop; a second signal ends the program at once. A
/// SIGHUP that was already ignored when the program started (`nohup`) remains ignored.
struct Signals {
  private let sources: [any DispatchSourceSignal]

  init(_ cancellation: Cancellation) {
    var watched: [(Int32, Cancellation.Reason)] = [(SIGINT, .interrupt), (SIGTERM, .terminate)]
    if !Self.isIgnored(SIGHUP) { watched.append((SIGHUP, .hangUp)) }
    let queue = DispatchQueue(label: "signals")
    let registered = DispatchGroup()
    sources = watched.map { number, reason in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if cancellation.isRequested { _exit(128 + number) }
        cancellation.request(reason)
      }
      registered.enter()
      source.setRegistrationHandler { registered.leave() }
      source.resume()
      return source
    }
    // Before that a signal would be lost, and a question for the passphrase may follow immediately.
    registered.wait()
    // If the reader of the output closes the pipe, it is a write error and does not end the import.
    signal(SIGPIPE, SIG_IGN)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  func cancel() { for source in sources { source.cancel() } }
}
