/// Commands that messages of several modules recommend.
public enum Remedy {
  /// Records that a database has the platform's form.
  public static let adoption = "strava-store encrypt-migrate --adopt"
  /// Turns off the validators while documents change from one policy to another.
  public static let validatorsOff = "strava-store index --validation off"
  public static let validatorsOn = "strava-store index --validation moderate"
}
