import BSON

/// What the top-level keys of an object show about its kind, collected in one pass.
///
/// A null counts as absent, save where a key alone is telling.
struct Marks {
  enum Mark: UInt64 {
    case jsonSchema, insightType, insightText, aspectType, objectType, objectID, message, errors, token
    case athleteZones, activityZone, streams, lapIndex, split, startIndex, elevationDifference, segment, time
    case activity, athlete, athleteFirstname, resourceState, claimsDetail, sportType, type
    case climbCategory, averageGrade, maximumGrade, estimatedTime, subType, map, gear, gearID, primary
    case uniqueID, urls, text, activityID, memberCount, coverPhoto, profileMedium, status, uploadPart, callback
    case firstname, lastname, athleteDetail, totals, webSite, id, start, distance, activityDetail, uploadID
    case bulkExport
  }

  private var bits: UInt64 = 0
  private(set) var hasOnlyReferenceKeys = false

  @inline(__always)
  func has(_ mark: Mark) -> Bool { bits >> mark.rawValue & 1 != 0 }
  @inline(__always)
  func has(_ a: Mark, _ b: Mark) -> Bool { has(a) && has(b) }
  @inline(__always)
  func hasAny(_ a: Mark, _ b: Mark) -> Bool { has(a) || has(b) }
  @inline(__always)
  func hasAny(_ a: Mark, _ b: Mark, _ c: Mark) -> Bool { has(a) || has(b) || has(c) }
  @inline(__always)
  private mutating func set(_ mark: Mark) { bits |= 1 << mark.rawValue }

  init(of record: RecordMembers) {
    let keys = MarkKeys.shared
    var seen = Evidence()
    for (element, key) in record {
      seen.elements &+= 1
      if element.value.is(.document) { seen.documents &+= 1 }
      if key < keys.bits.count {
        if !element.value.isNull { bits |= keys.bits[key] }
      } else if let meaning = keys.meaning(of: key) {
        look(at: element.value, meaning, &seen)
      }
    }
    conclude(seen, record.object)
  }

  /// Counts over the whole object.
  private struct Evidence {
    var elements = 0
    var documents = 0
    var referenceKeys = 0
    var streamArrays = 0
    var type: BSONField?
    var hasData = false
    var hasStreamPart = false
    var hasProperties = false
  }

  /// Keys whose value decides what they mark.
  enum Telling {
    case id, resourceState, visibility, type, distance, time, stream, data, streamPart, properties
    case zones, segment, athlete, errors, photos, schema, uploadID, firstname, lastname
  }

  @inline(never)
  private mutating func look(at value: BSONField, _ key: Telling, _ seen: inout Evidence) {
    switch key {
    case .id:
      seen.referenceKeys += 1
      if value.isNull { return }
      set(.id)
      if value.document?["type"] != nil { set(.jsonSchema) }
      if let text = value.text, isGearID(text) { set(.gearID) }
    case .resourceState:
      seen.referenceKeys += 1
      if value.isNull { return }
      set(.resourceState)
      if value.number == 3 { set(.claimsDetail) }
    case .visibility: seen.referenceKeys += 1
    case .type:
      if value.isNull { return }
      set(.type)
      seen.type = value
    case .distance, .time, .stream:
      if value.is(.array) { seen.streamArrays += 1 } else if key == .distance, !value.isNull { set(.distance) }
    case .data: seen.hasData = value.is(.array)
    case .streamPart: seen.hasStreamPart = true
    case .properties: seen.hasProperties = value.is(.document)
    case .zones: if value.document?["zones"] != nil { set(.athleteZones) }
    case .segment: if value.is(.document) { set(.segment) }
    case .athlete:
      if value.isNull { return }
      set(.athlete)
      if value.document?["firstname"] != nil { set(.athleteFirstname) }
    case .errors:
      if let list = value.array ?? value.document { if !list.isEmpty { set(.errors) } }
      if let text = value.text, !text.isEmpty { set(.errors) }
    case .photos: if value.is(.document) { set(.activityDetail) }
    case .schema: if value.is(.string) { set(.jsonSchema) }
    case .uploadID: set(.uploadID)
    case .firstname:
      set(.firstname)
      if value.document?["type"] != nil { set(.jsonSchema) }
    case .lastname: set(.lastname)
    }
  }

  private mutating func conclude(_ seen: Evidence, _ record: BSONView) {
    hasOnlyReferenceKeys = seen.elements == seen.referenceKeys
    if seen.streamArrays >= 2 { set(.streams) }
    if seen.hasData, let type = seen.type?.text, seen.hasStreamPart || MarkKeys.isStreamName(type) { set(.streams) }
    if seen.hasProperties, seen.type?.text?.elementsEqual("object".utf8) == true { set(.jsonSchema) }
    if seen.documents > 0, seen.documents == seen.elements, record.allSatisfy({ isStream($0.value) }) { set(.streams) }
  }

  private func isStream(_ value: BSONField) -> Bool {
    guard let stream = value.document, stream["data"]?.is(.array) == true else { return false }
    return stream["original_size"] != nil || stream["series_type"] != nil || stream["resolution"] != nil
  }

  /// `b123`, `g123`
  private func isGearID(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count >= 2, text[0] == UInt8(ascii: "b") || text[0] == UInt8(ascii: "g") else { return false }
    return text.dropFirst().allSatisfy { $0 &- 48 <= 9 }
  }
}

/// The keys that mark kinds.
struct MarkKeys: Sendable {
  static let shared = MarkKeys()

  /// In the order of their numbers among `RecordKeys`.
  static let names = plain.map(\.0) + telling.map(\.0)

  /// For each plain key, by its number, the bit that it sets; the unknown key sets none.
  let bits: [UInt64]
  /// For each telling key, which comes behind the plain ones, what it tells.
  private let meanings: [Marks.Telling]

  private init() {
    bits = [0] + Self.plain.map { 1 << $0.1.rawValue }
    meanings = Self.telling.map(\.1)
  }

  /// - Parameter key: the number of a key that is no plain one.
  @inline(__always)
  func meaning(of key: Int) -> Marks.Telling? {
    let index = key &- bits.count
    return index < meanings.count ? meanings[index] : nil
  }

  static func isStreamName(_ name: UnsafeRawBufferPointer) -> Bool {
    let key = RecordKeys.shared.number(of: name)
    guard key >= shared.bits.count else { return false }
    switch shared.meaning(of: key) {
    case .stream, .distance, .time: return true
    default: return false
    }
  }

  /// Keys that mark by being there with a value.
  static let plain: [(String, Marks.Mark)] = [
    ("insight_type", .insightType), ("insight_text", .insightText),
    ("aspect_type", .aspectType), ("object_type", .objectType), ("object_id", .objectID),
    ("message", .message), ("access_token", .token), ("refresh_token", .token),
    ("distribution_buckets", .activityZone),
    ("lap_index", .lapIndex), ("split", .split), ("start_index", .startIndex),
    ("elevation_difference", .elevationDifference), ("moving_time", .time), ("elapsed_time", .time),
    ("activity", .activity), ("sport_type", .sportType),
    ("climb_category", .climbCategory), ("average_grade", .averageGrade), ("maximum_grade", .maximumGrade),
    ("estimated_moving_time", .estimatedTime), ("sub_type", .subType), ("map", .map),
    ("frame_type", .gear), ("brand_name", .gear), ("converted_distance", .gear), ("primary", .primary),
    ("unique_id", .uniqueID), ("urls", .urls), ("text", .text), ("activity_id", .activityID),
    ("member_count", .memberCount), ("cover_photo", .coverPhoto), ("profile_medium", .profileMedium),
    ("status", .status), ("external_id", .uploadPart), ("error", .uploadPart), ("id_str", .uploadPart),
    ("callback_url", .callback),
    ("bikes", .athleteDetail), ("shoes", .athleteDetail), ("clubs", .athleteDetail),
    ("measurement_preference", .athleteDetail), ("ftp", .athleteDetail), ("email", .athleteDetail),
    ("recent_run_totals", .totals), ("recent_ride_totals", .totals), ("recent_swim_totals", .totals),
    ("ytd_run_totals", .totals), ("ytd_ride_totals", .totals), ("ytd_swim_totals", .totals),
    ("all_run_totals", .totals), ("all_ride_totals", .totals), ("all_swim_totals", .totals),
    ("distance_raw", .webSite), ("activity_type_display_name", .webSite),
    ("start_date", .start), ("start_date_local", .start),
    ("segment_efforts", .activityDetail), ("splits_metric", .activityDetail), ("laps", .activityDetail),
    ("embed_token", .activityDetail), ("Activity ID", .bulkExport),
  ]

  /// Keys whose value is looked at.
  static let telling: [(String, Marks.Telling)] = [
    ("id", .id), ("resource_state", .resourceState), ("visibility", .visibility), ("type", .type),
    ("distance", .distance), ("time", .time), ("latlng", .stream), ("altitude", .stream),
    ("velocity_smooth", .stream), ("heartrate", .stream), ("cadence", .stream), ("watts", .stream),
    ("temp", .stream), ("moving", .stream), ("grade_smooth", .stream),
    ("data", .data), ("original_size", .streamPart), ("series_type", .streamPart), ("resolution", .streamPart),
    ("properties", .properties), ("heart_rate", .zones), ("power", .zones), ("segment", .segment),
    ("athlete", .athlete), ("errors", .errors), ("photos", .photos), ("$schema", .schema),
    ("upload_id", .uploadID), ("firstname", .firstname), ("lastname", .lastname),
  ]
}
