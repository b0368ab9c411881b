import CDriverStart
import CMongo
import Logging

/// What the process does with memory that it no longer needs.
public enum ProcessMemory {
  /// Keeps it for the next batch or bulk, from now on.
  public static func keep() { kept }

  private static let kept: Void = mongo_keep_memory()
}

/// libmongoc's process-wide state: started once, its log sent to swift-log.
enum Driver {
  /// Starts libmongoc unless it runs; its own log handler would print to stdout.
  static func start() { started }

  private static let started: Void = {
    mongoc_log_set_handler({ level, _, message, _ in Driver.log(level, message) }, nil)
    ProcessMemory.keep()
    driver_start()
  }()

  private static func log(_ level: mongoc_log_level_t, _ message: UnsafePointer<CChar>?) {
    guard let message else { return }
    let text = Redaction.credentials(in: String(cString: message)).split(whereSeparator: \.isNewline)
    // Created for each of these rare lines, since the program may set up its logging after libmongoc has started.
    Logger(label: "mongoc").log(level: severity(level), "\(text.joined(separator: " "))")
  }

  private static func severity(_ level: mongoc_log_level_t) -> Logger.Level {
    switch level {
    case MONGOC_LOG_LEVEL_ERROR: .error
    case MONGOC_LOG_LEVEL_CRITICAL: .critical
    case MONGOC_LOG_LEVEL_WARNING: .warning
    case MONGOC_LOG_LEVEL_MESSAGE: .notice
    case MONGOC_LOG_LEVEL_INFO: .info
    case MONGOC_LOG_LEVEL_DEBUG: .debug
    default: .trace
    }
  }
}
