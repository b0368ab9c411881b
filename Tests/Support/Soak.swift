import Foundation

/// How large a test is: as `make test` runs it, or as `make soak` does, which gives the same tests more to do.
public enum Soak {
  /// True where STRAVA_STORE_SOAK=1 is set.
  public static let isOn = ProcessInfo.processInfo.environment["STRAVA_STORE_SOAK"] == "1"

  /// The one of two sizes that is asked for: of data, of repetitions.
  public static func size(_ usual: Int, soak: Int) -> Int { isOn ? soak : usual }
}

/// How long a process may take before it counts as hanging.
public enum Patience {
  /// Many times what the slowest takes on an idle machine: a busy machine is not a failure.
  public static let usual: Duration = .seconds(300)
}

/// What a sanitizer changes, with which `scripts/sanitize` builds the program and its tests.
public enum Sanitizer {
  /// True where STRAVA_STORE_SANITIZED=1 is set. A process then takes several times as much memory, so that no bound
  /// is held against it.
  public static let isOn = ProcessInfo.processInfo.environment["STRAVA_STORE_SANITIZED"] == "1"

  /// How many times as long a process may take.
  static let patience = isOn ? 10 : 1
}
