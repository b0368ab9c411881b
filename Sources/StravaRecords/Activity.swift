import BSON

/// An activity as the API sends it, summary or detailed: the fields that are stored in typed form.
///
/// The properties stand in Strava's order, which decoding follows.
public struct Activity: Encodable, Sendable, Equatable {
  public struct Athlete: Encodable, Sendable, Equatable {
    public var id: StravaID?

    public enum CodingKeys: String, CodingKey, CaseIterable { case id }
  }

  public struct Map: Encodable, Sendable, Equatable {
    public var summaryPolyline: String?
    public var resourceState: Int32?

    public enum CodingKeys: String, CodingKey, CaseIterable {
      case summaryPolyline = "summary_polyline"
      case resourceState = "resource_state"
    }
  }

  /// What the record was detected as: 2 summary, 3 detailed. The input's own claim is not read.
  public var resourceState: Int32 = 2

  public var athlete: Athlete?
  public var name: String?
  /// Metres.
  public var distance: Double?
  /// Seconds.
  public var movingTime: Int32?
  /// Seconds.
  public var elapsedTime: Int32?
  /// Metres.
  public var totalElevationGain: Double?
  public var type: String?
  public var sportType: String?
  public var workoutType: Int32?
  public var id: StravaID
  public var startDateSent: StravaDate?
  public var startDateLocal: StravaDate?
  public var timezone: String?
  /// Seconds east of UTC at the start.
  public var utcOffset: Double?
  public var locationCity: String?
  public var locationState: String?
  public var locationCountry: String?
  public var achievementCount: Int32?
  public var kudosCount: Int32?
  public var commentCount: Int32?
  public var map: Map?
  public var isTrainer: Bool?
  public var isCommute: Bool?
  public var isManual: Bool?
  public var isPrivate: Bool?
  public var visibility: String?
  public var isFlagged: Bool?
  public var gearID: String?
  public var start: Coordinates?
  public var end: Coordinates?
  /// Metres a second.
  public var averageSpeed: Double?
  /// Metres a second.
  public var maxSpeed: Double?
  public var averageCadence: Double?
  /// Degrees Celsius.
  public var averageTemp: Double?
  public var averageWatts: Double?
  public var maxWatts: Double?
  public var weightedAverageWatts: Double?
  public var hasDeviceWatts: Bool?
  public var kilojoules: Double?
  public var hasHeartrate: Bool?
  /// Beats a minute.
  public var averageHeartrate: Double?
  /// Beats a minute.
  public var maxHeartrate: Double?
  /// Metres.
  public var elevHigh: Double?
  /// Metres.
  public var elevLow: Double?
  public var externalID: String?
  public var sufferScore: Double?
  public var description: String?
  public var calories: Double?
  public var deviceName: String?

  public enum CodingKeys: String, CodingKey, CaseIterable {
    case athlete, name, distance
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
    case description, calories
    case deviceName = "device_name"
  }

  /// Nil where the record names no athlete; the enclosing object or `--athlete` may give it.
  public var athleteID: Int64? {
    get { athlete?.id?.value }
    set { athlete = Athlete(id: newValue.flatMap(StravaID.init)) }
  }

  /// The instant of the start; worked out of the local one where only that was sent.
  public var startDate: BSONDate? {
    if let startDateSent { return startDateSent.date }
    guard let startDateLocal, let utcOffset, abs(utcOffset) <= Self.widestOffset else { return nil }
    return BSONDate(milliseconds: startDateLocal.wallClock.milliseconds - Int64(utcOffset * 1000))
  }

  /// Seconds; clocks on Earth differ by 14 hours at most, and a day is generous.
  static let widestOffset = 86_400.0

  /// Writes the typed fields in the contract's order, `strava_activity_id` first; what is absent writes nothing.
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
    if let map, map.summaryPolyline != nil || map.resourceState != nil {
      let inner = document.open("map")
      document.append("summary_polyline", map.summaryPolyline)
      document.append("resource_state", map.resourceState)
      document.close(inner)
    }
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

/// Read by the million, so the compiler's way of decoding is too slow.
extension Activity: BSONRecord {
  public init(_ fields: inout BSONFields<CodingKeys>) throws {
    // By the memberwise initializer: one that sets property after property copies the whole at its end.
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

extension Activity.Athlete: BSONRecord {
  public init(_ fields: inout BSONFields<CodingKeys>) throws { id = try fields.value(.id) }
}

extension Activity.Map: BSONRecord {
  public init(_ fields: inout BSONFields<CodingKeys>) throws {
    summaryPolyline = try fields.value(.summaryPolyline)
    resourceState = try fields.value(.resourceState)
  }
}
