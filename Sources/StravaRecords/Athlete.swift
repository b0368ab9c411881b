import BSON

/// The profile of an athlete, summary or detailed, with the fields that are stored in typed form.
public struct Athlete: Codable, Sendable, Equatable {
  /// The detected level of detail: 2 for summary, 3 for detailed.
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
  /// The weight in kilograms. Strava's value 0 means that it was not given.
  public var weight: Double?
  public var email: String?

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case id, username, firstname, lastname, city, state, country, sex
    case updatedAt = "updated_at"
    case weight, email
  }

  /// Writes the typed fields in the order of the stored document. Missing fields, and values with which Strava
  /// represents missing ones, are not written.
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
  /// The schema of athletes, which are the first part of a user document.
  public static let athlete = RecordSchema(
    kind: .athlete, collection: "users",
    description: "An athlete's profile as Strava's API sends it, summary or detailed.",
    fields: [
      .storeOnly("_id", .objectID, "The document's id, computed from the athlete's id.", required: true)
        .like(["$oid": "65f0c0ffee0123456789abcd"]),
      .storeOnly(
        "resource_state", .int32, "The form of the stored profile: 1 known by id only, 2 summary, 3 detailed.",
        owner: .record
      ).like(3).missing("documents that import has not written"),
      .field(
        "updated_at", .instant, "When the athlete last changed the profile.", storedAs: "athlete_updated_at"
      ).like("2024-04-01T10:20:30Z").missing("stubs, and profiles inside other records"),
      .field("id", .identifier, "The athlete's id at Strava.", storedAs: "strava_id", required: true)
        .like(900_000_001),
      .field("username", .text, "The user name that the athlete chose.").like("a_runner").missing(
        "no user name chosen (null)"),
      .field("firstname", .text, "First name.").like("Ada").missing("stubs"),
      .field("lastname", .text, "Last name.").like("Example").missing("stubs"),
      .field("email", .text, "E-mail address. The platform's sign-in writes it, too.", owner: .shared).like(
        "ada@example.com"
      )
      .missing("all profiles except the athlete's own in old dumps"),
      .storeOnly("username_hash", .binary, "Blind index of the user name.", unit: "32 bytes")
        .missing("users without a user name"),
      .storeOnly("email_hash", .binary, "Blind index of the e-mail address.", unit: "32 bytes")
        .missing("users without an e-mail address"),
      .storeOnly("age", .int32, "The athlete's age.", owner: .platform, range: .between(0, 150), unit: "years").like(36)
        .missing("users whose age the platform does not know"),
      .field("weight", .number, "Body weight; Strava's 0 means that it is not given.", range: .atLeast(0), unit: "kg")
        .storedIn(.moreThan(0)).like(58.5).missing("summaries, and profiles without it (0 or null)"),
      .field("sex", .text, "The athlete's sex: M or F.").like("F").missing("not given (null)"),
      .field("city", .text, "City; empty means that it is not given.").like("Testville")
        .missing("not given (null or empty)"),
      .field("state", .text, "State; empty means that it is not given.").like("Teststate")
        .missing("not given (null or empty)"),
      .field("country", .text, "Country; empty means that it is not given.").like("Testland")
        .missing("not given (null or empty)"),
      .storeOnly("milestones", .array, "The athlete's goals.", owner: .platform).holding(milestone)
        .missing("users without milestones"),
      .storeOnly("stub", .bool, "True while the athlete is known by id only; removed with a profile.").like(true)
        .missing("users with a profile, and those that sign-in made"),
      .storeOnly(
        "last_activity_sync", .date, "When the latest import began that stored or changed an activity of this athlete."
      )
      .like(["$date": "2024-05-03T04:05:06Z"]).missing("until activities are imported"),
    ]
      + closing(
        half: .storeOnly("athlete", .document, "The athlete object, sealed as a whole.").sealedWhole(as: .identity)),
    otherKeys: [
      "resource_state", "id_str", "bio", "premium", "summit", "created_at", "badge_type_id", "profile_medium",
      "profile",
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

  /// Fields of the platform. Import neither reads nor writes them.
  private static let milestone: [FieldSchema] = [
    .storeOnly("id", .objectID, "The milestone's id.", owner: .platform).missing("depends on the platform")
      .orStoredAs(.string).like(["$oid": "65f0c0ffee0123456789abce"]),
    .storeOnly("name", .string, "The milestone's name.", owner: .platform).missing("depends on the platform").like(
      "First marathon"),
    .storeOnly("date", .date, "The date by which it should be reached.", owner: .platform).missing(
      "depends on the platform"
    ).like([
      "$date": "2024-10-13T00:00:00Z"
    ]),
    .storeOnly("target", .string, "The goal, as a text or as a number.", owner: .platform).missing(
      "depends on the platform"
    )
    .orStoredAs(.double).like("below 4 hours"),
    .storeOnly("sport_type", .string, "The sport of the goal.", owner: .platform).missing("depends on the platform")
      .like("Run"),
    .storeOnly("distance", .double, "The distance of the goal.", owner: .platform, unit: "m").missing(
      "depends on the platform"
    ).like(42_195.0),
    .storeOnly("created_at", .date, "When it was created.", owner: .platform).missing("depends on the platform").like([
      "$date": "2024-05-03T04:05:06Z"
    ]),
  ]
}
