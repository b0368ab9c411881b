import Foundation
import Synchronization

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
    guard state.failure == nil, !state.pending.isEmpty else { return }
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(state.pending))
    } catch {
      state.failure = "standard output cannot be written: \(error.localizedDescription)"
    }
  }
}
