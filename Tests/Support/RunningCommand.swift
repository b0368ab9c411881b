import Foundation

/// A process that `Command.start` started. It is killed when the last reference is released, and when the test process
/// ends, even by a crash.
public final class RunningCommand: Sendable {
  private let name: String
  private let child: Child
  /// Standard output and standard error go to files, so the process never waits for a reader.
  private let captured: TemporaryFolder

  init(_ command: Command) throws {
    guard FileManager.default.isExecutableFile(atPath: command.executable) else {
      throw HarnessError("there is no program at \(command.executable)")
    }
    name = URL(filePath: command.executable).lastPathComponent
    captured = try TemporaryFolder()
    child = try Child(command, output: captured.path("stdout"), errors: captured.path("stderr"))
  }

  deinit { child.send(SIGKILL) }

  public var processIdentifier: pid_t { child.processIdentifier }
  public var isRunning: Bool { child.termination == nil }

  /// What the process has written to standard error so far.
  public var errorsSoFar: String { String(decoding: read("stderr"), as: UTF8.self) }
  /// What the process has written to standard output so far.
  public var outputSoFar: String { String(decoding: read("stdout"), as: UTF8.self) }

  /// Sends a signal, such as SIGINT. Nothing happens if the process has ended.
  public func send(_ signal: Int32) { child.send(signal) }

  /// Kills the process (SIGKILL), as a power failure would end it, and waits until it is gone.
  public func kill() throws {
    child.send(SIGKILL)
    _ = try wait()
  }

  /// Waits until the process ends.
  /// - Throws: `HarnessError` if it takes longer than `timeout`; the process is then killed.
  public func wait(timeout: Duration = Patience.usual) throws -> Outcome {
    guard let termination = child.wait(timeout: timeout) else {
      child.send(SIGKILL)
      throw HarnessError(
        "\(name) was killed, having run for \(timeout); it said: \(errorsSoFar.suffix(2000))")
    }
    return Outcome(termination: termination, standardOutput: read("stdout"), standardError: read("stderr"))
  }

  private func read(_ name: String) -> [UInt8] { (try? captured.read(name)) ?? [] }
}
