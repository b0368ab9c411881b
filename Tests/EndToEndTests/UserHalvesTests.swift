import Support
import Testing

/// A user's profile and token change independently of each other.
@Suite(.waiting) struct UserHalvesTests {
  typealias Counts = PrintedSummary.Counts

  private static let (early, late) = ("2024-04-01T00:00:00Z", "2024-05-01T00:00:00Z")

  @Test func eachHalfComesAloneInAnyOrder() throws {
    let athlete = SyntheticRecord.athlete(updated: Self.early)
    let token = SyntheticRecord.token(expires: 1_714_586_400)
    let (one, other) = (try TestStore(), try TestStore())
    #expect(try one.importing([athlete]).summary.athletes == Counts(read: 1, new: 1))
    #expect(try one.importing([token]).summary.tokens == Counts(read: 1, updated: 1))
    #expect(try other.importing([token]).summary.tokens == Counts(read: 1, new: 1))
    #expect(
      try other.untrue(
        "user(900000001)['resource_state'] == 1", "set(user(900000001)['raw_data']) == {'token'}",
        "set(user(900000001)['source']) == {'token'}", "'weight' not in user(900000001)"
      ) == [])
    #expect(try other.importing([athlete]).summary.athletes == Counts(read: 1, updated: 1))
    #expect(try one.content() == other.content())
    #expect(
      try one.untrue(
        "user(900000001)['resource_state'] == 2", "set(user(900000001)['raw_data']) == {'token', 'athlete'}",
        "set(user(900000001)['source']) == {'token', 'athlete'}", "user(900000001)['weight'] == 61.5",
        "user(900000001)['token_expires_at'] == datetime.datetime.fromtimestamp(1714586400, datetime.UTC)"
          + ".replace(tzinfo=None)",
        "user(900000001)['athlete_updated_at'] == datetime.datetime(2024, 4, 1)"
      ) == [])
  }

  @Test func theAthleteInsideATokenIsARecordOfItsOwn() throws {
    let store = try TestStore()
    let done = try store.importing([
      .token(expires: 200, athlete: .athlete(updated: Self.early))
    ])
    #expect(done.summary.tokens == Counts(read: 1, new: 1))
    #expect(done.summary.athletes == Counts(read: 1, updated: 1))
    #expect(done.summary.stubs == 0)
    // A newer token has an older profile inside, then the other way round.
    let older = try store.importing([.token(expires: 300, number: 2, athlete: .athlete(updated: Self.early, weight: 2))]
    )
    #expect(older.summary.tokens == Counts(read: 1, updated: 1))
    let newer = try store.importing([.token(expires: 250, number: 3, athlete: .athlete(updated: Self.late, weight: 3))])
    #expect(newer.summary.tokens == Counts(read: 1, superseded: 1))
    #expect(newer.summary.athletes == Counts(read: 1, updated: 1))
    let last = try store.importing([.token(expires: 400, number: 4, athlete: .athlete(updated: Self.early, weight: 4))])
    #expect(last.summary.tokens == Counts(read: 1, updated: 1))
    #expect(last.summary.athletes == Counts(read: 1, superseded: 1))
    #expect(
      try store.untrue(
        "user(900000001)['weight'] == 3",
        "user(900000001)['token_expires_at'] == datetime.datetime(1970, 1, 1, 0, 6, 40)"
      ) == [])
  }

  @Test func aChangeOfOneHalfLeavesTheOtherToTheLastByte() throws {
    let store = try TestStore()
    try store.importing([.token(expires: 200), .athlete(rank: 3, updated: Self.early)])
    // Only the time at which the other was known to be complete moves with the document.
    let halves = """
      found = user(900000001)
      for half in found['source'].values(): half.pop('as_of')
      print(found['raw_data']['token'], found['source']['token'], found['token_expires_at'])
      print(found['raw_data']['athlete'], found['source']['athlete'], found['weight'], found['athlete_updated_at'])
      """
    let first = try store.python(halves).split(separator: "\n")
    try store.importing([.token(expires: 300, number: 2)])
    let second = try store.python(halves).split(separator: "\n")
    #expect(second[0] != first[0])
    #expect(second[1] == first[1])
    try store.importing([.athlete(rank: 3, updated: Self.late, weight: 70)])
    let third = try store.python(halves).split(separator: "\n")
    #expect(third[0] == second[0])
    #expect(third[1] != second[1])
  }

  @Test func whatANewHalfLacksIsTakenAwayFromThatHalfOnly() throws {
    let store = try TestStore()
    try store.importing([.token(expires: 200), .athlete(updated: Self.early)])
    // Old tokens have no `refresh_token`, and old profiles have no city and time.
    try store.importing([.token(expires: 300, number: 2).without("refresh_token")])
    #expect(
      try store.untrue(
        "'refresh_token' not in user(900000001)", "'access_token' in user(900000001)",
        "user(900000001)['city'] == 'Port Nemo'"
      ) == [])
    try store.importing([.athlete().without("city")])
    #expect(
      try store.untrue(
        "not {'city', 'athlete_updated_at'} & set(user(900000001))",
        "'access_token' in user(900000001)", "'token_expires_at' in user(900000001)"
      ) == [])
  }

  @Test func aTokenWithoutAnAthleteIsRejected() throws {
    let store = try TestStore()
    let done = try store.importing([
      .token(expires: 200).with("athlete", "{}"), .token(expires: 200).without("athlete"),
    ])
    #expect(done.exitCode == 1)
    #expect(done.summary.tokens == Counts(read: 2, rejected: 2))
    #expect(done.summary.findings == ["SS050": 2])
    #expect(!done.errors.contains("synthetic-access"))
    #expect(try store.untrue("db.users.count_documents({}) == 0") == [])
  }
}
