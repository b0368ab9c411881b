import Foundation

/// The pipe for a child's standard input, if that is bytes and not a file.
struct InputPipe: Sendable {
  let reading: Int32
  private let writing: Int32

  /// Returns nil if the input needs no pipe.
  init?(for input: Command.Input) throws(HarnessError) {
    switch input {
    case .none, .file: return nil
    case .bytes, .unfinished: break
    }
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw HarnessError("no pipe: \(String(cString: strerror(errno)))") }
    // No other child may inherit this pipe.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }

  func closeReading() { close(reading) }
  func closeWriting() { close(writing) }

  /// Writes the bytes, for as long as the child reads them.
  func feed(_ input: Command.Input) {
    guard case .bytes(let bytes) = input else {
      if case .unfinished(let bytes) = input { feed(.bytes(bytes)) }
      return
    }
    // If a child ends early, SIGPIPE must not end the tests: it stays pending on this thread.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
      if written == -1 && errno == EINTR { continue }
      guard written > 0 else { return }
      rest.removeFirst(written)
    }
  }
}
