import CDriverStart
import CMongo
import Logging

/// The handling of memory that the process has freed.
public enum ProcessMemory {
  /// Keeps freed memory in the process for the next batch or bulk, from the first call on.
  public static func keep() { kept }

  private static let kept: Void = mongo_keep_memory()
}

/// The process-wide state of libmongoc. It is started once, and its log is sent to swift-log.
enum Driver {
  /// Starts libmongoc if it is not running. The default log handler of libmongoc would print to standard output.
  static func start() { started }

  private static let started: Void = {
    mongoc_log_set_handler({ level, _, message, _ in Driver.log(level, message) }, nil)
    ProcessMemory.keep()
    driver_start()
  }()

  private static func log(_ level: mongoc_log_level_t, _ message: UnsafePointer<CChar>?) {
    guard let message else { return }
    let text = Redaction.credentials(in: String(cString: message)).split(whereSeparator: \.isNewline)
    // The logger is created for each of these rare lines, because the program may set up logging after libmongoc has
    // started.
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
