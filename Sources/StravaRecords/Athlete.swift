import BSON

/// An athlete's profile, summary or detailed: the fields that are stored in typed form.
public struct Athlete: Codable, Sendable, Equatable {
  /// What the record was detected as: 2 summary, 3 detailed.
  public var resourceState: Int32 = 2

  public var id: StravaID
  public var username: String?
  public var firstname: String?
  public var lastname: String?
  public var city: String?
  public var state: String?
  public var country: String?
  public var sex: String?
  public var updatedAt: StravaDate?
  /// Kilograms; Strava's 0 means that it was not given.
  public var weight: Double?
  public var email: String?

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, username, firstname, lastname, city, state, country, sex
    case updatedAt = "updated_at"
    case weight, email
  }

  /// Writes the typed fields in the contract's order; absent, and what Strava sends for it, writes nothing.
  public func appendStoredFields(to document: inout BSONWriter) {
    document.append("resource_state", resourceState)
    document.append("athlete_updated_at", updatedAt?.date)
    document.append("strava_id", id.value)
    document.append("username", username)
    document.append("firstname", firstname)
    document.append("lastname", lastname)
    document.append("email", email)
    if let weight, weight > 0 { document.append("weight", weight) }
    document.append("sex", sex)
    if city != "" { document.append("city", city) }
    if state != "" { document.append("state", state) }
    if country != "" { document.append("country", country) }
  }
}

extension RecordSchema {
  /// Athletes, the first half of a user.
  public static let athlete = RecordSchema(
    kind: .athlete, collection: "users",
    fields: [
      .storeOnly("_id", .objectID, "The document's id, worked out of the athlete's.", required: true),
      .storeOnly(
        "resource_state", .int32, "What the kept profile is: 1 known by id only, 2 summary, 3 detailed.",
        owner: .record),
      .field(
        "updated_at", .instant, "When the athlete last changed the profile.", storedAs: "athlete_updated_at"),
      .field("id", .identifier, "The athlete's id at Strava.", storedAs: "strava_id", required: true),
      .field("username", .text, "The name that the athlete chose."),
      .field("firstname", .text, "First name."),
      .field("lastname", .text, "Last name."),
      .field("email", .text, "E-mail address; sign-in writes it too.", owner: .shared),
      .storeOnly("username_hash", .binary, "Blind index of the user name.", owner: .record),
      .storeOnly("email_hash", .binary, "Blind index of the e-mail address.", owner: .shared),
      .storeOnly("age", .int32, "Age in years, 0 to 150.", owner: .platform),
      .field("weight", .number, "Body weight; 0 means that it is not given.", range: .atLeast(0), unit: "kg"),
      .field("sex", .text, "M or F."),
      .field("city", .text, "City; empty means that it is not given."),
      .field("state", .text, "State; empty means that it is not given."),
      .field("country", .text, "Country; empty means that it is not given."),
      .storeOnly("milestones", .array, "What the athlete wants to reach.", owner: .platform),
      .storeOnly("last_activity_sync", .date, "The newest import that brought this athlete's activities."),
    ] + common,
    otherKeys: [
      "resource_state", "bio", "premium", "summit", "created_at", "badge_type_id", "profile_medium", "profile",
      "friend", "follower", "blocked", "can_follow", "follower_count", "friend_count", "mutual_friend_count",
      "athlete_type", "date_preference", "measurement_preference", "clubs", "postable_clubs_count", "ftp", "bikes",
      "shoes", "is_winback_via_upload", "is_winback_via_view", "recent_run_totals", "recent_ride_totals",
      "recent_swim_totals", "ytd_run_totals", "ytd_ride_totals", "ytd_swim_totals", "all_run_totals",
      "all_ride_totals", "all_swim_totals", "biggest_ride_distance", "biggest_climb_elevation_gain",
      "approve_followers", "premium_expiration_date", "max_heartrate", "instagram_username", "dateofbirth",
      "super_user", "description", "email_language", "email_kom_lost", "email_send_follower_notices",
      "facebook_sharing_enabled", "receive_newsletter", "sample_race_distance", "sample_race_time",
      "subscription_permissions", "offer_in_app_payment", "global_privacy", "agreed_to_terms", "plan", "membership",
      "admin", "owner",
    ])
}
