import Foundation
import Synchronization

/// The writer of standard error: lines and, on a terminal, one status line below them.
public final class Console: Sendable {
  private let status = Mutex("")
  /// Whether standard error is a terminal.
  public let isTerminal: Bool
  /// Whether output is colored: standard error is a terminal, and the environment does not ask for plain text (see
  /// no-color.org).
  public let hasColor: Bool

  public init() {
    isTerminal = isatty(STDERR_FILENO) == 1
    let environment = ProcessInfo.processInfo.environment
    hasColor = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// Prints one or more lines above the status line.
  public func print(_ text: String) {
    status.withLock { status in
      write(clear(status) + text + "\n" + status)
    }
  }

  /// Replaces the status line. Does nothing if standard error is not a terminal.
  public func show(status text: String) {
    guard isTerminal else { return }
    status.withLock { status in
      write(clear(status) + text)
      status = text
    }
  }

  public func clearStatus() {
    status.withLock { status in
      write(clear(status))
      status = ""
    }
  }

  private func clear(_ status: String) -> String { status.isEmpty ? "" : "\r\u{1B}[K" }

  private func write(_ text: String) {
    guard !text.isEmpty else { return }
    // If standard error is closed, the error cannot be reported anywhere.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
