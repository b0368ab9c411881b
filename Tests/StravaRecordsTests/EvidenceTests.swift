import BSON
import StravaRecords
import Testing

/// The kind of an object depends on the evidence for it, not on its other members.
@Suite struct EvidenceTests {
  /// Members that are evidence of other kinds, or that other programs add.
  static let others: [(String, JSON)] = [
    ("firstname", "Ada"), ("lastname", "E."), ("access_token", "x"), ("refresh_token", "x"), ("expires_at", 1),
    ("text", "felt good"), ("status", "ready"), ("activity_id", 5), ("error", nil), ("segment", ["id": 5]),
    ("heart_rate", ["zones": [["min": 0, "max": 100]]]), ("power", ["zones": []]), ("distance_raw", 10.5),
    ("moving_time_raw", 1), ("activity_type_display_name", "Run"), ("$schema", "https://json-schema.org/x"),
    ("properties", ["id": ["type": "integer"]]), ("message", "x"), ("errors", [["code": "x"]]), ("lap_index", 1),
    ("split", 1), ("start_index", 0), ("elevation_difference", 1.5), ("activity", ["id": 5]), ("climb_category", 1),
    ("average_grade", 1), ("maximum_grade", 2), ("estimated_moving_time", 1), ("sub_type", 1), ("frame_type", 1),
    ("brand_name", "x"), ("primary", true), ("unique_id", "x"), ("urls", ["100": "x"]), ("member_count", 5),
    ("cover_photo", "x"), ("profile_medium", "x"), ("callback_url", "x"), ("application_id", 1),
    ("recent_run_totals", ["count": 1]), ("insight_type", "x"), ("insight_text", "x"), ("aspect_type", "create"),
    ("object_type", "activity"), ("object_id", 5), ("distribution_buckets", []), ("time", [0, 1]),
    ("latlng", [[1, 2]]),
    ("heartrate", [90]), ("data", [1]), ("series_type", "time"), ("Activity ID", 5), ("Filename", "x"),
    ("strava_store_reject", 1), ("title", "x"), ("club_id", 5), ("organizing_athlete", [:]), ("women_only", false),
    ("schema", [:]), ("log", [:]),
    ("athlete_id", 7), ("id_str", "5"), ("username", "x"), ("resource_states", 2), ("zones", []), ("streams", [:]),
  ]

  static let wholes: [(RecordKind, JSON)] = [
    (.activity, Sample.summary), (.activity, Sample.detailed), (.activity, Sample.summary.without("sport_type")),
    (.activity, Sample.summary.without("resource_state")),
    (.activity, Sample.summary.without("resource_state").with("upload_id", nil).with("pr_count", 0)),
    (.athlete, Sample.athlete), (.athlete, ["id": 1, "firstname": "A", "lastname": nil]), (.token, Sample.token),
    (.token, Sample.token.with("athlete", ["id": 1])), (.insight, Sample.insight),
  ]

  @Test(arguments: wholes.indices) func whatIsBesideChangesNothing(_ index: Int) {
    let (kind, whole) = Self.wholes[index]
    let free = Self.others.filter { key, _ in whole.lacks(key) && !(kind != .activity && Self.makesInsight(key)) }
    #expect(whole.detected.kind == kind)
    var all = whole
    for (key, value) in free {
      #expect(whole.with(key, value).detected.kind == kind, "\(key)")
      all = all.with(key, value)
    }
    #expect(all.detected.kind == kind)
    for (index, (key, value)) in free.enumerated() {
      for (second, another) in free[(index + 1)...] {
        #expect(whole.with(key, value).with(second, another).detected.kind == kind, "\(key), \(second)")
      }
    }
    // The order of the members does not matter, so they may also come first.
    guard case .object(let members) = whole else { return }
    #expect(JSON.object(free + members).detected.kind == kind)
  }

  /// An insight with its `user_id` is the only object that so few members identify.
  private static func makesInsight(_ key: String) -> Bool { key == "insight_type" }

  @Test func whatLacksOneOfTheFiveIsNotAnAthlete() {
    for key in ["id", "distance", "start_date"] {
      let near = Sample.summary.without(key).without(key == "start_date" ? "start_date_local" : key)
      for (other, value) in Self.others where other != "activity" || key != "sport_type" {
        #expect(near.with(other, value).with("lastname", "E.").detected.kind == .activity, "\(key), \(other)")
      }
    }
    let derived = Sample.summary.without("resource_state", "upload_id").with("firstname", "A").with("lastname", "B")
    #expect(derived.detected.kind == .derivedActivity)
  }

  @Test func aSportMakesAnActivityOfAPart() {
    #expect(Sample.part.detected.kind == .activityPart)
    #expect(Sample.part.with("sport_type", "Run").detected.kind == .activity)
    #expect(Sample.part.with("lap_index", 1).detected.kind == .lap)
    let flat = Sample.part.without("activity").with("activity.id", 15_000_000_017)
    #expect(flat.detected.kind == .activityPart)
    // A whole record is not a reference.
    #expect(Sample.part.with("activity", Sample.summary).detected.kind != .activityPart)
  }

  /// Kinds that are skipped or refused need evidence, too.
  @Test(
    arguments: [
      ["power": ["avg": 100, "zones": [1, 2]]], ["heart_rate": ["average": 140, "zones": [["min": 0, "max": 1]]]],
      ["$schema": "https://json.schemastore.org/tsconfig", "compilerOptions": ["strict": true]],
      ["$schema": "https://json.schemastore.org/package", "type": "module"],
      ["id": 5, "name": "x", "distance_raw": 5.5], ["id": 1, "text": "x", "athlete": "y"],
      ["id": 1, "status": "done", "activity_id": 5], ["id": 1, "brand_name": "x"], ["id": 1, "member_count": 5],
      ["client_id": 5, "callback_url": "https://example.com"], ["climb_category": 1], ["id": 1, "average_grade": 5],
      ["id": 1, "sub_type": 1], ["unique_id": "x", "urls": []], ["split": "train", "start_index": 0],
      ["lap_index": 1], ["message": "x", "level": "info"], ["message": "x", "errors": 0, "warnings": 1],
      ["recent_run_totals": 5], ["distribution_buckets": []], ["aspect_type": "wide"], ["Activity ID": 5],
      ["access_token": "x"], ["access_token": "x", "server": "y"], ["id": ["type": "user", "name": "x"]],
      ["type": "STATE", "country": "x"], ["type": "LOG"], ["title": "x", "id": 1, "club": ["id": 1]],
    ] as [JSON])
  func anothersObjectIsUnrecognised(_ object: JSON) {
    #expect(object.detected.kind == .unrecognised)
  }

  @Test func whoHasNoIDAndIsNotAKudoerIsABrokenAthlete() {
    let contact: JSON = ["firstname": "A", "lastname": "B", "company": "C"]
    #expect(contact.detected.kind == .athlete)
    #expect(contact.findings == ["SS031 /id"])
    #expect(Sample.athlete.without("id").detected.kind == .athlete)
  }

  /// The search for the single athlete among members ignores objects without a first name.
  @Test func anAthleteHasAFirstName() {
    #expect(Sample.athlete.detected.kind == .athlete)
    #expect(Sample.athlete.without("firstname").detected.kind != .athlete)
    #expect(Sample.athlete.without("firstname", "id").detected.kind != .athlete)
    #expect(Sample.athlete.with("firstname", nil).detected.kind == .athlete)
  }

  @Test func aWholeActivityIsFoundAtAnyDepth() {
    func isWhole(_ object: JSON) -> Bool { object.document.withView(RecordKind.isWholeActivity) }
    #expect(isWhole(Sample.summary))
    #expect(isWhole(Sample.detailed.with("firstname", "A").with("text", "x")))
    #expect(!isWhole(Sample.summary.without("distance")))
    #expect(!isWhole(Sample.summary.without("resource_state", "upload_id")))
    #expect(!isWhole(Sample.part))
    #expect(!isWhole(Sample.athlete))
  }
}

extension JSON {
  fileprivate func lacks(_ key: String) -> Bool {
    guard case .object(let members) = self else { return true }
    return !members.contains { $0.0 == key }
  }
}
