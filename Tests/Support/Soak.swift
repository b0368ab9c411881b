import Foundation

/// How large a test is: as `make test` runs it, or as `make soak` does, which gives the same tests more to do.
public enum Soak {
  /// True where STRAVA_STORE_SOAK=1 is set.
  public static let isOn = ProcessInfo.processInfo.environment["STRAVA_STORE_SOAK"] == "1"

  /// The one of two sizes that is asked for: of data, of repetitions.
  public static func size(_ usual: Int, soak: Int) -> Int { isOn ? soak : usual }
}
