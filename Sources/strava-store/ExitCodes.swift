import ArgumentParser
import Exporting
import Findings
import Importing
import StoreAccess
import Upkeep

/// Exit codes that scripts may rely on; 0 is success, 64 wrong usage (ArgumentParser's own).
extension ExitCode {
  /// The environment failed: no server, no key, an unreadable file.
  static let environment = ExitCode(2)

  /// The exit code of a job.
  ///
  /// - Parameters:
  ///   - stopped: why it stopped before its end, if it did.
  ///   - failed: the environment failed.
  ///   - leaves: something that was asked for is not so, each with a finding.
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
  /// - Parameter cancellation: what called a question for the passphrase off; Ctrl-C there requests none.
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
    ExitCode.of(stopped: stopped, failed: failure != nil, leaves: total.unopened > 0).rawValue
  }
}

extension MigrationSummary {
  var exitCode: Int32 { ExitCode.of(stopped: stopped, failed: failure != nil, leaves: left > 0).rawValue }
}

extension KeysSummary {
  var exitCode: Int32 { ExitCode.of(stopped: stopped, failed: failure != nil, leaves: errors > 0).rawValue }
}

extension IndexSummary {
  var exitCode: Int32 {
    ExitCode.of(stopped: stopped, failed: failure != nil, leaves: errors > 0 || left > 0).rawValue
  }
}
