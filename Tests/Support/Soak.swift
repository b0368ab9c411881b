import Foundation

/// How large a test is: as `make test` runs it, or as `make soak` does, which gives the same tests more to do.
public enum Soak {
  /// True where STRAVA_STORE_SOAK=1 is set.
  public static let isOn = ProcessInfo.processInfo.environment["STRAVA_STORE_SOAK"] == "1"

  /// The one of two sizes that is asked for: of data, of repetitions.
  public static func size(_ usual: Int, soak: Int) -> Int { isOn ? soak : usual }
}

/// How long a process may take: under a sanitizer it takes many times as long.
enum Patience {
  /// What STRAVA_STORE_PATIENCE says, as `scripts/sanitize` does; 1 otherwise.
  static let factor = ProcessInfo.processInfo.environment["STRAVA_STORE_PATIENCE"].flatMap { Int($0) } ?? 1
}
