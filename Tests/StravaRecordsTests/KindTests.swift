import BSON
import Findings
import SourceText
import StravaRecords
import Testing

@Suite struct KindTests {
  static let rows: [(RecordKind, JSON)] = [
    (.insight, Sample.insight),
    (.webhookEvent, ["aspect_type": "create", "object_id": 1, "owner_id": 2]),
    (.webhookEvent, ["aspect_type": "update", "object_type": "athlete"]),
    (.apiError, ["message": "Authorization Error", "errors": [["resource": "Athlete", "code": "invalid"]]]),
    (.apiError, ["message": "Rate Limit Exceeded", "errors": "too many"]), (.apiError, ["message": "Not found"]),
    (.token, Sample.token),
    (.token, ["refresh_token": "x", "expires_in": 1]), (.token, ["access_token": "x", "athlete": [:]]),
    (.token, ["access_token": "x", "athlete_id": 5]),
    (.athleteZones, ["heart_rate": ["custom_zones": false, "zones": []]]),
    (.athleteZones, ["power": ["zones": [["min": 0, "max": 180]]]]),
    (.activityZone, ["type": "heartrate", "distribution_buckets": [], "resource_state": 3]),
    (.streams, ["time": [0, 1, 2], "heartrate": [90, 91, 92]]),
    (.streams, ["distance": ["data": [0.0], "series_type": "distance"], "latlng": ["data": [], "original_size": 0]]),
    (.streams, ["type": "latlng", "data": [[1, 2]]]),
    (.streams, ["type": "other", "data": [1], "resolution": "high"]),
    (.streams, ["activity_id": 5, "time": ["data": [0], "series_type": "time"]]),
    (.streams, ["activity_id": 5, "athlete": ["id": 1], "watts": ["data": [0], "resolution": "high"]]),
    (.lap, ["id": 1, "lap_index": 1, "split": 1, "start_index": 0, "activity": ["id": 1], "elapsed_time": 1]),
    (.split, ["split": 1, "start_index": 0, "elapsed_time": 300]),
    (.split, ["split": 1, "elevation_difference": -1.5, "moving_time": 300]),
    (.segmentEffort, ["id": 1, "segment": ["id": 5], "moving_time": 60, "athlete": ["id": 1]]),
    (.segmentEffort, ["id": 1, "segment": ["id": 5], "elapsed_time": 60, "resource_state": 2]),
    (.segmentEffort, ["id": 1, "name": "1K", "activity": ["id": 1], "start_index": 5, "elapsed_time": 300]),
    (.segment, ["id": 1, "climb_category": 0, "average_grade": 1.5, "resource_state": 2]),
    (.segment, ["id": 1, "climb_category": 0, "climb_category_desc": "NC", "avg_grade": 1.5, "points": "_p"]),
    (.segment, ["id": 1, "average_grade": 1.5, "maximum_grade": 9.0, "activity_type": "Ride"]),
    (.route, ["id": 1, "estimated_moving_time": 3600, "resource_state": 2, "starred": true]),
    (.route, ["id": 1, "type": 1, "sub_type": 2, "map": ["id": "r1"]]),
    (.gear, ["id": "b1", "frame_type": 3]),
    (.gear, ["id": "g123", "primary": true, "name": "Shoe", "distance": 1]),
    (.gear, ["id": "x", "resource_state": 3, "converted_distance": 1.5, "brand_name": "A"]),
    (.photo, ["unique_id": "u", "urls": ["600": "https://example.com/p.jpg"], "source": 1]),
    (.comment, ["id": 1, "text": "nice", "activity_id": 5, "created_at": "2024-05-01T06:30:00Z"]),
    (.comment, ["id": 1, "text": "nice", "resource_state": 2, "athlete": ["firstname": "A", "lastname": "B"]]),
    (.club, ["id": 1, "name": "C", "member_count": 3, "sport_type": "running", "resource_state": 3]),
    (.club, ["id": 1, "cover_photo": "x", "profile_medium": "y"]),
    (.upload, ["id": 1, "status": "Your activity is ready.", "activity_id": 5, "error": nil]),
    (.upload, ["id": 1, "status": "Your activity is still being processed.", "activity_id": nil, "error": nil]),
    (.subscription, ["id": 1, "callback_url": "https://example.com/hook", "application_id": 2]),
    (.athlete, Sample.athlete),
    (.athleteStats, ["recent_run_totals": ["count": 1], "biggest_ride_distance": 1.0]),
    (
      .webSiteActivity,
      [
        "id": 1, "distance_raw": 10_000, "moving_time_raw": 3000, "activity_type_display_name": "Run", "distance": "10",
        "start_date": "x", "moving_time": "50:00", "type": "Run",
      ]
    ),
    (.clubActivity, Sample.summary.without("id").with("athlete", ["firstname": "A", "lastname": "B."])),
    (.activity, Sample.summary), (.activity, Sample.detailed),
    (.bulkExportRow, ["Activity ID": 1, "Activity Date": "May 1, 2024"]),
    (.exportRow, ["export_row": ["Activity ID": "1", "Activity Date": "May 1, 2024"], "locale": "en"]),
    (.clubEvent, Sample.clubEvent),
    (.athleteWithoutID, ["resource_state": 2, "firstname": "A", "lastname": "B."]),
    (.athleteWithoutID, ["firstname": "A", "lastname": "B."]),
    (
      .athleteWithoutID,
      ["resource_state": 2, "firstname": "A", "lastname": "B.", "membership": "member", "admin": true]
    ),
    (.activityPart, Sample.part), (.activityPart, Sample.part.without("activity").with("activity_id", 5)),
    (.protocolLine, ["type": "STATE", "value": ["bookmarks": [:]]]),
    (.protocolLine, ["type": "LOG", "log": ["level": "INFO", "message": "x"]]),
    (.protocolLine, ["type": "TRACE", "trace": ["type": "ERROR"]]),
    (.protocolLine, ["type": "SCHEMA", "stream": "a", "schema": ["type": "object", "properties": ["id": [:]]]]),
    (.documentRow, ["_id": "65f0c0ffee0123456789ab17", "user_id": 5, "raw_data": Sample.summary]),
    (.documentRow, Sample.summary.with("raw_data", Sample.summary)),
    (.exportedDocument, ["source": ["digest": "QUJD", "run": "x"], "raw_data": Sample.summary]),
    (.exportedDocument, ["strava_id": 5, "source": ["athlete": ["digest": "QUJD", "run": "x"]]]),
    (.partialRecord, Sample.summary.with("$left_out", ["health"])), (.partialRecord, ["$left_out": ["identity"]]),
    (.meta, ["id": 1]), (.meta, ["id": 1, "id_str": "1", "resource_state": 1]),
    (.meta, ["id": 1, "resource_state": 1, "visibility": "everyone"]),
    (.derivedActivity, Sample.summary.without("resource_state", "upload_id")),
    (.jsonSchema, ["$schema": "https://json-schema.org/draft/2020-12/schema", "firstname": "x", "lastname": "y"]),
    (.jsonSchema, ["id": ["type": "integer"], "firstname": ["type": "string"], "lastname": ["type": "string"]]),
    (.jsonSchema, ["type": "object", "properties": ["id": ["type": "integer"]]]),
    (.unrecognised, [:]), (.unrecognised, ["name": "x"]), (.unrecognised, ["resource_state": 2]),
  ]

  @Test(arguments: rows.indices) func aRowIsRecognised(_ index: Int) {
    let (kind, record) = Self.rows[index]
    #expect(record.detected.kind == kind)
  }

  @Test func everyKindHasARow() { #expect(Set(Self.rows.map(\.0)) == Set(RecordKind.allCases)) }

  @Test func streamsComeBeforeActivities() {
    let keyed: JSON = [
      "distance": ["data": [1.5], "series_type": "distance", "original_size": 1, "resolution": "high"]
    ]
    #expect(keyed.detected.kind == .streams)
    #expect((["time": [1], "distance": [2], "id": 1] as JSON).detected.kind == .streams)
    let merged = Sample.detailed.with("time", [0, 1]).with("latlng", [[1, 2]]).with("heartrate", [90, 91])
    #expect(merged.detected.kind == .activity)
    #expect(merged.detected.rank == 3)
    #expect((["time": [1]] as JSON).detected.kind == .unrecognised)
  }

  @Test func anArrayOfStreamsIsOneSet() {
    let set: JSON = [["type": "time", "data": [0, 1]], ["type": "private", "data": []]]
    #expect(set.document.withView { RecordKind.detectStreamSet($0) })
    for other: JSON in [[], [["type": "time"]], [["type": 1, "data": []]], [["type": "time", "data": []], 5]] {
      #expect(!other.document.withView { RecordKind.detectStreamSet($0) })
    }
  }

  @Test func athletesComeBeforeStats() {
    let old = Sample.athlete.with("recent_run_totals", ["count": 1])
    #expect(old.detected == Detected(.athlete, rank: 3))
  }

  @Test func anAthletesRank() {
    let plain: JSON = ["id": 1, "firstname": "A", "lastname": nil, "resource_state": 2]
    #expect(plain.detected == Detected(.athlete, rank: 2))
    #expect(plain.without("resource_state").detected.rank == 2)
    #expect(plain.with("resource_state", 3.0).detected.rank == 3)
    for key in ["bikes", "shoes", "clubs", "measurement_preference", "ftp", "email"] {
      #expect(plain.with(key, "x").detected.rank == 3, "\(key)")
      #expect(plain.with(key, nil).detected.rank == 2, "\(key)")
    }
  }

  @Test func anActivitysRankIsStravasWord() {
    #expect(Sample.summary.detected == Detected(.activity, rank: 2))
    for three: JSON in [3, 3.0, "3"] {
      #expect(Sample.summary.with("resource_state", three).detected == Detected(.activity, rank: 3))
    }
    let one: [(String, JSON)] = [
      ("segment_efforts", [["id": 1]]), ("splits_metric", [["split": 1]]), ("best_efforts", [["id": 1]]),
    ]
    let other: [(String, JSON)] = [
      ("description", "Felt good."), ("calories", 701.5), ("embed_token", "x"), ("gear", ["id": "b1"]),
    ]
    // Each alone overrules nothing, one of each does.
    for (key, value) in one + other { #expect(Sample.summary.with(key, value).detected.rank == 2, "\(key)") }
    for (a, value) in one {
      for (b, second) in other {
        #expect(Sample.summary.with(a, value).with(b, second).detected.rank == 3, "\(a), \(b)")
      }
    }
  }

  @Test(arguments: [nil, 0, -1, 1] as [JSON]) func anActivityWithoutAWordHasTheRankOfItsContent(_ claim: JSON) {
    let plain = Sample.summary.with("resource_state", claim)
    #expect(plain.detected == Detected(.activity, rank: 2))
    for (key, value) in [
      ("segment_efforts", [["id": 1]]), ("splits_metric", [["split": 1]]), ("best_efforts", [["id": 1]]),
      ("embed_token", "x"),
    ] as [(String, JSON)] {
      #expect(plain.with(key, value).detected.rank == 3, "\(key)")
    }
    for (key, value) in [("description", "x"), ("calories", 5.5), ("gear", ["id": "b1"])] as [(String, JSON)] {
      #expect(plain.with(key, value).detected.rank == 2, "\(key)")
    }
  }

  /// Empty members, and what has an endpoint of its own.
  @Test(arguments: [2, nil, -1] as [JSON]) func someMembersProveNothing(_ claim: JSON) {
    let plain = Sample.summary.with("resource_state", claim)
    var all = plain
    for (key, value) in [
      ("segment_efforts", []), ("splits_metric", []), ("best_efforts", []), ("description", ""), ("calories", 0),
      ("embed_token", ""), ("gear", [:]), ("laps", [["lap_index": 1]]), ("photos", ["count": 1]),
      ("zones", [["type": "power"]]), ("streams", ["time": ["data": [1]]]), ("comments", [["text": "x"]]),
      ("kudos", [["firstname": "A"]]),
    ] as [(String, JSON)] {
      #expect(plain.with(key, value).detected == Detected(.activity, rank: 2), "\(key)")
      all = all.with(key, value)
    }
    #expect(all.detected == Detected(.activity, rank: 2))
  }

  @Test func anActivityThatLacksOneMarkIsStillOne() {
    for key in ["id", "distance"] { #expect(Sample.summary.without(key).detected.kind == .activity, "\(key)") }
    #expect(Sample.summary.without("resource_state").detected.kind == .activity)
    #expect(Sample.summary.with("upload_id", nil).without("resource_state").detected.kind == .activity)
    let manual = Sample.summary.without("resource_state", "achievement_count", "kudos_count", "comment_count")
      .with("upload_id", nil)
    #expect(manual.detected.kind == .derivedActivity)
    #expect(manual.with("kudos_count", 0).detected.kind == .derivedActivity)
    #expect(manual.with("kudos_count", 0).with("has_kudoed", false).detected.kind == .activity)
    #expect(manual.with("pr_count", 0).with("from_accepted_tag", false).without("distance").detected.kind == .activity)
    #expect(Sample.summary.without("id", "distance").detected.kind == .unrecognised)
  }

  @Test func anEmptyListOfErrorsIsNotAnError() {
    #expect((["message": "ok", "errors": []] as JSON).detected.kind == .unrecognised)
  }

  @Test func everyRefusedKindSaysWhy() {
    for kind in RecordKind.allCases {
      if case .refused = kind.disposition { #expect(kind.refusal != nil) } else { #expect(kind.refusal == nil) }
      #expect((RecordSchema.of(kind) != nil) == (kind.disposition == .stored))
    }
    let reading = (["Activity ID": 1, "Filename": "a.fit"] as JSON).read().reading
    #expect(reading.findings.map(\.rule) == [.bulkExportRow])
    #expect(reading.isRejected)
  }

  @Test func aSkippedKindIsANote() {
    let gear: JSON = ["id": "b1", "primary": true]
    #expect(gear.notes == ["SS028 "])
    #expect(gear.findings == [])
  }
}
