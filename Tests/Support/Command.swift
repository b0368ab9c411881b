import Foundation

/// A program to run, with its arguments, environment, working directory and input.
public struct Command: Sendable {
  /// What the program reads from its standard input.
  public enum Input: Sendable {
    case none
    case bytes([UInt8])
    /// Writes these bytes and keeps the pipe open for as long as the program runs.
    case unfinished([UInt8])
    case file(String)

    public static func text(_ text: String) -> Input { .bytes(Array(text.utf8)) }
  }

  /// The path of the program, which is not searched for in PATH.
  public var executable: String
  public var arguments: [String]
  public var environment: [String: String]
  /// The working directory; nil for that of the tests.
  public var directory: String?
  public var input: Input

  /// - Parameter environment: Variables that are added to `plainEnvironment` or replace one of them.
  public init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    directory: String? = nil, input: Input = .none
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = Command.plainEnvironment.merging(environment) { _, new in new }
    self.directory = directory
    self.input = input
  }

  /// The environment of the tests without the variables that change the program's behavior.
  public static let plainEnvironment: [String: String] = {
    var environment = ProcessInfo.processInfo.environment
    for name in environment.keys
    where name.hasPrefix("MONGODB_") || name.hasPrefix("STRAVA_STORE_") || name == "NO_COLOR"
      || name == "DATABASE_NAME"
    {
      environment[name] = nil
    }
    // libmongoc keeps counters in /dev/shm by process id, and a killed process leaves them there.
    environment["MONGOC_DISABLE_SHM"] = "1"
    return environment
  }()

  /// Runs the program to its end.
  /// - Throws: `HarnessError` if it cannot be started, or is killed because it takes longer than `timeout`.
  public func run(timeout: Duration = Patience.usual) throws -> Outcome {
    try start().wait(timeout: timeout)
  }

  /// Starts the program and returns at once.
  /// - Throws: `HarnessError` if it cannot be started.
  public func start() throws -> RunningCommand { try RunningCommand(self) }
}

/// How a process ended.
public enum Termination: Sendable, Equatable {
  case exited(Int32)
  case signalled(Int32)
}

/// The result of a command.
public struct Outcome: Sendable {
  public let termination: Termination
  public let standardOutput: [UInt8]
  public let standardError: [UInt8]

  /// The exit code, or nil if a signal ended the process.
  public var exitCode: Int32? {
    if case .exited(let code) = termination { code } else { nil }
  }

  /// Standard output as text; invalid UTF-8 becomes U+FFFD.
  public var output: String { String(decoding: standardOutput, as: UTF8.self) }
  /// Standard error as text; invalid UTF-8 becomes U+FFFD.
  public var errors: String { String(decoding: standardError, as: UTF8.self) }

  /// Returns the one line that standard output consists of.
  ///
  /// - Throws: `HarnessError` if standard output is anything else.
  public func onlyLine() throws -> Data {
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 2, lines[1].isEmpty else {
      throw HarnessError("not one line on stdout: '\(output)'; stderr: \(errors)")
    }
    return Data(lines[0].utf8)
  }
}
