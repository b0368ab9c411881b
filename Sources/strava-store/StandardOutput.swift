import ArgumentParser
import Reporting
import Synchronization
import SystemPackage

/// Data on its way to standard output, written in large pieces; what cannot be written is remembered, not lost.
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
  /// - Returns: why not everything could be written; nil where it was.
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
  /// Prints a text that is all there is to print.
  ///
  /// - Throws: the exit code, where it cannot be written: whoever waits for it must not take the command's for an answer.
  static func print(_ text: String, _ console: Console) throws {
    let output = StandardOutput()
    output.write(text)
    guard let failure = output.finish() else { return }
    console.print("error: \(failure)")
    throw ExitCode.environment
  }

  /// Prints the one object of `--json`.
  static func print(summary: some Encodable, _ console: Console) throws {
    try print(jsonLine(summary) + "\n", console)
  }
}
