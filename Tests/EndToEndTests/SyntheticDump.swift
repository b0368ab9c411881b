/// Many records that have one content for each id and rank, so they lead to the same documents in any order.
enum SyntheticDump {
  static let firstActivity: Int64 = 92_000_000_001
  static let firstAthlete: Int64 = 900_000_001

  static func athlete(of activity: Int, among athletes: Int) -> Int64 { firstAthlete + Int64(activity % athletes) }

  static func summaries(_ count: Int, athletes: Int) -> [SyntheticRecord] {
    (0..<count).map {
      .summary(firstActivity + Int64($0), athlete: athlete(of: $0, among: athletes), name: "Run \($0)")
    }
  }

  /// Returns activities with something to seal: a note with their number.
  static func noted(_ count: Int, athletes: Int) -> [SyntheticRecord] {
    (0..<count).map { number in
      .summary(firstActivity + Int64(number), athlete: athlete(of: number, among: athletes))
        .with("private_note", "\"note \(number)\"")
    }
  }

  /// Two of three activities have a detail.
  static func details(_ count: Int, athletes: Int) -> [SyntheticRecord] {
    (0..<count).filter { $0 % 3 != 0 }.map {
      .detail(firstActivity + Int64($0), athlete: athlete(of: $0, among: athletes), name: "Run \($0) in full")
    }
  }

  /// Profiles of two ranks, tokens with two times, and insights. One of four athletes is known by id only.
  static func people(_ athletes: Int) -> [SyntheticRecord] {
    (0..<athletes).flatMap { number -> [SyntheticRecord] in
      let id = firstAthlete + Int64(number)
      let insight = SyntheticRecord.insight(user: "\(id)", text: "Steady.").with(
        "activity_id", "\(firstActivity + Int64(number))")
      guard number % 4 != 0 else { return [insight] }
      let profile = SyntheticRecord.athlete(id, updated: "2024-04-01T00:00:00Z", weight: Double(50 + number))
      return [
        insight, profile, profile.with("resource_state", "3").with("updated_at", "\"2024-04-02T00:00:00Z\""),
        .token(of: id, expires: 1_700_000_000 + number, athlete: profile),
        .token(of: id, expires: 1_710_000_000 + number, number: 2),
      ]
    }
  }

  static func everything(activities: Int, athletes: Int) -> [SyntheticRecord] {
    summaries(activities, athletes: athletes) + people(athletes) + details(activities, athletes: athletes)
  }
}
