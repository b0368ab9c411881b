import ArgumentParser
import Logging

/// What is said, and how.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object with the summary to standard output, last.")
  var json = false

  @Flag(help: "No progress and no notes; failures are always told.")
  var quiet = false

  @Option(
    help: "Least severe log messages to show: trace, debug, info, notice, warning, error or critical.",
    transform: OutputOptions.level)
  var logLevel: Logger.Level = .warning

  private static func level(_ name: String) throws -> Logger.Level {
    guard let level = Logger.Level(rawValue: name) else { throw ValidationError("there is no log level '\(name)'") }
    return level
  }

  /// A logger on standard error.
  func logger() -> Logger {
    let level = logLevel
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
    return Logger(label: "strava-store")
  }
}
