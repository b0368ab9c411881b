import ArgumentParser
import Logging
import StoreAccess

/// The options for what the command prints, and in what form.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print the summary to standard output as one JSON object.")
  var json = false

  @Flag(name: [.short, .long], help: "Hide progress and notes. Errors and the summary are always printed.")
  var quiet = false

  @Option(
    help: ArgumentHelp(
      "Lowest level of log messages to show.",
      discussion: "Levels: \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")). Default: warning.",
      valueName: "level"),
    transform: OutputOptions.level)
  var logLevel: Logger.Level?

  @Flag(name: [.short, .long], help: "Show log messages of level debug, and error codes of the driver.")
  var verbose = false

  @Option(help: "Format of log messages.")
  var logFormat: LogFormat = .text

  enum LogFormat: String, WordArgument { case text, json }

  func validate() throws {
    if verbose, logLevel != nil {
      throw ValidationError("--verbose means --log-level debug; use one of them")
    }
  }

  private static func level(_ name: String) throws -> Logger.Level {
    guard let level = Logger.Level(rawValue: name) else {
      throw ValidationError(
        "unknown log level '\(name)'; the levels are \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return level
  }

  /// Returns a logger that writes to standard error.
  func logger() -> Logger {
    let (level, format) = (logLevel ?? (verbose ? .debug : .warning), logFormat)
    if level <= .debug { Diagnostics.showDriverCodes() }
    LoggingSystem.bootstrap { label in
      var handler: any LogHandler =
        format == .json ? JSONLogHandler(label: label) : StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
    return Logger(label: "strava-store")
  }
}
