import BSON

extension RecordSchema {
  /// The schema of activities, summary and detailed.
  public static let activity = RecordSchema(
    kind: .activity, collection: "activities",
    description: "An activity as Strava's API sends it, summary or detailed.",
    fields: identification + measurements + circumstances + closing,
    otherKeys: [
      "resource_state", "id_str", "upload_id", "upload_id_str", "guid", "athlete_count", "photo_count",
      "total_photo_count", "pr_count", "has_kudoed", "heartrate_opt_out",
      "display_hide_heartrate_option", "from_accepted_tag", "start_latitude", "start_longitude", "end_latitude",
      "end_longitude", "truncated", "average_grade_adjusted_speed", "leaderboard_opt_out",
      "segment_leaderboard_opt_out", "hide_from_home", "private_note", "perceived_exertion",
      "prefer_perceived_exertion", "instagram_primary_photo", "partner_brand_tag", "partner_logo_url",
      "highlighted_kudosers", "photos", "gear", "laps", "best_efforts", "segment_efforts", "splits_metric",
      "splits_standard", "similar_activities", "available_zones", "stats_visibility", "embed_token",
      "sport_image_visibility", "strength_details",
    ], flatOwnerKeys: RecordSchema.flatOwner)

  private static let identification: [FieldSchema] = [
    .storeOnly("_id", .objectID, "The document's id, worked out of the activity's.", required: true)
      .like(["$oid": "b5f8a1f2c3d4e5f60718293a"]),
    .storeOnly("user_id", .objectID, "The athlete's document in users.").like(["$oid": "65f0c0ffee0123456789abcd"])
      .pointing(to: "users", "_id").missing("documents that the platform made without it"),
    .field("id", .identifier, "The activity's id at Strava.", storedAs: "strava_activity_id", required: true)
      .like(90_000_000_001),
    .field("athlete", .object, "Who did it; its id is stored.", storedAs: "athlete_id", as: .int64).holding(
      [.readOnly("id", .identifier, "The athlete's id at Strava.").like(900_000_001)],
      other: ["resource_state"] + athlete.allKeys
    ).storedIn(.atLeast(1)).pointing(to: "users", "strava_id")
      .missing("dumps of an athlete's own activities; then the enclosing object or --athlete names the athlete"),
    .storeOnly(
      "resource_state", .int32, "What the kept record is, as its content shows: 2 summary, 3 detailed.",
      owner: .record
    ).like(3).missing("documents that import never wrote"),
    .field("name", .text, "The title.").like("Morning Run").missing("hardly ever; it may be empty"),
    .field("description", .text, "The athlete's own words.").like("Felt good.").missing("summaries"),
    .field("type", .text, "The kind of sport, older names; filled from sport_type where it is missing.")
      .ofKnown(activityTypes, named: true).like("Run").missing("hardly ever"),
    .field("sport_type", .text, "The kind of sport; filled from type where it is missing.")
      .ofKnown(activityTypes + laterSportTypes, named: true).like("TrailRun").missing("records fetched before 2022"),
  ]

  private static let measurements: [FieldSchema] = [
    .field("distance", .number, "Distance covered.", range: .atLeast(0), unit: "m").like(10_012.5)
      .missing("hardly ever; 0 for sports without one"),
    .field("total_elevation_gain", .number, "Elevation climbed.", range: .atLeast(0), unit: "m").like(120)
      .missing("hardly ever"),
    .field("elev_high", .number, "Highest point.", unit: "m").like(540.2).missing("indoors, manual entries"),
    .field("elev_low", .number, "Lowest point; faulty sensors give thousands of metres below the sea.", unit: "m")
      .like(431.8).missing("indoors, manual entries"),
    .field(
      "moving_time", .int32, "Time in motion; now and then a second more than elapsed_time.",
      range: .atLeast(0), unit: "s"
    ).like(3001).missing("hardly ever"),
    .field("elapsed_time", .int32, "Time from start to end.", range: .atLeast(0), unit: "s").like(3100)
      .missing("hardly ever"),
    .field("average_speed", .number, "Average speed over the moving time.", range: .atLeast(0), unit: "m/s")
      .like(3.336).missing("sports without a distance"),
    .field("max_speed", .number, "Highest speed; 0 for manual entries.", range: .atLeast(0), unit: "m/s").like(5.1)
      .missing("sports without a distance"),
    .field("average_heartrate", .number, "Average heart rate.", range: .atLeast(0), unit: "bpm").like(151.2)
      .missing("no heart rate recorded, or hidden by the athlete"),
    .field("max_heartrate", .number, "Highest heart rate.", range: .atLeast(0), unit: "bpm").like(171)
      .missing("no heart rate recorded, or hidden by the athlete"),
    .field("average_cadence", .number, "Average cadence; runs count one foot.", unit: "rpm").like(82.5)
      .missing("no cadence recorded"),
    .field("average_watts", .number, "Average power, measured or estimated (device_watts).", unit: "W").like(210.5)
      .missing("most activities but rides"),
    .field("weighted_average_watts", .number, "Normalised power.", unit: "W").like(222)
      .missing("no power meter"),
    .field("max_watts", .number, "Highest power.", unit: "W").like(480).missing("no power meter"),
    .field("kilojoules", .number, "Work done.", unit: "kJ").like(631.7).missing("most activities but rides"),
    .field("average_temp", .number, "Average temperature at the device.", unit: "°C").like(17)
      .missing("no thermometer"),
    .field("calories", .number, "Energy burnt.", unit: "kcal").like(701.5).missing("summaries"),
    .field("suffer_score", .number, "Relative effort, by Strava's own scale.").like(88)
      .missing("no heart rate recorded"),
  ]

  private static let circumstances: [FieldSchema] = [
    .field("start_date", .instant, "The instant of the start.", required: true)
      .derived(from: "start_date_local", "utc_offset").like("2024-05-01T06:30:00Z"),
    .field(
      "start_date_local", .wallClock, "The local time of the start, stored as if it were UTC (as Strava sends it)."
    )
    .like("2024-05-01T12:00:00Z").missing("hardly ever"),
    .field("timezone", .text, "The time zone, as sent; the offset in it is standard time.")
      .like("(GMT+05:30) Asia/Kolkata").missing("hardly ever"),
    .field("utc_offset", .number, "How far the local time was ahead of UTC.", unit: "s").like(19_800)
      .missing("some records"),
    .field("location_city", .text, "City of the start.").like("Testville").missing("most records (null)"),
    .field("location_state", .text, "State of the start.").like("Teststate").missing("most records (null)"),
    .field("location_country", .text, "Country of the start.").like("Testland").missing("some records"),
    .field("start_latlng", .coordinates, "Where it began: latitude, longitude.", unit: "°").like([-48.9, -123.4])
      .missing("indoors, manual entries, hidden by the athlete (null or [])"),
    .field("end_latlng", .coordinates, "Where it ended: latitude, longitude.", unit: "°").like([-48.8, -123.5])
      .missing("indoors, manual entries, hidden by the athlete (null or [])"),
    .field("map", .object, "The track.").holding(
      [
        .field("summary_polyline", .text, "The track, coarse, as an encoded polyline.").like("_p~iF~ps|U")
          .missing("no track (missing, null or empty)"),
        .field("resource_state", .int32, "Strava's claim about the map.").like(2).missing("maps without a track"),
      ],
      other: ["id", "polyline"]
    ).missing("activities without a track"),
    .field("gear_id", .text, "The gear's id at Strava.").like("g12345").missing("no gear chosen"),
    .field("device_name", .text, "What recorded it.").like("Watch 255").missing("summaries, manual entries"),
    .field("external_id", .text, "The uploader's name for it.").like("garmin_ping_465000000000")
      .missing("manual entries"),
    .field("visibility", .text, "Who may see it.").ofKnown(["everyone", "followers_only", "only_me"]).like("everyone")
      .missing("old records"),
    .field("workout_type", .int32, "Race, long run, workout, as Strava numbers them: runs 0 to 3, rides 10 to 12.")
      .like(1).missing("not chosen, and sports that have none"),
    .field("kudos_count", .int32, "Number of kudos that the activity has received.").like(12).missing("hardly ever"),
    .field("comment_count", .int32, "Number of comments on the activity.").like(2).missing("hardly ever"),
    .field("achievement_count", .int32, "Number of achievements, such as records and trophies, in the activity.")
      .like(3).missing("hardly ever"),
    .field("trainer", .flag, "Done on a trainer.").like(false).missing("hardly ever"),
    .field("commute", .flag, "A commute.").like(false).missing("hardly ever"),
    .field("manual", .flag, "Entered by hand.").like(false).missing("hardly ever"),
    .field("private", .flag, "Seen by the athlete only.").like(true).missing("hardly ever"),
    .field("flagged", .flag, "Flagged by others.").like(false).missing("hardly ever"),
    .field("has_heartrate", .flag, "Heart rate was recorded; disagrees with the averages at times.").like(true)
      .missing("old records"),
    .field("device_watts", .flag, "Power was measured, not estimated.").like(true).missing("activities without power"),
    .storeOnly("insights", .array, "What the platform's models made of the activity.", owner: .platform)
      .orStoredAs(.document, .string).like([["text": "Your easy runs are easy."]]).missing(
        "activities that were not analyzed"),
  ]

  /// The values of `type`, which are also values of `sport_type`.
  static let activityTypes = [
    "AlpineSki", "BackcountrySki", "Canoeing", "Crossfit", "EBikeRide", "Elliptical", "Golf", "Handcycle", "Hike",
    "IceSkate", "InlineSkate", "Kayaking", "Kitesurf", "NordicSki", "Ride", "RockClimbing", "RollerSki", "Rowing",
    "Run", "Sail", "Skateboard", "Snowboard", "Snowshoe", "Soccer", "StairStepper", "StandUpPaddling", "Surfing",
    "Swim", "Velomobile", "VirtualRide", "VirtualRun", "Walk", "WeightTraining", "Wheelchair", "Windsurf", "Workout",
    "Yoga",
  ]

  /// The values that only `sport_type` has.
  static let laterSportTypes = [
    "Badminton", "Basketball", "Cricket", "Dance", "EMountainBikeRide", "GravelRide", "HighIntensityIntervalTraining",
    "MountainBikeRide", "Padel", "PhysicalTherapy", "Pickleball", "Pilates", "Racquetball", "Squash", "TableTennis",
    "Tennis", "TrailRun", "VirtualRow", "Volleyball",
  ]
}
