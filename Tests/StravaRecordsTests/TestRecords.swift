import BSON
import Findings
import SourceText
import StravaRecords
import Testing

/// JSON in Swift literals, as the transcoder would write it: integers as int32 if they fit, otherwise as int64.
enum JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  case object([(String, JSON)])
  case array([JSON])
  case string(String)
  case int(Int64)
  case double(Double)
  case decimal(Decimal128)
  case bool(Bool)
  case null

  init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }
  init(arrayLiteral elements: JSON...) { self = .array(elements) }
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int64) { self = .int(value) }
  init(floatLiteral value: Double) { self = .double(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(nilLiteral: ()) { self = .null }

  /// A number that fits neither int64 nor double.
  static func decimal(_ coefficient: UInt128, exponent: Int = 0, negative: Bool = false) -> JSON {
    .decimal(Decimal128(negative: negative, coefficient: coefficient, exponent: exponent)!)
  }

  var document: BSONDocument { BSONDocument { write(into: &$0) } }

  private func write(into writer: inout BSONWriter) {
    switch self {
    case .object(let members): for (key, value) in members { value.append(to: &writer, key) }
    case .array(let elements):
      for (index, value) in elements.enumerated() { value.append(to: &writer, String(index)) }
    default: preconditionFailure("a document is an object or an array")
    }
  }

  private func append(to writer: inout BSONWriter, _ key: String) {
    switch self {
    case .object:
      let inner = writer.begin(name: key)
      write(into: &writer)
      writer.end(inner)
    case .array:
      let inner = writer.beginArray(name: key)
      write(into: &writer)
      writer.end(inner)
    case .string(let value): writer.append(name: key, .string(value))
    case .int(let value): writer.append(name: key, Int32(exactly: value).map { .int32($0) } ?? .int64(value))
    case .double(let value): writer.append(name: key, .double(value))
    case .decimal(let value): writer.append(name: key, .decimal128(value))
    case .bool(let value): writer.append(name: key, .bool(value))
    case .null: writer.append(name: key, .null)
    }
  }

  // MARK: Variations

  /// Returns the object with one member replaced, or added at the end.
  func with(_ key: String, _ value: JSON) -> JSON {
    guard case .object(var members) = self else { preconditionFailure("only objects have members") }
    if let index = members.firstIndex(where: { $0.0 == key }) {
      members[index].1 = value
    } else {
      members.append((key, value))
    }
    return .object(members)
  }

  func without(_ keys: String...) -> JSON {
    guard case .object(let members) = self else { preconditionFailure("only objects have members") }
    return .object(members.filter { !keys.contains($0.0) })
  }

  subscript(_ key: String) -> JSON {
    guard case .object(let members) = self else { preconditionFailure("only objects have members") }
    return members.first { $0.0 == key }?.1 ?? .null
  }

  // MARK: Reading

  var detected: Detected { document.withView { RecordKind.detect($0) } }

  /// Prepares the record from its text and from its outline, and expects the same result.
  func read(strict: Bool = false) -> (reading: Reading, notes: NoteCounts) {
    let rules = strict ? RuleSettings.strict : .standard
    return document.withView { view in
      var reader = RecordReader()
      let reading = reader.read(view, RecordKind.detect(view), rules: rules)
      view.withOutline { outline in
        var other = RecordReader()
        let again = other.read(view, RecordKind.detect(view, outline: outline), outline: outline, rules: rules)
        #expect(again.model == reading.model)
        #expect(again.findings.map(\.message) == reading.findings.map(\.message))
        #expect(other.notes.sorted.map(\.key) == reader.notes.sorted.map(\.key))
      }
      return (reading, reader.notes)
    }
  }

  /// The typed fields as they would be stored, or nil if the record is rejected.
  var stored: BSONDocument? {
    guard let model = read().reading.model else { return nil }
    return BSONDocument { model.appendStoredFields(to: &$0) }
  }

  /// The rule and pointer of each finding, as `SS030 /distance`.
  var findings: [String] { read().reading.findings.map { "\($0.rule.rawValue) \($0.pointer ?? "-")" } }

  /// The rule and field of each note, as `SS040 new_field`, in order.
  var notes: [String] {
    read().notes.tallies.map { key, _ in
      "\(key.rule.rawValue) \(key.field)" + (key.value.map { "=\($0)" } ?? "")
    }.sorted()
  }
}

/// Synthetic records with every field that is stored.
enum Sample {
  static let summary: JSON = [
    "resource_state": 2, "athlete": ["id": 134_815, "resource_state": 1], "name": "Morning Run 🏃‍♀️",
    "distance": 10_012.5, "moving_time": 3001, "elapsed_time": 3100, "total_elevation_gain": 120, "type": "Run",
    "sport_type": "TrailRun", "workout_type": 1, "id": 15_000_000_017, "start_date": "2024-05-01T06:30:00Z",
    "start_date_local": "2024-05-01T12:00:00Z", "timezone": "(GMT+05:30) Asia/Kolkata", "utc_offset": 19800.0,
    "location_city": "Testville", "location_state": "Teststate", "location_country": "Testland",
    "achievement_count": 3, "kudos_count": 12, "comment_count": 2,
    "map": ["id": "a15000000017", "summary_polyline": "_p~iF~ps|U", "resource_state": 2],
    "trainer": false, "commute": false, "manual": false, "private": true, "visibility": "everyone",
    "flagged": false, "gear_id": "g12345", "start_latlng": [47.25, 8], "end_latlng": [47.5, -8.125],
    "average_speed": 3.336, "max_speed": 5.1, "average_cadence": 82.5, "average_temp": 17, "average_watts": 210.5,
    "max_watts": 480, "weighted_average_watts": 222, "device_watts": true, "kilojoules": 631.7,
    "has_heartrate": true, "average_heartrate": 151.2, "max_heartrate": 171.0, "elev_high": 540.2,
    "elev_low": 431.8, "upload_id": 16_039_808_572, "upload_id_str": "16039808572",
    "external_id": "garmin_ping_465000000000", "suffer_score": 88.0,
  ]

  static let detailed = summary.with("resource_state", 3).with("description", "Felt good.\nNegative split!")
    .with("calories", 701.5).with("device_name", "Watch 255").with("segment_efforts", []).with("splits_metric", [])
    .with("laps", [["id": 54_000_000_000, "lap_index": 1, "anything": true]]).with("photos", ["count": 0])
    .with("embed_token", "0123456789abcdef")

  static let athlete: JSON = [
    "id": 134_815, "username": "a_runner", "resource_state": 3, "firstname": "Ada", "lastname": "Example",
    "bio": nil, "city": "Testville", "state": "Teststate", "country": "Testland", "sex": "F", "premium": true,
    "created_at": "2015-01-01T00:00:00Z", "updated_at": "2024-04-01T10:20:30Z", "weight": 58.5,
    "email": "ada@example.com",
    "ftp": nil, "bikes": [], "shoes": [["id": "g12345", "primary": true]],
  ]

  static let token: JSON = [
    "token_type": "Bearer", "expires_at": 1_714_545_000, "expires_in": 21_600, "refresh_token": "synthetic-refresh",
    "access_token": "synthetic-access",
    "athlete": ["id": 134_815, "resource_state": 2, "firstname": "Ada", "lastname": "Example"],
  ]

  static let insight: JSON = [
    "user_id": "65f0c0ffee0123456789abcd", "activity_id": 15_000_000_017, "insight_type": "training",
    "insight_text": "Your easy runs are easy.", "recommendation": "Keep it so.", "confidence_score": 0.75,
    "ai_model": "a-model",
    "context_data": [
      "activity_count": 12, "time_period": "last 30 days", "sport_type": "Run", "milestone_progress": 41.5,
    ],
    "created_at": "2024-05-02T00:00:00Z",
  ]

  static let clubEvent: JSON = [
    "id": 1, "resource_state": 2, "title": "Sunday ride", "club_id": 5, "activity_type": "Ride",
    "organizing_athlete": ["id": 134_815, "firstname": "Ada", "lastname": "E."], "women_only": false,
    "skill_levels": 1, "upcoming_occurrences": ["2024-05-05T08:00:00Z"],
  ]

  /// Returns a lap without an index.
  static let part: JSON = [
    "id": 70_000_000_001, "resource_state": 2, "name": "Lap 1",
    "activity": ["id": 15_000_000_017, "resource_state": 1],
    "athlete": ["id": 134_815, "resource_state": 1], "elapsed_time": 60, "moving_time": 60, "distance": 400.0,
    "start_date": "2024-05-01T06:30:00Z",
  ]

  static let all: [(RecordKind, JSON)] = [
    (.activity, detailed), (.athlete, athlete), (.token, token), (.insight, insight),
  ]
}

extension BSONView {
  /// Returns the document as the transcoder makes it from text.
  fileprivate func withOutline(_ body: (BSONOutline) -> Void) {
    let entries = map {
      BSONOutline.Entry(start: $0.start - base, keyCount: $0.keyCount, tag: RecordKeys.tag(of: $0.key))
    }
    entries.withUnsafeBytes { body(BSONOutline(self, $0)) }
  }
}
