import BSON
import Findings
import SourceText
import StravaRecords
import Testing

/// Values of real dumps that a strict model would refuse.
@Suite struct QuirkTests {
  /// CrossCheckTests compares a value with others of its record.
  private static let crossRules: Set<Rule> = [
    .offsetMismatch, .averageAboveMaximum, .movingBeyondElapsed, .lowAboveHigh,
  ]

  /// Expects that the value is accepted without errors and stored as given; nil means not stored.
  private func expect(
    _ record: JSON, _ field: String, _ value: BSONValue?, _ findings: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let result = record.read().reading.findings.filter { !Self.crossRules.contains($0.rule) }
    #expect(result.map { "\($0.rule.rawValue) \($0.pointer ?? "-")" } == findings, sourceLocation: sourceLocation)
    guard let stored = record.stored else {
      Issue.record("the record is rejected", sourceLocation: sourceLocation)
      return
    }
    #expect(stored[field] == value, sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    "distance", "total_elevation_gain", "elev_high", "elev_low", "average_speed", "max_speed", "average_heartrate",
    "max_heartrate", "average_cadence", "average_watts", "weighted_average_watts", "max_watts", "kilojoules",
    "average_temp", "calories", "suffer_score", "utc_offset",
  ]) func oneStoredTypeForAnyNumber(_ field: String) throws {
    expect(Sample.detailed.with(field, 171), field, .double(171))
    expect(Sample.detailed.with(field, 171.0), field, .double(171))
    expect(Sample.detailed.with(field, 82.299999999999997), field, .double(82.3))
    expect(Sample.detailed.with(field, .int(5_000_000_000)), field, .double(5e9))
    let long = JSON.decimal(823_000_000_000_000_000_000_000_001, exponent: -25)
    expect(Sample.detailed.with(field, long), field, .double(82.3))
    expect(Sample.detailed.with(field, nil), field, nil)
  }

  @Test(arguments: ["moving_time", "elapsed_time", "workout_type"]) func wholeFloats(_ field: String) {
    expect(Sample.summary.with(field, 31.0), field, .int32(31))
    expect(Sample.summary.with(field, 24_251_993), field, .int32(24_251_993))
    expect(Sample.summary.with(field, nil), field, nil)
    expect(Sample.summary.without(field), field, nil)
  }

  @Test func timesAndSpeedsMayDisagree() {
    expect(Sample.summary.with("moving_time", 3101), "moving_time", .int32(3101))
    expect(Sample.summary.with("max_speed", 0), "max_speed", .double(0))
    expect(Sample.summary.with("elev_low", -7958.2), "elev_low", .double(-7958.2))
    expect(Sample.summary.with("max_heartrate", 236), "max_heartrate", .double(236))
    expect(Sample.summary.without("has_heartrate"), "has_heartrate", nil)
  }

  @Test func ids() {
    let key = "strava_activity_id"
    expect(Sample.summary.with("id", 77), key, .int64(77))
    expect(Sample.summary.with("id", .int(.max)), key, .int64(.max))
    expect(Sample.summary.with("id", 34_069_829_841.0), key, .int64(34_069_829_841), ["SS036 /id"])
    expect(Sample.summary.with("id", "34069829841"), key, .int64(34_069_829_841), ["SS036 /id"])
    expect(Sample.summary.with("id", "9223372036854775807"), key, .int64(.max), ["SS036 /id"])
    let exact = JSON.decimal(90_071_992_547_409_930, exponent: -1)
    expect(Sample.summary.with("id", exact), key, .int64(9_007_199_254_740_993), ["SS036 /id"])
    let athlete: JSON = ["id": "134815"]
    expect(Sample.summary.with("athlete", athlete), "athlete_id", .int64(134_815), ["SS036 /athlete/id"])
  }

  @Test func uploadIds() {
    expect(Sample.summary.with("upload_id", nil), "name", .string("Morning Run 🏃‍♀️"))
    let huge = JSON.decimal(1_234_567_890_123_456_789_012_345)
    expect(Sample.summary.with("upload_id", huge), "name", .string("Morning Run 🏃‍♀️"))
  }

  @Test(arguments: ["start_latlng", "end_latlng"]) func coordinates(_ field: String) throws {
    expect(Sample.summary.with(field, []), field, nil)
    expect(Sample.summary.with(field, nil), field, nil)
    let two = try #require(Sample.summary.with(field, [-90, 180]).stored?[field]?.inner)
    #expect(two["0"] == .double(-90))
    #expect(two["1"] == .double(180))
    let fine = try #require(Sample.summary.with(field, [47.123_456_789_012_345, 8.0]).stored?[field]?.inner)
    #expect(fine["0"] == .double(47.123_456_789_012_345))
  }

  @Test func maps() {
    expect(Sample.summary.with("map", [:]), "map", nil)
    expect(Sample.summary.with("map", nil), "map", nil)
    expect(Sample.summary.with("map", ["id": "a1", "summary_polyline": nil]), "map", nil)
    let empty = Sample.summary.with("map", ["summary_polyline": "", "resource_state": 2])
    #expect(empty.stored?[path: "map", "summary_polyline"] == .string(""))
    #expect(empty.stored?[path: "map", "resource_state"] == .int32(2))
  }

  @Test func typesFillEachOther() {
    let old = Sample.summary.without("sport_type")
    expect(old, "sport_type", .string("Run"))
    let new = Sample.summary.without("type")
    expect(new, "type", .string("TrailRun"))
    let unknown = Sample.summary.with("sport_type", "WaterSport").with("type", nil)
    expect(unknown, "sport_type", .string("WaterSport"))
    expect(unknown, "type", .string("WaterSport"))
  }

  @Test func names() {
    for name in ["", "12345", "trailing ", "🏊🏽‍♀️ \u{200F}x", "two\nlines"] {
      expect(Sample.summary.with("name", .string(name)), "name", .string(name))
    }
    expect(Sample.summary.with("gear_id", ""), "gear_id", .string(""))
  }

  @Test func athletesInside() {
    expect(Sample.summary.with("athlete", Sample.athlete), "athlete_id", .int64(134_815))
    expect(Sample.summary.with("athlete", [:]), "athlete_id", nil)
    expect(Sample.summary.with("athlete", nil), "athlete_id", nil)
    #expect(Sample.summary.with("athlete", Sample.athlete).notes == [])
  }

  @Test func partsThatAreNull() {
    var record = Sample.detailed
    for key in ["gear", "laps", "photos", "segment_efforts", "splits_metric"] { record = record.with(key, nil) }
    expect(record, "resource_state", .int32(3))
    #expect(record.notes == [])
  }

  @Test(arguments: ["GMT", "CET", "Poland", "EST5EDT", "Etc/GMT+5"]) func timezones(_ zone: String) {
    expect(Sample.summary.with("timezone", .string(zone)), "timezone", .string(zone))
  }

  @Test func onlyALocalStart() {
    let local = Sample.summary.without("start_date")
    expect(local, "start_date", .date(BSONDate(milliseconds: 1_714_545_000_000)))
    #expect(local.notes == ["SS039 start_date"])
    // A local time is the time on the wall, whatever its zone.
    let claiming = local.with("start_date_local", "2024-05-01T12:00:00+05:30")
    expect(claiming, "start_date", .date(BSONDate(milliseconds: 1_714_545_000_000)))
    expect(claiming, "start_date_local", .date(BSONDate(milliseconds: 1_714_564_800_000)))
  }

  @Test func aDateWithoutZoneIsUTC() {
    let bare = Sample.summary.with("start_date", "2024-05-01 06:30:00")
    expect(bare, "start_date", .date(BSONDate(milliseconds: 1_714_545_000_000)), ["SS038 /start_date"])
    #expect(bare.read().reading.findings.first?.severity == .warning)
    let local = Sample.summary.with("start_date_local", "2024-05-01 12:00:00")
    expect(local, "start_date_local", .date(BSONDate(milliseconds: 1_714_564_800_000)))
  }

  @Test func athletes() {
    expect(Sample.athlete.with("weight", 0), "weight", nil)
    expect(Sample.athlete.with("weight", 0.0), "weight", nil)
    expect(Sample.athlete.with("weight", 70), "weight", .double(70))
    for key in ["city", "state", "country"] {
      expect(Sample.athlete.with(key, ""), key, nil)
      expect(Sample.athlete.with(key, nil), key, nil)
    }
    expect(Sample.athlete.with("username", nil), "username", nil)
    expect(Sample.athlete.with("lastname", nil), "lastname", nil)
  }

  @Test func tokens() {
    expect(Sample.token.without("athlete"), "access_token", .string("synthetic-access"))
    expect(Sample.token.with("athlete", [:]), "access_token", .string("synthetic-access"))
    expect(Sample.token.without("refresh_token", "expires_at"), "token_expires_at", nil)
    expect(Sample.token.with("token_type", "bearer"), "access_token", .string("synthetic-access"))
    expect(
      Sample.token.with("expires_at", 1_714_545_000.0), "token_expires_at",
      .date(BSONDate(milliseconds: 1_714_545_000_000)))
  }

  @Test func whomAnInsightIsAbout() throws {
    let reference = { (value: JSON) -> RecordReference? in
      let record = Sample.insight.with("user_id", value)
      guard record.findings == [], case .insight(let insight) = record.read().reading.model else { return nil }
      return insight.userID
    }
    let id = try #require(StravaID(134_815))
    #expect(reference(134_815) == .strava(id))
    guard case .strava(let text) = reference("134815") else {
      Issue.record("decimal text is an id too")
      return
    }
    #expect(text.value == 134_815)
    // Text of 24 digits is hexadecimal, because Strava's ids have at most 19 digits.
    #expect(reference("123456789012345678901234") == .document(try #require(ObjectID(hex: "123456789012345678901234"))))
    #expect(Sample.insight.without("activity_id", "created_at").findings == [])
  }
}
