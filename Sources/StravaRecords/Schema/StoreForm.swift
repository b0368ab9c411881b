/// The form of a database: which of two declared shapes its documents have. `store_settings` records it.
public enum StoreForm: String, Sendable, CaseIterable {
  /// The form of the tables in docs/schema.md: `user_id` is the `_id` of a user.
  case specification
  /// The form that the platform's backend writes: `user_id` is the athlete's id at Strava, and activities also contain
  /// `strava_id` and `activity_type`.
  case platform
}
