import BSON
import Findings
import StravaRecords
import Testing

@Suite struct StoredFieldTests {
  @Test func aDetailedActivity() throws {
    let stored = try #require(Sample.detailed.stored)
    let expected: [(String, BSONValue)] = [
      ("strava_activity_id", .int64(15_000_000_017)), ("athlete_id", .int64(134_815)), ("resource_state", .int32(3)),
      ("name", .string("Morning Run 🏃‍♀️")), ("description", .string("Felt good.\nNegative split!")),
      ("type", .string("Run")), ("sport_type", .string("TrailRun")), ("distance", .double(10_012.5)),
      ("total_elevation_gain", .double(120)), ("elev_high", .double(540.2)), ("elev_low", .double(431.8)),
      ("moving_time", .int32(3001)), ("elapsed_time", .int32(3100)), ("average_speed", .double(3.336)),
      ("max_speed", .double(5.1)), ("average_heartrate", .double(151.2)), ("max_heartrate", .double(171)),
      ("average_cadence", .double(82.5)), ("average_watts", .double(210.5)),
      ("weighted_average_watts", .double(222)), ("max_watts", .double(480)), ("kilojoules", .double(631.7)),
      ("average_temp", .double(17)), ("calories", .double(701.5)), ("suffer_score", .double(88)),
      ("start_date", .date(BSONDate(milliseconds: 1_714_545_000_000))),
      ("start_date_local", .date(BSONDate(milliseconds: 1_714_564_800_000))),
      ("timezone", .string("(GMT+05:30) Asia/Kolkata")), ("utc_offset", .double(19800)),
      ("location_city", .string("Testville")), ("location_state", .string("Teststate")),
      ("location_country", .string("Testland")),
      (
        "start_latlng",
        .array(
          BSONDocument {
            $0.append("0", 47.25)
            $0.append("1", 8.0)
          })
      ),
      (
        "end_latlng",
        .array(
          BSONDocument {
            $0.append("0", 47.5)
            $0.append("1", -8.125)
          })
      ),
      (
        "map",
        .document(
          BSONDocument {
            $0.append("summary_polyline", "_p~iF~ps|U")
            $0.append("resource_state", Int32(2))
          })
      ),
      ("gear_id", .string("g12345")), ("device_name", .string("Watch 255")),
      ("external_id", .string("garmin_ping_465000000000")), ("visibility", .string("everyone")),
      ("workout_type", .int32(1)), ("kudos_count", .int32(12)), ("comment_count", .int32(2)),
      ("achievement_count", .int32(3)), ("trainer", .bool(false)), ("commute", .bool(false)), ("manual", .bool(false)),
      ("private", .bool(true)), ("flagged", .bool(false)), ("has_heartrate", .bool(true)),
      ("device_watts", .bool(true)),
    ]
    #expect(stored.elements.map(\.key) == expected.map(\.0))
    for (key, value) in expected { #expect(stored[key] == value, "\(key)") }
  }

  @Test func anAthlete() throws {
    let stored = try #require(Sample.athlete.stored)
    let expected: [(String, BSONValue)] = [
      ("resource_state", .int32(3)), ("athlete_updated_at", .date(BSONDate(milliseconds: 1_711_966_830_000))),
      ("strava_id", .int64(134_815)), ("username", .string("a_runner")), ("firstname", .string("Ada")),
      ("lastname", .string("Example")), ("email", .string("ada@example.com")), ("weight", .double(58.5)),
      ("sex", .string("F")), ("city", .string("Testville")), ("state", .string("Teststate")),
      ("country", .string("Testland")),
    ]
    #expect(stored.elements.map(\.key) == expected.map(\.0))
    for (key, value) in expected { #expect(stored[key] == value, "\(key)") }
  }

  @Test func aTokenResponse() throws {
    let stored = try #require(Sample.token.stored)
    #expect(stored.elements.map(\.key) == ["access_token", "refresh_token", "token_expires_at"])
    #expect(stored["access_token"] == .string("synthetic-access"))
    #expect(stored["refresh_token"] == .string("synthetic-refresh"))
    #expect(stored["token_expires_at"] == .date(BSONDate(milliseconds: 1_714_545_000_000)))
    guard case .token(let token) = Sample.token.read().reading.model else {
      Issue.record("no token")
      return
    }
    #expect(token.athleteID == 134_815)
  }

  @Test func anInsight() throws {
    let stored = try #require(Sample.insight.stored)
    let expected: [(String, BSONValue)] = [
      ("insight_type", .string("training")), ("insight_text", .string("Your easy runs are easy.")),
      ("recommendation", .string("Keep it so.")), ("confidence_score", .double(0.75)), ("ai_model", .string("a-model")),
      (
        "context_data",
        .document(
          BSONDocument {
            $0.append("activity_count", Int32(12))
            $0.append("time_period", "last 30 days")
            $0.append("sport_type", "Run")
            $0.append("milestone_progress", 41.5)
          })
      ),
    ]
    #expect(stored.elements.map(\.key) == expected.map(\.0))
    for (key, value) in expected { #expect(stored[key] == value, "\(key)") }
    guard case .insight(let insight) = Sample.insight.read().reading.model else {
      Issue.record("no insight")
      return
    }
    #expect(insight.userID == .document(try #require(ObjectID(hex: "65f0c0ffee0123456789abcd"))))
    #expect(insight.activityID == .strava(try #require(StravaID(15_000_000_017))))
    #expect(insight.createdAt == BSONDate(milliseconds: 1_714_608_000_000))
  }

  @Test func ordinaryRecordsGiveNoFindingsAndNoNotes() {
    for (kind, record) in Sample.all {
      #expect(record.findings == [], "\(kind)")
      #expect(record.notes == [], "\(kind)")
      #expect(record.read(strict: true).reading.model != nil, "\(kind)")
    }
    #expect(Sample.summary.notes == [])
  }

  @Test func theAthleteOfAnActivityMayBeGivenLater() throws {
    guard case .activity(let ownerless) = Sample.summary.without("athlete").read().reading.model else {
      Issue.record("no activity")
      return
    }
    var activity = ownerless.value
    #expect(activity.athleteID == nil)
    activity.athleteID = 5
    #expect(BSONDocument { activity.appendStoredFields(to: &$0) }["athlete_id"] == .int64(5))
  }
}
