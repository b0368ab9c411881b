/// Commands that messages of several modules recommend.
public enum Remedy {
  /// Records that a database has the platform's form.
  public static let adoption = "strava-store encrypt-migrate --adopt"
}
