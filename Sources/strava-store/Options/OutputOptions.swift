import ArgumentParser
import Logging

/// The options for what the command prints, and in what form.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print the summary to standard output as one JSON object.")
  var json = false

  @Flag(help: "Hide progress and notes. Errors and the summary are always printed.")
  var quiet = false

  @Option(
    help: ArgumentHelp(
      "Lowest level of log messages to show.",
      discussion: "Levels: \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")). Default: warning.",
      valueName: "level"),
    transform: OutputOptions.level)
  var logLevel: Logger.Level = .warning

  private static func level(_ name: String) throws -> Logger.Level {
    guard let level = Logger.Level(rawValue: name) else {
      throw ValidationError(
        "unknown log level '\(name)'; the levels are \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return level
  }

  /// Returns a logger that writes to standard error.
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
