/// A made-up record, as JSON text whose members keep their order.
///
/// The typed fields that tests look at are stored in clear under every policy: `weight`, `city`, times, numbers.
struct SyntheticRecord: Sendable {
  private var members: [(name: String, json: String)]

  private init(_ members: KeyValuePairs<String, String>) {
    self.members = members.map { ($0.key, $0.value) }
  }

  var json: String { "{" + members.map { "\"\($0.name)\": \($0.json)" }.joined(separator: ", ") + "}" }

  /// The same record in another notation: other white space, unnecessary escapes, other digits for a number.
  var reformatted: String {
    "\n{\r\n\t"
      + members.map { member in
        let name = member.name.unicodeScalars.map { $0 == "_" ? #"\u005f"# : String($0) }.joined()
        let value = member.json == "8046.7" ? "80467.0e-1" : member.json
        return "\"\(name)\"\t:\n\n \(value)"
      }.joined(separator: "\r\n , ") + "\n}\n"
  }

  /// Returns the record with a member added or replaced.
  func with(_ name: String, _ json: String) -> SyntheticRecord {
    var copy = self
    if let index = members.firstIndex(where: { $0.name == name }) {
      copy.members[index].json = json
    } else {
      copy.members.append((name, json))
    }
    return copy
  }

  func without(_ name: String) -> SyntheticRecord {
    var copy = self
    copy.members.removeAll { $0.name == name }
    return copy
  }

  // MARK: Kinds

  static func summary(_ id: Int64, athlete: Int64 = 900_000_001, name: String = "Run") -> SyntheticRecord {
    SyntheticRecord([
      "resource_state": "2", "athlete": #"{"id": \#(athlete), "resource_state": 1}"#, "name": "\"\(name)\"",
      "distance": "8046.7", "moving_time": "2412", "elapsed_time": "2480", "type": "\"Run\"",
      "sport_type": "\"Run\"", "id": "\(id)", "start_date": "\"2024-05-01T14:30:00Z\"",
      "start_date_local": "\"2024-05-01T06:30:00Z\"", "utc_offset": "-28800.0", "upload_id": "\(id + 1)",
    ])
  }

  static func detail(_ id: Int64, athlete: Int64 = 900_000_001, name: String = "Run") -> SyntheticRecord {
    summary(id, athlete: athlete, name: name).with("resource_state", "3").with("description", "\"Easy.\"")
      .with("calories", "512.5").with("segment_efforts", "[]").with("laps", #"[{"id": 1, "lap_index": 1}]"#)
  }

  /// - Parameter updated: The text of its `updated_at`.
  static func athlete(
    _ id: Int64 = 900_000_001, rank: Int = 2, updated: String? = nil, weight: Double = 61.5
  ) -> SyntheticRecord {
    let plain = SyntheticRecord([
      "id": "\(id)", "resource_state": "\(rank)", "firstname": "\"Marin\"", "lastname": "\"Example\"",
      "city": "\"Port Nemo\"", "weight": "\(weight)",
    ])
    return updated.map { plain.with("updated_at", "\"\($0)\"") } ?? plain
  }

  /// - Parameters:
  ///   - expires: Its `expires_at`, in seconds since 1970.
  ///   - athlete: The profile inside; nil for an id only.
  static func token(
    of id: Int64 = 900_000_001, expires: Int? = nil, number: Int = 1, athlete: SyntheticRecord? = nil
  ) -> SyntheticRecord {
    let plain = SyntheticRecord([
      "token_type": "\"Bearer\"", "refresh_token": "\"synthetic-refresh-\(number)\"",
      "access_token": "\"synthetic-access-\(number)\"", "athlete": athlete?.json ?? #"{"id": \#(id)}"#,
    ])
    return expires.map { plain.with("expires_at", "\($0)") } ?? plain
  }

  /// - Parameter user: JSON: an athlete's Strava id, or a document's id in quotes.
  static func insight(user: String, text: String) -> SyntheticRecord {
    SyntheticRecord(["user_id": user, "insight_type": "\"training\"", "insight_text": "\"\(text)\""])
  }
}

extension [SyntheticRecord] {
  /// The records as NDJSON.
  var lines: String { map { $0.json + "\n" }.joined() }
}
