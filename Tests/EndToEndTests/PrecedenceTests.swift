import SeededRandom
import Support
import Testing

/// Which record of an id is kept, and how each record counts.
@Suite(.waiting) struct PrecedenceTests {
  typealias Counts = PrintedSummary.Counts

  /// The ways in which the records of several ids can reach the store.
  enum Way: CaseIterable {
    case oneBulk, bulksOfOne, severalWriters
    /// The first record of each id is in one run, the second one in the next.
    case severalRuns
  }

  /// Records of one id, in order, and the state that they must lead to.
  struct Case: Sendable {
    let records: [SyntheticRecord]
    /// The number of the record that is kept, from 1.
    let kept: Int
    let counts: Counts

    init(_ records: [SyntheticRecord], kept: Int, _ counts: Counts) {
      self.records = records
      self.kept = kept
      self.counts = counts
    }
  }

  private static func importing(_ cases: [Case], _ way: Way, into store: TestStore) throws -> Counts {
    let records = cases.flatMap(\.records)
    switch way {
    case .oneBulk: return try store.importing(records).summary.total
    case .bulksOfOne: return try store.importing(records, ["--batch-size", "1"]).summary.total
    case .severalWriters: return try store.importing(records, ["--writers", "4", "--batch-size", "2"]).summary.total
    case .severalRuns:
      let rounds = cases.map(\.records.count).max() ?? 0
      return try (0..<rounds).reduce(Counts()) { sum, round in
        let records = cases.compactMap { $0.records.count > round ? $0.records[round] : nil }
        return try sum + store.importing(records).summary.total
      }
    }
  }

  private static let summary = SyntheticRecord.summary(91_000_000_001)
  private static let summary2 = SyntheticRecord.summary(91_000_000_001, name: "Renamed")
  private static let detail = SyntheticRecord.detail(91_000_000_001)
  private static let detail2 = SyntheticRecord.detail(91_000_000_001, name: "Renamed").without("description")

  private static let activities: [Case] = {
    func one(_ id: Int64, _ order: String, kept: Int, _ counts: Counts) -> Case {
      Case(
        order.map { mark in
          switch mark {
          case "s": .summary(id)
          case "S": .summary(id, name: "Renamed")
          case "d": .detail(id)
          default: SyntheticRecord.detail(id, name: "Renamed").without("description")
          }
        }, kept: kept, counts)
    }
    return [
      one(91_000_000_001, "sd", kept: 2, Counts(read: 2, new: 1, updated: 1)),
      one(91_000_000_002, "ds", kept: 1, Counts(read: 2, new: 1, superseded: 1)),
      one(91_000_000_003, "sdsds", kept: 2, Counts(read: 5, new: 1, updated: 1, unchanged: 1, superseded: 2)),
      one(91_000_000_004, "ssddS", kept: 3, Counts(read: 5, new: 1, updated: 1, unchanged: 2, superseded: 1)),
      one(91_000_000_005, "sS", kept: 2, Counts(read: 2, new: 1, updated: 1)),
      one(91_000_000_006, "dDdDs", kept: 4, Counts(read: 5, new: 1, updated: 3, superseded: 1)),
    ]
  }()

  @Test(arguments: Way.allCases)
  func aSummaryTakesNothingFromADetailAndBetweenEqualsTheLaterWins(_ way: Way) throws {
    let (store, alone) = (try TestStore(), try TestStore())
    try alone.importing(Self.activities.map { $0.records[$0.kept - 1] })
    #expect(
      try Self.importing(Self.activities, way, into: store) == Self.activities.reduce(Counts()) { $0 + $1.counts })
    #expect(try store.content() == alone.content())
  }

  @Test func differingCopiesInOneRunAreNoted() throws {
    let store = try TestStore()
    let done = try store.importing([Self.summary, Self.summary2, Self.detail])
    #expect(done.exitCode == 0)
    #expect(done.summary.findings == ["SS055": 1])
    #expect(done.errors.contains("91000000001"))
  }

  /// If Strava does not state the rank, members that only a detailed record has decide.
  @Test func theRankIsWhatTheRecordShowsNotWhatItClaims() throws {
    let store = try TestStore()
    let shy = Self.detail.with("resource_state", "-1").with("segment_efforts", #"[{"id": 1}]"#)
    #expect(try store.importing([shy, Self.summary2]).summary.activities == Counts(read: 2, new: 1, superseded: 1))
    #expect(
      try store.untrue(
        "activity(91000000001)['resource_state'] == 3", "activity(91000000001)['raw_data']['resource_state'] == -1"
      ) == [])
  }

  /// A document that import has not written is compared by its raw data only, whatever the types of its numbers.
  @Test func aPlatformsDetailIsSafeToo() throws {
    let store = try TestStore()
    try store.python(
      """
      for n, rank in enumerate([2, 3, 3.0, Int64(3), 'three', None]):
          db.activities.insert_one({'strava_activity_id': Int64(91000000001 + n), 'name': 'Platform',
            'raw_data': {'resource_state': rank}})
      db.activities.insert_one({'strava_activity_id': Int64(91000000007), 'name': 'Platform'})
      """)
    let summaries = (1...7).map { SyntheticRecord.summary(91_000_000_000 + $0, name: "Summary") }
    #expect(try store.importing(summaries).summary.activities == Counts(read: 7, updated: 4, superseded: 3))
    #expect(
      try store.untrue(
        "[activity(91000000000 + n)['name'] for n in (2, 3, 4)] == ['Platform'] * 3",
        "[activity(91000000000 + n)['name'] for n in (1, 5, 6, 7)] == ['Summary'] * 4"
      ) == [])
    let details = (1...7).map { SyntheticRecord.detail(91_000_000_000 + $0, name: "Detail") }
    #expect(try store.importing(details + summaries).summary.activities == Counts(read: 14, updated: 7, superseded: 7))
    #expect(try store.untrue("db.activities.distinct('name') == ['Detail']") == [])
  }

  // MARK: Times

  private static let tokens: [Case] = {
    /// - Parameter expiries: Seconds since 1970.
    func one(_ athlete: Int64, _ expiries: [Int?], kept: Int, _ counts: Counts) -> Case {
      let tokens = expiries.enumerated().map { number, expires in
        SyntheticRecord.token(of: athlete, expires: expires, number: number)
      }
      return Case(tokens, kept: kept, counts)
    }
    return [
      one(900_000_001, [200, 100], kept: 1, Counts(read: 2, new: 1, superseded: 1)),
      one(900_000_002, [100, 200], kept: 2, Counts(read: 2, new: 1, updated: 1)),
      one(900_000_003, [200, nil], kept: 1, Counts(read: 2, new: 1, superseded: 1)),
      one(900_000_004, [nil, 200], kept: 2, Counts(read: 2, new: 1, updated: 1)),
      one(900_000_005, [nil, nil], kept: 2, Counts(read: 2, new: 1, updated: 1)),
      one(900_000_006, [200, 200, 100, 200], kept: 4, Counts(read: 4, new: 1, updated: 2, superseded: 1)),
    ]
  }()

  private static let athletes: [Case] = {
    let (early, late) = ("2024-04-01T00:00:00Z", "2024-04-01T00:00:01Z")
    func one(_ id: Int64, _ profiles: [(rank: Int, updated: String?)], kept: Int, _ counts: Counts) -> Case {
      let athletes = profiles.enumerated().map { number, profile in
        SyntheticRecord.athlete(id, rank: profile.rank, updated: profile.updated, weight: Double(number + 50))
      }
      return Case(athletes, kept: kept, counts)
    }
    return [
      one(900_000_001, [(2, late), (2, early)], kept: 1, Counts(read: 2, new: 1, superseded: 1)),
      one(900_000_002, [(2, early), (2, late)], kept: 2, Counts(read: 2, new: 1, updated: 1)),
      one(900_000_003, [(2, late), (2, late)], kept: 2, Counts(read: 2, new: 1, updated: 1)),
      // Without a time, the later import wins.
      one(900_000_004, [(2, late), (2, nil)], kept: 2, Counts(read: 2, new: 1, updated: 1)),
      one(900_000_005, [(2, nil), (2, early)], kept: 2, Counts(read: 2, new: 1, updated: 1)),
      // Rank takes precedence over time.
      one(900_000_006, [(3, early), (2, late)], kept: 1, Counts(read: 2, new: 1, superseded: 1)),
      one(900_000_007, [(2, late), (3, early)], kept: 2, Counts(read: 2, new: 1, updated: 1)),
      one(900_000_008, [(3, nil), (2, nil), (3, nil)], kept: 3, Counts(read: 3, new: 1, updated: 1, superseded: 1)),
    ]
  }()

  @Test(arguments: Way.allCases)
  func aTokenGivesWayOnlyToOneThatExpiresNoEarlier(_ way: Way) throws {
    let (store, alone) = (try TestStore(), try TestStore())
    try alone.importing(Self.tokens.map { $0.records[$0.kept - 1] })
    #expect(try Self.importing(Self.tokens, way, into: store) == Self.tokens.reduce(Counts()) { $0 + $1.counts })
    #expect(try store.content() == alone.content())
  }

  @Test(arguments: Way.allCases)
  func anAthleteGivesWayOnlyToOneThatIsNotOlder(_ way: Way) throws {
    let (store, alone) = (try TestStore(), try TestStore())
    try alone.importing(Self.athletes.map { $0.records[$0.kept - 1] })
    #expect(try Self.importing(Self.athletes, way, into: store) == Self.athletes.reduce(Counts()) { $0 + $1.counts })
    #expect(try store.content() == alone.content())
  }

  // MARK: Any order

  /// Records that are written in one run count as if each had been imported separately, and lead to the same documents.
  @Test func oneRunCountsLikeManyRuns() throws {
    let (early, late) = ("2024-04-01T00:00:00Z", "2024-04-01T00:00:01Z")
    let athlete = SyntheticRecord.athlete(updated: early)
    let some: [SyntheticRecord] = [
      Self.summary, Self.summary2, Self.detail, Self.detail2, athlete, .athlete(updated: late, weight: 2),
      .athlete(rank: 3, updated: early, weight: 3), .token(expires: 100), .token(expires: 200, number: 2),
      .token(expires: 150, number: 3, athlete: .athlete(updated: early, weight: 4)),
    ]
    let seed: UInt64 = 7
    var numbers = Seeded(seed)
    // The athlete comes first; otherwise separate runs alone would create a stub first.
    let records = [athlete] + (0..<20).map { _ in some[Int.random(in: some.indices, using: &numbers)] }
    let apart = try TestStore()
    let counts = try records.reduce(Counts()) { try $0 + apart.importing([$1]).summary.total }
    let content = try apart.content()
    for options in [[], ["--batch-size", "1"], ["--batch-size", "3", "--writers", "4"]] {
      let together = try TestStore()
      let summary = try together.importing(records, options).summary
      // If one writer created a stub before another one wrote the athlete, the athlete counts as an update.
      var same = summary.total
      same.new += summary.stubs
      same.updated -= summary.stubs
      #expect(same == counts, "seed \(seed), \(options)")
      #expect(try together.content() == content, "seed \(seed), \(options)")
    }
  }
}
