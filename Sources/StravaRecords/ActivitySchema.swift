import BSON

extension RecordSchema {
  /// Activities, summary and detailed.
  public static let activity = RecordSchema(
    kind: .activity, collection: "activities",
    fields: [
      .storeOnly("_id", .objectID, "The document's id, worked out of the activity's.", required: true),
      .storeOnly("user_id", .objectID, "The athlete's document in users.", required: true),
      .field(
        "id", .identifier, "The activity's id at Strava.", storedAs: "strava_activity_id", required: true),
      .field("athlete", .object, "Who did it.", storedAs: "athlete_id", as: .int64).holding(
        [.readOnly("id", .identifier, "The athlete's id at Strava.")],
        other: ["resource_state"] + athlete.allKeys),
      .storeOnly(
        "resource_state", .int32, "What the kept record is, as its content shows: 2 summary, 3 detailed.",
        owner: .record),
      .field("name", .text, "The title."),
      .field("description", .text, "The athlete's own words."),
      .field("type", .text, "The kind of sport, older names; filled from sport_type where it is missing.")
        .ofKnown(activityTypes, named: true),
      .field("sport_type", .text, "The kind of sport; filled from type where it is missing.")
        .ofKnown(activityTypes + laterSportTypes, named: true),
      .field("distance", .number, "Distance covered.", range: .atLeast(0), unit: "m"),
      .field("total_elevation_gain", .number, "Metres climbed.", range: .atLeast(0), unit: "m"),
      .field("elev_high", .number, "Highest point.", unit: "m"),
      .field("elev_low", .number, "Lowest point.", unit: "m"),
      .field("moving_time", .int32, "Time in motion.", range: .atLeast(0), unit: "s"),
      .field("elapsed_time", .int32, "Time from start to end.", range: .atLeast(0), unit: "s"),
      .field("average_speed", .number, "Average speed.", range: .atLeast(0), unit: "m/s"),
      .field("max_speed", .number, "Highest speed.", range: .atLeast(0), unit: "m/s"),
      .field("average_heartrate", .number, "Average heart rate.", range: .atLeast(0), unit: "bpm"),
      .field("max_heartrate", .number, "Highest heart rate.", range: .atLeast(0), unit: "bpm"),
      .field("average_cadence", .number, "Average cadence.", unit: "rpm"),
      .field("average_watts", .number, "Average power.", unit: "W"),
      .field("weighted_average_watts", .number, "Normalised power.", unit: "W"),
      .field("max_watts", .number, "Highest power.", unit: "W"),
      .field("kilojoules", .number, "Work done.", unit: "kJ"),
      .field("average_temp", .number, "Average temperature.", unit: "°C"),
      .field("calories", .number, "Energy burnt.", unit: "kcal"),
      .field("suffer_score", .number, "Relative effort."),
      .field("start_date", .instant, "The instant of the start.", required: true)
        .derived(from: "start_date_local", "utc_offset"),
      .field(
        "start_date_local", .wallClock, "The local time of the start, stored as if it were UTC (as Strava sends it)."),
      .field("timezone", .text, "The time zone, as sent."),
      .field("utc_offset", .number, "How far the local time was ahead of UTC.", unit: "s"),
      .field("location_city", .text, "City of the start."),
      .field("location_state", .text, "State of the start."),
      .field("location_country", .text, "Country of the start."),
      .field("start_latlng", .coordinates, "Where it began: latitude, longitude.", unit: "°"),
      .field("end_latlng", .coordinates, "Where it ended: latitude, longitude.", unit: "°"),
      .field("map", .object, "The track.").holding(
        [
          .field("summary_polyline", .text, "The track, coarse, as an encoded polyline."),
          .field("resource_state", .int32, "Strava's claim about the map."),
        ],
        other: ["id", "polyline"]),
      .field("gear_id", .text, "The gear's id at Strava."),
      .field("device_name", .text, "What recorded it."),
      .field("external_id", .text, "The uploader's name for it."),
      .field("visibility", .text, "Who may see it.").ofKnown(["everyone", "followers_only", "only_me"]),
      .field("workout_type", .int32, "Race, long run, workout, as Strava numbers them."),
      .field("trainer", .flag, "Done on a trainer."),
      .field("commute", .flag, "A commute."),
      .field("manual", .flag, "Entered by hand."),
      .field("private", .flag, "Seen by the athlete only."),
      .field("flagged", .flag, "Flagged by others."),
      .field("has_heartrate", .flag, "Heart rate was recorded."),
      .field("device_watts", .flag, "Power was measured, not estimated."),
    ] + common,
    otherKeys: [
      "resource_state", "upload_id", "upload_id_str", "guid", "achievement_count", "kudos_count", "comment_count",
      "athlete_count", "photo_count", "total_photo_count", "pr_count", "has_kudoed", "heartrate_opt_out",
      "display_hide_heartrate_option", "from_accepted_tag", "start_latitude", "start_longitude", "end_latitude",
      "end_longitude", "truncated", "average_grade_adjusted_speed", "leaderboard_opt_out",
      "segment_leaderboard_opt_out", "hide_from_home", "private_note", "perceived_exertion",
      "prefer_perceived_exertion", "instagram_primary_photo", "partner_brand_tag", "partner_logo_url",
      "highlighted_kudosers", "photos", "gear", "laps", "best_efforts", "segment_efforts", "splits_metric",
      "splits_standard", "similar_activities", "available_zones", "stats_visibility", "embed_token",
    ])

  /// Values of `type`, and of `sport_type` as well.
  static let activityTypes = [
    "AlpineSki", "BackcountrySki", "Canoeing", "Crossfit", "EBikeRide", "Elliptical", "Golf", "Handcycle", "Hike",
    "IceSkate", "InlineSkate", "Kayaking", "Kitesurf", "NordicSki", "Ride", "RockClimbing", "RollerSki", "Rowing",
    "Run", "Sail", "Skateboard", "Snowboard", "Snowshoe", "Soccer", "StairStepper", "StandUpPaddling", "Surfing",
    "Swim", "Velomobile", "VirtualRide", "VirtualRun", "Walk", "WeightTraining", "Wheelchair", "Windsurf", "Workout",
    "Yoga",
  ]

  /// Values that only `sport_type` has.
  static let laterSportTypes = [
    "Badminton", "Basketball", "Cricket", "Dance", "EMountainBikeRide", "GravelRide", "HighIntensityIntervalTraining",
    "MountainBikeRide", "Padel", "PhysicalTherapy", "Pickleball", "Pilates", "Racquetball", "Squash", "TableTennis",
    "Tennis", "TrailRun", "VirtualRow", "Volleyball",
  ]

  /// Every key that the input may have.
  var allKeys: [String] { fields.compactMap(\.key) + otherKeys }
}
