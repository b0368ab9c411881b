import BSON

// Rendered from RecordSchema.activity by `make model`. Change the schema, not this file.

/// An activity as the API sends it, summary or detailed: the fields that are stored in typed form.
///
/// The properties are in the order in which Strava sends them, which is the order of reading.
public struct Activity: Encodable, Sendable, Equatable {
  /// The form that the record was detected as: 2 summary, 3 detailed. The input's own claim is not read.
  public var resourceState: Int32 = 2

  /// The athlete of the activity. Only the id is stored.
  public var athlete: Athlete?
  /// The activity's title.
  public var name: String?
  /// Distance covered. In meters.
  public var distance: Double?
  /// Time in motion. It is sometimes a second more than elapsed_time. In seconds.
  public var movingTime: Int32?
  /// Time from start to end. In seconds.
  public var elapsedTime: Int32?
  /// Elevation climbed. In meters.
  public var totalElevationGain: Double?
  /// The sport, by its older name. Filled from sport_type if it is missing.
  public var type: String?
  /// The sport. Filled from type if it is missing.
  public var sportType: String?
  /// Strava's number for race, long run or workout: 0 to 3 for runs, 10 to 12 for rides.
  public var workoutType: Int32?
  /// The activity's id at Strava.
  public var id: StravaID
  /// When the activity started.
  public var startDateSent: StravaDate?
  /// The local time of the start, stored as if it were UTC (as Strava sends it).
  public var startDateLocal: StravaDate?
  /// The time zone as Strava sent it. The offset in it is that of standard time.
  public var timezone: String?
  /// The difference between local time and UTC, positive east of Greenwich. In seconds.
  public var utcOffset: Double?
  /// City of the start.
  public var locationCity: String?
  /// State of the start.
  public var locationState: String?
  /// Country of the start.
  public var locationCountry: String?
  /// Number of achievements, such as records and trophies, in the activity.
  public var achievementCount: Int32?
  /// Number of kudos that the activity has received.
  public var kudosCount: Int32?
  /// Number of comments on the activity.
  public var commentCount: Int32?
  /// The recorded track.
  public var map: Map?
  /// True if done on an indoor trainer.
  public var isTrainer: Bool?
  /// True for a commute.
  public var isCommute: Bool?
  /// True if entered by hand.
  public var isManual: Bool?
  /// True if only the athlete may see it.
  public var isPrivate: Bool?
  /// Who may see the activity.
  public var visibility: String?
  /// True if other users have flagged it.
  public var isFlagged: Bool?
  /// The gear's id at Strava.
  public var gearID: String?
  /// The position of the start: latitude, longitude. In °.
  public var start: Coordinates?
  /// The position of the end: latitude, longitude. In °.
  public var end: Coordinates?
  /// Average speed over the moving time. In meters per second.
  public var averageSpeed: Double?
  /// Highest speed; 0 for manual entries. In meters per second.
  public var maxSpeed: Double?
  /// Average cadence. For runs, it counts the steps of one foot. In revolutions per minute.
  public var averageCadence: Double?
  /// Average temperature at the device. In degrees Celsius.
  public var averageTemp: Double?
  /// Average power, measured or estimated (device_watts). In watts.
  public var averageWatts: Double?
  /// Highest power. In watts.
  public var maxWatts: Double?
  /// Normalized power. In watts.
  public var weightedAverageWatts: Double?
  /// True if power was measured, not estimated.
  public var hasDeviceWatts: Bool?
  /// Work done. In kilojoules.
  public var kilojoules: Double?
  /// True if the heart rate was recorded. It sometimes contradicts the averages.
  public var hasHeartrate: Bool?
  /// Average heart rate. In beats per minute.
  public var averageHeartrate: Double?
  /// Highest heart rate. In beats per minute.
  public var maxHeartrate: Double?
  /// Highest point. In meters.
  public var elevHigh: Double?
  /// Lowest point. Faulty sensors report thousands of meters below sea level. In meters.
  public var elevLow: Double?
  /// The name that the uploading device or app gave it.
  public var externalID: String?
  /// Relative effort, on Strava's own scale.
  public var sufferScore: Double?
  /// The athlete's own description.
  public var description: String?
  /// Energy burned. In kilocalories.
  public var calories: Double?
  /// The device that recorded the activity.
  public var deviceName: String?

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case athlete
    case name
    case distance
    case movingTime = "moving_time"
    case elapsedTime = "elapsed_time"
    case totalElevationGain = "total_elevation_gain"
    case type
    case sportType = "sport_type"
    case workoutType = "workout_type"
    case id
    case startDateSent = "start_date"
    case startDateLocal = "start_date_local"
    case timezone
    case utcOffset = "utc_offset"
    case locationCity = "location_city"
    case locationState = "location_state"
    case locationCountry = "location_country"
    case achievementCount = "achievement_count"
    case kudosCount = "kudos_count"
    case commentCount = "comment_count"
    case map
    case isTrainer = "trainer"
    case isCommute = "commute"
    case isManual = "manual"
    case isPrivate = "private"
    case visibility
    case isFlagged = "flagged"
    case gearID = "gear_id"
    case start = "start_latlng"
    case end = "end_latlng"
    case averageSpeed = "average_speed"
    case maxSpeed = "max_speed"
    case averageCadence = "average_cadence"
    case averageTemp = "average_temp"
    case averageWatts = "average_watts"
    case maxWatts = "max_watts"
    case weightedAverageWatts = "weighted_average_watts"
    case hasDeviceWatts = "device_watts"
    case kilojoules
    case hasHeartrate = "has_heartrate"
    case averageHeartrate = "average_heartrate"
    case maxHeartrate = "max_heartrate"
    case elevHigh = "elev_high"
    case elevLow = "elev_low"
    case externalID = "external_id"
    case sufferScore = "suffer_score"
    case description
    case calories
    case deviceName = "device_name"
  }

  /// Writes the typed fields in the order of the stored document. A field that is missing writes nothing.
  public func appendStoredFields(to document: inout BSONWriter) {
    document.append("strava_activity_id", id.value)
    if let athleteID { document.append("athlete_id", athleteID) }
    document.append("resource_state", resourceState)
    document.append("name", name)
    document.append("description", description)
    document.append("type", type ?? sportType)
    document.append("sport_type", sportType ?? type)
    document.append("distance", distance)
    document.append("total_elevation_gain", totalElevationGain)
    document.append("elev_high", elevHigh)
    document.append("elev_low", elevLow)
    document.append("moving_time", movingTime)
    document.append("elapsed_time", elapsedTime)
    document.append("average_speed", averageSpeed)
    document.append("max_speed", maxSpeed)
    document.append("average_heartrate", averageHeartrate)
    document.append("max_heartrate", maxHeartrate)
    document.append("average_cadence", averageCadence)
    document.append("average_watts", averageWatts)
    document.append("weighted_average_watts", weightedAverageWatts)
    document.append("max_watts", maxWatts)
    document.append("kilojoules", kilojoules)
    document.append("average_temp", averageTemp)
    document.append("calories", calories)
    document.append("suffer_score", sufferScore)
    document.append("start_date", startDate)
    document.append("start_date_local", startDateLocal?.wallClock)
    document.append("timezone", timezone)
    document.append("utc_offset", utcOffset)
    document.append("location_city", locationCity)
    document.append("location_state", locationState)
    document.append("location_country", locationCountry)
    document.append("start_latlng", start?.pair)
    document.append("end_latlng", end?.pair)
    map?.append(to: &document, "map")
    document.append("gear_id", gearID)
    document.append("device_name", deviceName)
    document.append("external_id", externalID)
    document.append("visibility", visibility)
    document.append("workout_type", workoutType)
    document.append("kudos_count", kudosCount)
    document.append("comment_count", commentCount)
    document.append("achievement_count", achievementCount)
    document.append("trainer", isTrainer)
    document.append("commute", isCommute)
    document.append("manual", isManual)
    document.append("private", isPrivate)
    document.append("flagged", isFlagged)
    document.append("has_heartrate", hasHeartrate)
    document.append("device_watts", hasDeviceWatts)
  }
}

/// Decoded without `Decodable`, which is too slow for millions of records.
extension Activity: BSONRecord {
  public init(_ fields: inout BSONFields<CodingKeys>) throws {
    // The memberwise initializer is used because setting property after property copies the whole value at the end.
    self.init(
      athlete: try fields.value(.athlete),
      name: try fields.value(.name),
      distance: try fields.value(.distance),
      movingTime: try fields.value(.movingTime),
      elapsedTime: try fields.value(.elapsedTime),
      totalElevationGain: try fields.value(.totalElevationGain),
      type: try fields.value(.type),
      sportType: try fields.value(.sportType),
      workoutType: try fields.value(.workoutType),
      id: try fields.required(.id),
      startDateSent: try fields.value(.startDateSent),
      startDateLocal: try fields.value(.startDateLocal),
      timezone: try fields.value(.timezone),
      utcOffset: try fields.value(.utcOffset),
      locationCity: try fields.value(.locationCity),
      locationState: try fields.value(.locationState),
      locationCountry: try fields.value(.locationCountry),
      achievementCount: try fields.value(.achievementCount),
      kudosCount: try fields.value(.kudosCount),
      commentCount: try fields.value(.commentCount),
      map: try fields.value(.map),
      isTrainer: try fields.value(.isTrainer),
      isCommute: try fields.value(.isCommute),
      isManual: try fields.value(.isManual),
      isPrivate: try fields.value(.isPrivate),
      visibility: try fields.value(.visibility),
      isFlagged: try fields.value(.isFlagged),
      gearID: try fields.value(.gearID),
      start: try fields.value(.start),
      end: try fields.value(.end),
      averageSpeed: try fields.value(.averageSpeed),
      maxSpeed: try fields.value(.maxSpeed),
      averageCadence: try fields.value(.averageCadence),
      averageTemp: try fields.value(.averageTemp),
      averageWatts: try fields.value(.averageWatts),
      maxWatts: try fields.value(.maxWatts),
      weightedAverageWatts: try fields.value(.weightedAverageWatts),
      hasDeviceWatts: try fields.value(.hasDeviceWatts),
      kilojoules: try fields.value(.kilojoules),
      hasHeartrate: try fields.value(.hasHeartrate),
      averageHeartrate: try fields.value(.averageHeartrate),
      maxHeartrate: try fields.value(.maxHeartrate),
      elevHigh: try fields.value(.elevHigh),
      elevLow: try fields.value(.elevLow),
      externalID: try fields.value(.externalID),
      sufferScore: try fields.value(.sufferScore),
      description: try fields.value(.description),
      calories: try fields.value(.calories),
      deviceName: try fields.value(.deviceName))
  }
}
