import ArgumentParser
import Exporting
import Findings
import Importing
import StoreAccess
import Upkeep

/// The exit codes that scripts may rely on; 0 is success, and 64 is wrong usage (ArgumentParser's own code).
extension ExitCode {
  /// The environment failed: for example, no server, no key, or an unreadable file.
  static let environment = ExitCode(2)

  /// Returns the exit code of a job.
  ///
  /// - Parameters:
  ///   - stopped: The reason why it stopped before its end, if it did.
  ///   - failed: True if the environment failed.
  ///   - leaves: True if something that was requested was not achieved; each case has a finding.
  static func of(stopped: Cancellation.Reason?, failed: Bool, leaves: Bool) -> ExitCode {
    switch stopped {
    case .interrupt: ExitCode(130)
    case .terminate: ExitCode(143)
    case .hangUp: ExitCode(129)
    case .errorLimit, .storeFailed, nil: failed ? environment : leaves ? .failure : .success
    }
  }
}

extension StoreFailure {
  /// - Parameter cancellation: The reason that ended a question for the passphrase. Ctrl-C at such a question requests
  ///   no stop.
  func exitCode(_ cancellation: Cancellation) -> ExitCode {
    .of(stopped: isCancellation ? cancellation.reason ?? .interrupt : nil, failed: true, leaves: false)
  }
}

extension ImportSummary {
  var exitCode: Int32 {
    let failed = failure != nil || findings.contains { $0.key.isEnvironment && $0.value > 0 }
    return ExitCode.of(stopped: stopped, failed: failed, leaves: errors > 0 || total.rejected > 0).rawValue
  }
}

extension ExportSummary {
  var exitCode: Int32 {
    ExitCode.of(stopped: stopped, failed: failure != nil, leaves: total.undecrypted > 0).rawValue
  }
}

extension MigrationSummary {
  var exitCode: Int32 {
    ExitCode.of(stopped: stopped, failed: failure != nil, leaves: left > 0 || task.isAdoption && errors > 0).rawValue
  }
}

extension KeysSummary {
  var exitCode: Int32 { ExitCode.of(stopped: stopped, failed: failure != nil, leaves: errors > 0).rawValue }
}

extension IndexSummary {
  var exitCode: Int32 {
    ExitCode.of(stopped: stopped, failed: failure != nil, leaves: errors > 0 || left > 0).rawValue
  }
}
