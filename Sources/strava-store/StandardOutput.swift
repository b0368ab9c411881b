import ArgumentParser
import Reporting
import Synchronization
import SystemPackage

/// A writer of data to standard output in large pieces. It records a failed write instead of ignoring it.
final class StandardOutput: Sendable {
  private struct State {
    var pending: [UInt8] = []
    var failure: String?
  }

  private static let piece = 1 << 16
  private let state = Mutex(State())

  func write(_ text: String) {
    state.withLock { state in
      state.pending += text.utf8
      if state.pending.count >= Self.piece { Self.send(&state) }
    }
  }

  /// Writes the rest.
  ///
  /// - Returns: The reason why not everything could be written; nil if everything was written.
  func finish() -> String? {
    state.withLock { state in
      Self.send(&state)
      return state.failure
    }
  }

  var hasFailed: Bool { state.withLock { $0.failure != nil } }

  private static func send(_ state: inout State) {
    defer { state.pending.removeAll(keepingCapacity: true) }
    guard state.failure == nil else { return }
    do {
      try FileDescriptor.standardOutput.writeAll(state.pending)
    } catch {
      state.failure = "cannot write to standard output: \(error)"
    }
  }
}

extension StandardOutput {
  /// Prints a text that is the whole output.
  ///
  /// - Throws: The exit code if the text cannot be written, because a reader must not take an incomplete output for a
  ///   success.
  static func print(_ text: String, _ console: Console) throws {
    let output = StandardOutput()
    output.write(text)
    guard let failure = output.finish() else { return }
    console.print("error: \(failure)")
    throw ExitCode.environment
  }

  /// Prints the single object of `--json`.
  static func print(summary: some Encodable, _ console: Console) throws {
    try print(jsonLine(summary) + "\n", console)
  }
}
