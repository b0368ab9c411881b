import Support
import Testing

/// Another writer stored a value that is not an object in `raw_data` or `source`, where import writes a member.
@Suite(.waiting) struct ObstructedPathTests {
  typealias Counts = PrintedSummary.Counts

  private static let obstacles = [
    "None", "5", "'text'", "True", "[]", "[1]",
    "[{'athlete': {'resource_state': 3, 'digest': 1}, 'resource_state': 3}]", "datetime.datetime(2024, 1, 1)",
  ]
  private static let athlete = SyntheticDump.firstAthlete
  private static let records: [SyntheticRecord] = [
    .athlete(athlete), .token(of: athlete, expires: 1_710_000_000, number: 2),
    .summary(SyntheticDump.firstActivity, athlete: athlete),
  ]

  @Test(arguments: obstacles, ["raw_data", "source"])
  func anotherWritersValueDoesNotBlockTheDocument(_ value: String, _ field: String) throws {
    let store = try TestStore()
    try store.python(
      """
      user = db.users.insert_one({'strava_id': Int64(\(Self.athlete)), 'age': 30, '\(field)': \(value)}).inserted_id
      db.activities.insert_one({'strava_activity_id': Int64(\(SyntheticDump.firstActivity)), 'user_id': user,
        'notes': 'mine', '\(field)': \(value)})
      """)
    let done = try store.importing(Self.records, ["--writers", "1"])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.summary.activities == Counts(read: 1, updated: 1))
    #expect(
      try store.untrue(
        "set(db.users.find_one()['raw_data']) == {'athlete', 'token'} == set(db.users.find_one()['source'])",
        "db.users.find_one()['age'] == 30 and db.activities.find_one()['notes'] == 'mine'",
        "db.activities.find_one()['raw_data']['id'] == \(SyntheticDump.firstActivity)",
        "'digest' in db.activities.find_one()['source']"
      ) == [])
    let again = try store.importing(Self.records)
    #expect(again.exitCode == 0 && again.summary.activities == Counts(read: 1, unchanged: 1))
  }

  /// An existing half is kept: only a value that is not an object is replaced.
  @Test func onlyWhatIsInTheWayIsReplaced() throws {
    let store = try TestStore()
    try store.importing(Array(Self.records.prefix(1)))
    try store.python("db.users.update_one({}, {'$set': {'source': None}})")
    let done = try store.importing(Array(Self.records.dropFirst().prefix(1)))
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(try store.untrue("set(db.users.find_one()['raw_data']) == {'athlete', 'token'}") == [])
  }
}
