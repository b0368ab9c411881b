import Foundation

/// The size of a test: that of `make test`, or that of `make soak`, which gives the same tests more to do.
public enum Soak {
  /// True if STRAVA_STORE_SOAK=1 is set.
  public static let isOn = ProcessInfo.processInfo.environment["STRAVA_STORE_SOAK"] == "1"

  /// Returns the size for this run, such as the number of records or repetitions.
  public static func size(_ usual: Int, soak: Int) -> Int { isOn ? soak : usual }
}

/// The time after which a process counts as hanging.
public enum Patience {
  /// Many times what the slowest one takes on an idle machine, because a busy machine is not a failure.
  public static let usual: Duration = .seconds(300)
}

/// The effects of a sanitizer, with which `scripts/sanitize` builds the program and its tests.
public enum Sanitizer {
  /// True if STRAVA_STORE_SANITIZED=1 is set. A process then takes several times as much memory, so tests do not check
  /// its bounds.
  public static let isOn = ProcessInfo.processInfo.environment["STRAVA_STORE_SANITIZED"] == "1"

  /// The factor by which a process may be slower.
  static let patience = isOn ? 10 : 1
}
