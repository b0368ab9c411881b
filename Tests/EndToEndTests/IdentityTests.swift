import Foundation
import Support
import Testing

/// Which document a record is written to, and what an import does not change there.
@Suite(.waiting) struct IdentityTests {
  typealias Counts = PrintedSummary.Counts

  @Test func newDocumentsGetTheIDsThatEveryImporterGives() throws {
    let store = try TestStore()
    let done = try store.importing([
      .athlete(900_000_001), .summary(91_000_000_001), .token(of: 900_000_002, expires: 1_714_586_400),
      .summary(91_000_000_002, athlete: 900_000_003), .insight(user: "900000001", text: "Steady."),
    ])
    #expect(done.exitCode == 0)
    #expect(
      try store.untrue(
        "[user(900000000 + n)['_id'] == oid('users', 900000000 + n) for n in (1, 2, 3)] == [True] * 3",
        "activity(91000000001)['_id'] == oid('activities', 91000000001)",
        "activity(91000000002)['_id'] == oid('activities', 91000000002)",
        "activity(91000000001)['user_id'] == oid('users', 900000001)",
        "activity(91000000002)['user_id'] == oid('users', 900000003)",
        "activity(91000000002)['athlete_id'] == 900000003",
        "db.insights.find_one()['_id'].binary == digest(db.insights.find_one()['raw_data'], 0)[:12]",
        "db.insights.find_one()['source']['digest'] == digest(db.insights.find_one()['raw_data'], 1)",
        "activity(91000000001)['source']['digest'] == digest(activity(91000000001)['raw_data'], 1)",
        "db.insights.find_one()['user_id'] == oid('users', 900000001)"
      ) == [])
  }

  @Test func everyDocumentSaysWhereItComesFrom() throws {
    let store = try TestStore()
    let path = try store.file(
      [SyntheticRecord.athlete(), .summary(91_000_000_001)].lines, "folder/dump.ndjson")
    let done = try store.starting([path, "--origin", "api"]).ended()
    #expect(
      try store.untrue(
        "set(activity(91000000001)['source']) == {'origin', 'file', 'record', 'digest', 'run', 'imported_at', 'as_of'}",
        "activity(91000000001)['source']['origin'] == 'api'",
        "activity(91000000001)['source']['file'] == '\(path)'",
        "activity(91000000001)['source']['record'] == 2",
        "isinstance(activity(91000000001)['source']['record'], Int64)",
        "len(activity(91000000001)['source']['digest']) == 32",
        "activity(91000000001)['source']['run'] == Binary.from_uuid(__import__('uuid').UUID('\(done.summary.run)'))",
        "isinstance(activity(91000000001)['source']['imported_at'], datetime.datetime)",
        "activity(91000000001)['source']['as_of'] == activity(91000000001)['updated_at']",
        "user(900000001)['source']['athlete']['record'] == 1", "set(user(900000001)['source']) == {'athlete'}",
        "activity(91000000001)['schema_version'] == 1 == user(900000001)['schema_version']"
      ) == [])
  }

  @Test func documentsThatArePlatformsOwnKeepTheirIDsAndWhatIsTheirs() throws {
    let store = try TestStore()
    // Ids as other programs write them; one of them is a double.
    try store.python(
      """
      db.users.insert_one({'_id': ObjectId('0123456789abcdef01234567'), 'strava_id': 900000001.0, 'age': 34,
        'milestones': [{'id': ObjectId('0' * 24), 'name': 'Far', 'target': 'x', 'distance': 1e5}],
        'email': 'sign-in@example.com', 'favourite': {'a': 1}, 'weight': 70.0, 'country': 'Gone'})
      db.activities.insert_one({'_id': ObjectId('fedcba987654321001234567'), 'strava_activity_id': Int64(91000000001),
        'name': 'Old', 'description': 'to go', 'note': 'to stay', 'raw_data': {'resource_state': 2, 'old': True}})
      """)
    let records: [SyntheticRecord] = [.athlete(weight: 61.5), .summary(91_000_000_001, name: "New")]
    let done = try store.importing(records)
    #expect(done.exitCode == 0)
    #expect(done.summary.athletes == Counts(read: 1, updated: 1))
    #expect(done.summary.activities == Counts(read: 1, updated: 1))
    #expect(done.summary.stubs == 0)
    #expect(
      try store.untrue(
        "db.users.count_documents({}) == 1 == db.activities.count_documents({})",
        "user(900000001)['_id'] == ObjectId('0123456789abcdef01234567')",
        "user(900000001)['age'] == 34", "user(900000001)['favourite'] == {'a': 1}",
        "user(900000001)['milestones'] == [{'id': ObjectId('0' * 24), 'name': 'Far', 'target': 'x', 'distance': 1e5}]",
        "user(900000001)['email'] == 'sign-in@example.com'",
        "user(900000001)['weight'] == 61.5", "user(900000001)['city'] == 'Port Nemo'",
        "'country' not in user(900000001)",
        "activity(91000000001)['_id'] == ObjectId('fedcba987654321001234567')",
        "activity(91000000001)['user_id'] == ObjectId('0123456789abcdef01234567')",
        "activity(91000000001)['name'] == 'New'", "'description' not in activity(91000000001)",
        "activity(91000000001)['note'] == 'to stay'", "'old' not in activity(91000000001)['raw_data']"
      ) == [])
    let again = try store.importing(records)
    #expect(again.summary.total == Counts(read: 2, unchanged: 2))
  }

  /// The import waits, however long another writer takes with the athlete.
  @Test func anAthleteOfTheSameInputIsNotAStub() throws {
    let server = try TestServer.shared
    let store = try TestStore(on: server)
    let proxy = try LossyProxy(to: server, losing: ["busy@insert:users:1", "busy@insert:users:2"])
    let athletes = (0..<16).map { 900_000_001 + Int64($0) }
    let records =
      athletes.map { SyntheticRecord.athlete($0) } + athletes.map { .summary($0 + 90_000_000_000, athlete: $0) }
    let done = try store.importing(records, ["--writers", "4"], uri: proxy.uri)
    #expect(proxy.lost.count == 2)
    #expect(done.summary.stubs == 0)
    #expect(done.summary.athletes == Counts(read: 16, new: 16))
  }

  @Test func anAthleteKnownByIDOnlyGetsAStubThatIsFilledLater() throws {
    let store = try TestStore()
    let first = try store.importing([
      .summary(91_000_000_001, athlete: 900_000_001), .summary(91_000_000_002, athlete: 900_000_001),
      .summary(91_000_000_003, athlete: 900_000_002),
    ])
    #expect(first.summary.stubs == 2)
    #expect(first.summary.kinds.keys.sorted() == ["activity"])
    #expect(
      try store.untrue(
        """
        set(user(900000001)) == {'_id', 'strava_id', 'resource_state', 'schema_version', 'created_at', 'updated_at', \
        'last_activity_sync', 'stub'}
        """,
        "user(900000001)['resource_state'] == 1", "user(900000001)['stub'] is True",
        "isinstance(user(900000001)['strava_id'], Int64)"
      ) == [])
    let made = try store.python("print(user(900000001)['created_at'])")

    let second = try store.importing([.athlete(900_000_001), .summary(91_000_000_004, athlete: 900_000_001)])
    #expect(second.summary.athletes == Counts(read: 1, updated: 1))
    #expect(second.summary.stubs == 0)
    #expect(
      try store.untrue(
        "user(900000001)['_id'] == oid('users', 900000001)", "user(900000001)['resource_state'] == 2",
        "user(900000001)['weight'] == 61.5", "str(user(900000001)['created_at']) == '\(made.dropLast())'",
        "user(900000002)['resource_state'] == 1",
        "db.activities.count_documents({'user_id': oid('users', 900000001)}) == 3"
      ) == [])
  }

  @Test func whatANewRecordLacksIsTakenAway() throws {
    let store = try TestStore()
    let full = SyntheticRecord.detail(91_000_000_001).with("gear_id", "\"g1\"").with("start_latlng", "[-48.9, -123.4]")
    let lesser = SyntheticRecord.detail(91_000_000_001).with("gear_id", "null").with("start_latlng", "[]")
      .without("calories").without("description")
    try store.importing([full])
    #expect(
      try store.untrue("{'gear_id', 'start_latlng', 'calories', 'description'} <= set(activity(91000000001))") == [])
    let done = try store.importing([lesser])
    #expect(done.summary.activities == Counts(read: 1, updated: 1))
    #expect(
      try store.untrue(
        "not {'gear_id', 'start_latlng', 'calories', 'description'} & set(activity(91000000001))",
        "not {'calories', 'description'} & set(activity(91000000001)['raw_data'])",
        "activity(91000000001)['raw_data']['gear_id'] is None",
        "activity(91000000001)['raw_data']['start_latlng'] == []"
      ) == [])
    // This is the same document that the lower-ranked record alone leads to.
    let fresh = try TestStore()
    try fresh.importing([lesser])
    #expect(try store.content() == fresh.content())
  }

  @Test func otherWordsForTheSameRecordChangeNothing() throws {
    let store = try TestStore()
    let records: [SyntheticRecord] = [
      .athlete(), .token(expires: 1_714_586_400), .detail(91_000_000_001),
      .insight(user: "900000001", text: "Steady."),
    ]
    try store.importing(records)
    let before = try store.everything()
    let again = try store.importing(text: "[" + records.map(\.reformatted).joined(separator: ",") + "]")
    #expect(again.exitCode == 0)
    #expect(again.summary.total == Counts(read: 4, unchanged: 4))
    #expect(try store.everything() == before)
  }

  @Test func timesMoveOnlyWithChanges() throws {
    let store = try TestStore()
    let times = """
      for athlete in 900000001, 900000002:
          found = user(athlete)
          print(found['created_at'], found['updated_at'], found['last_activity_sync'])
      found = activity(91000000001)
      print(found['created_at'], found['updated_at'])
      """
    func look() throws -> [[Substring]] {
      // The date and the time of day are two words.
      try store.python(times).split(separator: "\n").map { line in
        let words = line.split(separator: " ")
        return stride(from: 0, to: words.count, by: 2).map { words[$0] + " " + words[$0 + 1] }
      }
    }
    let athletes: [SyntheticRecord] = [.athlete(900_000_001), .athlete(900_000_002)]
    let other = SyntheticRecord.summary(91_000_000_002, athlete: 900_000_002)
    try store.importing(athletes + [.summary(91_000_000_001), other])
    let first = try look()
    // Nothing changes, so the times stay as they are.
    try store.importing(athletes + [.summary(91_000_000_001), other])
    #expect(try look() == first)

    // An activity of one athlete changes.
    try store.importing(athletes + [.summary(91_000_000_001, name: "Renamed"), other])
    let second = try look()
    #expect(second[0][0...1] == first[0][0...1])
    #expect(second[0][2] > first[0][2])
    #expect(second[1] == first[1])
    #expect(second[2][0] == first[2][0])
    #expect(second[2][1] > first[2][1])

    // A user without the time gets it, though nothing else changes. That does not count as a change of the user.
    try store.python("db.users.update_one({'strava_id': 900000002}, {'$unset': {'last_activity_sync': ''}})")
    try store.importing([other])
    let third = try look()
    #expect(third[1][0...1] == first[1][0...1])
    #expect(third[1][2] > second[0][2])
    #expect(third[0] == second[0])
  }
}
