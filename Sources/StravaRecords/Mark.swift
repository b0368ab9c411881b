import BSON

/// A feature of an object that indicates its kind: a member with a certain value, or a property of all its members
/// together.
///
/// If the raw value of a mark is a key, an object shows the mark if it has that member with any value but null. The
/// other marks have a definition below.
enum Mark: String, CaseIterable, Sendable {
  // Marks of activities.
  case id, start, time, distance, sport, strava, uploadKey, fourOfFive
  case resourceState = "resource_state"
  case kudosCount = "kudos_count"
  case commentCount = "comment_count"
  case athleteCount = "athlete_count"
  case achievementCount = "achievement_count"
  case totalPhotoCount = "total_photo_count"
  case prCount = "pr_count"
  case hasKudoed = "has_kudoed"
  case fromAcceptedTag = "from_accepted_tag"
  // Marks that only detailed activities have.
  case efforts, ownWords, calories
  case embedToken = "embed_token"
  // Marks of parts of activities.
  case lapIndex = "lap_index"
  case startIndex = "start_index"
  case elevationDifference = "elevation_difference"
  case paceZone = "pace_zone"
  case prRank = "pr_rank"
  case komRank = "kom_rank"
  case activity
  case activityID = "activity_id"
  case split, segmentObject, partOf
  // Marks of athletes and tokens.
  case firstname, lastname, athleteDetail, profileMember, onlyName
  case athlete
  case athleteWithoutID
  case flatOwner
  case token
  case accessToken = "access_token"
  case refreshToken = "refresh_token"
  case tokenType = "token_type"
  case expiresAt = "expires_at"
  case expiresIn = "expires_in"
  case totals
  // Marks of insights.
  case insightType = "insight_type"
  case insightText = "insight_text"
  case userID = "user_id"
  // Marks of messages.
  case aspectType = "aspect_type"
  case eventObject
  case message, errorList, noErrors, onlyMessage, protocolLine
  // Marks of measurements.
  case zones, streams
  case distributionBuckets = "distribution_buckets"
  case type
  case zoneMember
  // Marks of segments and routes.
  case climbCategory = "climb_category"
  case averageGrade = "average_grade"
  case maximumGrade = "maximum_grade"
  case elevationHigh = "elevation_high"
  case climbText = "climb_category_desc"
  case shortGrade = "avg_grade"
  case activityType = "activity_type"
  case starred
  case estimatedTime = "estimated_moving_time"
  case subType = "sub_type"
  case map
  case mapURLs = "map_urls"
  case elevationGain = "elevation_gain"
  case waypoints, segments, timestamp
  // Marks of gear, photos, comments and clubs.
  case gearID, primary
  case brandName = "brand_name"
  case modelName = "model_name"
  case frameType = "frame_type"
  case convertedDistance = "converted_distance"
  case gearMember
  case uniqueID = "unique_id"
  case urls, photoMember
  case text
  case postID = "post_id"
  case createdAt = "created_at"
  case commentMember
  case memberCount = "member_count"
  case coverPhoto = "cover_photo"
  case profileMedium = "profile_medium"
  case clubSport
  case membership
  case title, clubMember
  case organizingAthlete = "organizing_athlete"
  case occurrences = "upcoming_occurrences"
  case womenOnly = "women_only"
  case skillLevels = "skill_levels"
  case terrain, joined
  // Marks of uploads and subscriptions.
  case status, uploadActivity, uploadError, anyID
  case callbackURL = "callback_url"
  case applicationID = "application_id"
  // Marks of objects that do not come from the API.
  case distanceRaw = "distance_raw"
  case movingTimeRaw = "moving_time_raw"
  case elapsedTimeRaw = "elapsed_time_raw"
  case elevationGainRaw = "elevation_gain_raw"
  case startDateRaw = "start_date_local_raw"
  case displayType = "display_type"
  case typeDisplayName = "activity_type_display_name"
  case webLink
  case exportID = "Activity ID"
  case exportColumn
  // Marks of rows of the account archive.
  case exportCells
  case locale
  case schemaURL, schemaObject, schemaParts, schemaProperty
  // Marks of documents of a database.
  case rawData, rawActivity, importSource
  case leftOut = "$left_out"
  case onlyReference

  /// The definition of the mark: several equivalent keys, values of a certain shape, or a condition on the value.
  var definition: MarkDefinition {
    switch self {
    case .id: .keys("id", as: .plain)
    case .start: .keys("start_date", "start_date_local")
    case .time: .keys("moving_time", "elapsed_time")
    case .distance: .keys("distance", as: .plain)
    case .sport: .keys("sport_type", "type")
    case .strava: .keys("resource_state", "upload_id")
    case .uploadKey: .keys("upload_id", as: .any)
    case .fourOfFive: .whole("four of the five that make an activity: \(Evidence.fiveInWords)")
    case .efforts: .keys("segment_efforts", "splits_metric", "best_efforts", as: .content)
    case .ownWords: .keys("description", "embed_token", "gear", as: .filled)
    case .embedToken: .keys("embed_token", as: .content)
    case .split: .keys("split", as: .number)
    case .segmentObject: .keys("segment", as: .object)
    case .partOf:
      .inside(["activity"], or: ["activity.id", "activity__id"], "a reference and nothing else") {
        $0.document?.isReference == true
      }
    case .firstname: .keys("firstname", as: .any)
    case .lastname: .keys("lastname", as: .any)
    case .athleteDetail:
      .keys("bikes", "shoes", "clubs", "measurement_preference", "ftp", "email", as: .content)
    case .profileMember:
      .keys("username", "sex", "premium", "summit", "updated_at", "city", "country", "weight", "email")
    case .onlyName: .whole("no other members than \(MarkKeys.inWords(.name)) and `resource_state`")
    case .flatOwner: MarkDefinition(keys: RecordSchema.flatOwner, shapes: .plain)
    case .athleteWithoutID:
      .inside(["athlete"], "an object with `firstname` and without `id`") { value in
        guard let athlete = value.document, athlete["firstname"] != nil else { return false }
        return athlete["id"]?.isNull ?? true
      }
    case .token: .keys("access_token", "refresh_token")
    case .totals:
      .inside(Mark.totalKeys, "an object with `count`") { $0.document?["count"] != nil }
    case .eventObject: .keys("object_type", "object_id")
    case .message: .keys("message", as: .text)
    case .errorList:
      .inside(["errors"], "a list of objects with `code`, `field` or `resource`") { $0.array?.isErrorList == true }
    case .noErrors: .keys("errors", as: .empty)
    case .onlyMessage: .whole("no other members than `message` and `errors`")
    case .protocolLine:
      .whole("`type` is one of \(ProtocolLine.inWords), beside the member of that name or of that line")
    case .zones:
      .inside(["heart_rate", "power"], "an object of `zones` and `custom_zones`, where each zone has `min` and `max`") {
        $0.document?.isZones == true
      }
    case .streams:
      .whole("two stream names with lists, a stream's `type` and `data`, or members that all are streams or ids")
    case .zoneMember: .keys("sensor_based", "custom_zones", "score", "points")
    case .gearMember: .keys("nickname", "retired")
    case .photoMember: .keys("sizes", "source", "caption", "uploaded_at")
    case .commentMember: .keys("cursor", "has_reacted", as: .any)
    case .webLink: .keys("activity_url", "static_map")
    case .gearID: .inside(["id"], "a letter `b` or `g` and digits") { $0.text.map(Mark.isGearID) ?? false }
    case .text: .keys("text", as: .text)
    case .clubSport: .keys("sport_type", "localized_sport_type", "activity_types", "club_type")
    case .clubMember: .keys("club", "club_id")
    case .status: .keys("status", as: .text)
    case .uploadActivity: .keys("activity_id", as: .any)
    case .uploadError: .keys("error", "external_id", as: .any)
    case .anyID: .keys("id", "id_str", as: .plain)
    case .exportColumn: .keys("Activity Date", "Activity Name", "Activity Type", "Elapsed Time", "Filename", as: .any)
    case .schemaURL:
      .inside(["$schema"], "text that names json-schema.org") { $0.text?.contains("json-schema.org") == true }
    case .schemaObject: .inside(["type"], "the text `object`") { $0.text?.elementsEqual("object".utf8) == true }
    case .schemaParts: .keys("properties", "$defs", "definitions", as: .object)
    case .schemaProperty:
      .inside(["id", "firstname"], "an object whose `type` is one of JSON Schema's") { value in
        guard let type = value.document?["type"] else { return false }
        return type.is(.array) || type.text.map(Mark.isSchemaType) ?? false
      }
    case .rawData: .keys("raw_data", as: .object)
    case .rawActivity:
      .inside(["raw_data"], "a whole activity") { $0.document.map(RecordKind.isWholeActivity) ?? false }
    case .leftOut: .keys("$left_out", as: .list)
    case .exportCells: .keys("export_row", as: .object)
    case .importSource:
      .inside(["source", "export_row"], "an object with `digest` and `run`, or with a member that has both") {
        $0.document?.isImportSource == true
      }
    case .onlyReference: .whole("no other members than `id`, `id_str`, `resource_state` and `visibility`")
    default: .keys(rawValue)
    }
  }
}

extension Mark {
  fileprivate static let totalKeys = ["recent", "ytd", "all"].flatMap { period in
    ["run", "ride", "swim"].map { "\(period)_\($0)_totals" }
  }

  private static let schemaTypes = ["string", "integer", "number", "boolean", "object", "array", "null"]

  fileprivate static func isSchemaType(_ text: UnsafeRawBufferPointer) -> Bool {
    schemaTypes.contains { text.elementsEqual($0.utf8) }
  }

  /// Returns whether a text is the id of gear, such as `b123` or `g123`.
  fileprivate static func isGearID(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count >= 2, text[0] == UInt8(ascii: "b") || text[0] == UInt8(ascii: "g") else { return false }
    return text.dropFirst().allSatisfy { $0 &- 48 <= 9 }
  }
}

extension BSONView {
  /// Whether the object contains only the reference to a record.
  var isReference: Bool {
    var hasID = false
    for member in self {
      if member.hasKey("id") {
        hasID = !member.value.isNull
      } else if !Self.referenceKeys.contains(where: member.key.elementsEqual) {
        return false
      }
    }
    return hasID
  }

  private static let referenceKeys = ["id_str", "resource_state", "visibility"].map { Array($0.utf8) }

  /// Whether the object is one that import writes to describe the source of a record.
  fileprivate var isImportSource: Bool {
    if self["digest"] != nil, self["run"] != nil { return true }
    return contains { half in half.value.document.map { $0["digest"] != nil && $0["run"] != nil } ?? false }
  }

  /// Whether each element is an error object as the API defines it.
  fileprivate var isErrorList: Bool {
    !isEmpty
      && allSatisfy { element in
        guard let error = element.value.document else { return false }
        return error["code"] != nil || error["field"] != nil || error["resource"] != nil
      }
  }

  /// Whether the object is `zones` as the API sends them, without members of another program.
  fileprivate var isZones: Bool {
    guard let zones = self["zones"]?.array, allSatisfy({ $0.hasKey("zones") || $0.hasKey("custom_zones") }) else {
      return false
    }
    return zones.allSatisfy { $0.value.document.map { $0["min"] != nil && $0["max"] != nil } ?? false }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func contains(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard self.count >= count else { return false }
    return text.withUTF8Buffer { wanted in
      (0...self.count - count).contains {
        UnsafeRawBufferPointer(rebasing: self[$0..<$0 + count]).elementsEqual(wanted)
      }
    }
  }
}
