import Foundation
import Synchronization

/// Standard error as people see it: lines, and on a terminal one status line below them that comes and goes.
public final class Console: Sendable {
  private let status = Mutex("")
  /// True where standard error is a terminal.
  public let isTerminal: Bool
  /// Colours are for terminals whose owner has not said otherwise (no-color.org).
  public let hasColour: Bool

  public init() {
    isTerminal = isatty(STDERR_FILENO) == 1
    let environment = ProcessInfo.processInfo.environment
    hasColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// Prints a line (or several) above the status.
  public func print(_ text: String) {
    status.withLock { status in
      write(clear(status) + text + "\n" + status)
    }
  }

  /// Replaces the status line. Does nothing where standard error is not a terminal.
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
    // There is no other way to report that standard error is closed.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
