import ArgumentParser

/// Exit codes that scripts may rely on; 0 is success, 64 wrong usage (ArgumentParser's own).
extension ExitCode {
  /// The environment failed: no server, no key, an unreadable file.
  static let environment = ExitCode(2)
}
