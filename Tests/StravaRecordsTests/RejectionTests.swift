import BSON
import Findings
import SourceText
import StravaRecords
import Testing

@Suite struct RejectionTests {
  @Test(arguments: Sample.all.indices) func everyFieldRefusesAnotherType(_ index: Int) throws {
    let (kind, record) = Sample.all[index]
    let schema = try #require(RecordSchema.of(kind))
    for field in schema.fields {
      guard let key = field.key else { continue }
      #expect(record.with(key, ["a": ["b": 1]]).findings.contains("SS030 /\(key)") == (field.type != .object), "\(key)")
      for wrong: JSON in field.type == .flag ? [1, "true"] : [true] {
        #expect(record.with(key, wrong).findings == ["SS030 /\(key)"], "\(key)")
        #expect(record.with(key, wrong).stored == nil, "\(key)")
      }
    }
  }

  static let cases: [(JSON, [String])] = [
    (Sample.summary.with("distance", "far"), ["SS030 /distance"]),
    (Sample.summary.with("name", 5), ["SS030 /name"]),
    (Sample.summary.with("moving_time", 1.5), ["SS030 /moving_time"]),
    (Sample.summary.with("start_date", 1_714_545_000), ["SS030 /start_date"]),
    (Sample.summary.with("start_latlng", "47,8"), ["SS030 /start_latlng"]),
    (Sample.summary.with("athlete", 5), ["SS030 /athlete"]),
    (Sample.summary.with("athlete", ["id": true]), ["SS030 /athlete/id"]),
    (Sample.summary.with("map", ["summary_polyline": 5]), ["SS030 /map/summary_polyline"]),
    (Sample.summary.with("map", ["resource_state": "2"]), ["SS030 /map/resource_state"]),
    (Sample.token.with("expires_at", "soon"), ["SS030 /expires_at"]),

    (Sample.summary.without("id"), ["SS031 /id"]),
    (Sample.summary.with("id", nil), ["SS031 /id"]),
    (Sample.summary.without("start_date", "start_date_local"), ["SS031 /start_date"]),
    (Sample.summary.without("start_date", "utc_offset"), ["SS031 /start_date"]),
    (Sample.athlete.without("id"), ["SS031 /id"]),
    (Sample.insight.without("user_id"), ["SS031 /user_id"]),
    (Sample.insight.with("insight_text", ""), ["SS031 /insight_text"]),

    (Sample.summary.with("distance", -0.5), ["SS032 /distance"]),
    (Sample.summary.with("total_elevation_gain", -1), ["SS032 /total_elevation_gain"]),
    (Sample.summary.with("moving_time", -1), ["SS032 /moving_time"]),
    (Sample.summary.with("elapsed_time", .int(3_000_000_000)), ["SS032 /elapsed_time"]),
    (Sample.summary.with("workout_type", .int(-3_000_000_000)), ["SS032 /workout_type"]),
    (Sample.summary.with("elapsed_time", 1e300), ["SS032 /elapsed_time"]),
    (Sample.summary.with("elapsed_time", .decimal(99_999_999_999_999_999_999)), ["SS032 /elapsed_time"]),
    (
      Sample.summary.with("elapsed_time", .decimal(5_000_000_000_000_000_000_001, exponent: -21)),
      ["SS030 /elapsed_time"]
    ),
    (Sample.token.with("expires_at", .decimal(99_999_999_999_999_999_999)), ["SS032 /expires_at"]),
    (Sample.summary.with("average_speed", -1), ["SS032 /average_speed"]),
    (Sample.summary.with("max_heartrate", -1), ["SS032 /max_heartrate"]),
    (Sample.summary.with("distance", .decimal(1, exponent: 400)), ["SS032 /distance"]),
    (Sample.summary.with("utc_offset", 1e18).without("start_date"), ["SS032 /start_date"]),
    (Sample.athlete.with("weight", -1), ["SS032 /weight"]),
    (Sample.token.with("expires_at", -1), ["SS032 /expires_at"]),
    (Sample.token.with("expires_at", .int(.max)), ["SS032 /expires_at"]),
    (Sample.insight.with("confidence_score", 1.01), ["SS032 /confidence_score"]),
    (Sample.insight.with("confidence_score", -0.01), ["SS032 /confidence_score"]),
    (
      Sample.insight.with("context_data", ["milestone_progress": 101, "activity_count": -1]),
      ["SS032 /context_data/milestone_progress", "SS032 /context_data/activity_count"]
    ),

    (Sample.summary.with("start_date", "yesterday"), ["SS033 /start_date"]),
    (Sample.summary.with("start_date_local", "2023-02-29T00:00:00Z"), ["SS033 /start_date_local"]),
    (Sample.athlete.with("updated_at", ""), ["SS033 /updated_at"]),

    (Sample.summary.with("start_latlng", [90.1, 0]), ["SS034 /start_latlng"]),
    (Sample.summary.with("end_latlng", [0, -180.1]), ["SS034 /end_latlng"]),
    (Sample.summary.with("end_latlng", [1]), ["SS034 /end_latlng"]),
    (Sample.summary.with("end_latlng", [1, 2, 3]), ["SS034 /end_latlng"]),
    (Sample.summary.with("end_latlng", ["1", "2"]), ["SS034 /end_latlng"]),

    (Sample.summary.with("id", 0), ["SS035 /id"]), (Sample.summary.with("id", -5), ["SS035 /id"]),
    (Sample.summary.with("id", 5.5), ["SS035 /id"]), (Sample.summary.with("id", 1e19), ["SS035 /id"]),
    (Sample.summary.with("id", "5x"), ["SS035 /id"]), (Sample.summary.with("id", ""), ["SS035 /id"]),
    (Sample.summary.with("id", "-5"), ["SS035 /id"]),
    (Sample.summary.with("id", "9223372036854775808"), ["SS035 /id"]),
    (Sample.summary.with("id", .decimal(9_223_372_036_854_775_808)), ["SS035 /id"]),
    (Sample.summary.with("id", .decimal(12_345_678_901_234_567_890, exponent: 10)), ["SS035 /id"]),
    (Sample.summary.with("athlete", ["id": 0]), ["SS035 /athlete/id"]),
    (Sample.insight.with("user_id", "65f0c0ffee0123456789abcx"), ["SS035 /user_id"]),
    (Sample.insight.with("activity_id", "65f0c0ffee"), ["SS035 /activity_id"]),
  ]

  @Test(arguments: cases.indices) func aBadValueIsNamedWithItsPlace(_ index: Int) {
    let (record, findings) = Self.cases[index]
    #expect(record.findings == findings)
    #expect(record.stored == nil)
  }

  @Test func allFindingsOfARecordAreReported() {
    let bad = Sample.summary.with("distance", "far").with("moving_time", -1).with("start_date", "x").with("id", "1")
    #expect(bad.findings == ["SS030 /distance", "SS032 /moving_time", "SS036 /id", "SS033 /start_date"])
  }

  @Test func messagesHoldNoValueOfAClassedField() {
    let secret = "hush-4711"
    let bad: [JSON] = [
      Sample.athlete.with("weight", -4711), Sample.summary.with("start_latlng", [4711, 8]),
      Sample.summary.with("average_heartrate", -4711), Sample.summary.with("id", .string(secret)),
      Sample.summary.with("start_date", .string(secret)), Sample.token.with("access_token", 4711),
      Sample.athlete.with("firstname", [.string(secret)]),
      Sample.insight.with("user_id", .string(secret)),
    ]
    for record in bad {
      let findings = record.read(strict: true).reading.findings
      #expect(!findings.isEmpty)
      for finding in findings { #expect(!finding.message.contains("4711"), "\(finding.message)") }
    }
    let plain = Sample.summary.with("distance", -4711).read().reading.findings
    #expect(plain.first?.message.contains("4711") == true)
  }

  /// The model accepts every value that the check accepts.
  @Test(arguments: Sample.all.indices) func checkAndModelGiveOneVerdict(_ index: Int) throws {
    let (kind, record) = Sample.all[index]
    let schema = try #require(RecordSchema.of(kind))
    let odd: [JSON] = [
      nil, true, 0, 1, -1, 5, 0.0, -0.0, 1.5, 1e10, 1e19, 1e300, .int(.max), .int(.min), .decimal(1, exponent: 400),
      .decimal(1, exponent: 20), .decimal(50, exponent: -1), .decimal(15, exponent: -1), .decimal(1, negative: true),
      .decimal(9_223_372_036_854_775_807), .decimal(UInt128(UInt64.max) + 1), "", "5", "x", "2024-05-01", "\u{0}",
      "65f0c0ffee0123456789abcd", [], [1, 2], [1.5, 2.5], [nil, nil], [:], ["id": 5], ["id": "x"], ["id": []],
      ["summary_polyline": []], ["activity_count": 1.0, "milestone_progress": .decimal(1)], [[1, 2]],
    ]
    var accepted = 0
    for field in schema.fields {
      guard let key = field.key else { continue }
      for value in odd {
        let changed = record.with(key, value)
        // An unusual value may change the detected kind. The check runs for this kind nevertheless.
        var reader = RecordReader()
        let reading = changed.document.withView { reader.read($0, Detected(kind, rank: 2)) }
        #expect((reading.model == nil) == reading.isRejected)
        for finding in reading.findings { #expect(!finding.message.contains("decoded"), "\(key) \(value)") }
        if reading.model != nil { accepted += 1 }
      }
    }
    #expect(accepted > schema.fields.count)
  }
}
