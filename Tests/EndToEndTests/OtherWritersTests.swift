import Support
import Testing

/// What import says and does about documents that other programs have changed since they were imported.
@Suite(.waiting) struct OtherWritersTests {
  typealias Counts = PrintedSummary.Counts

  private static let id: Int64 = 91_000_000_001
  private static let detail = SyntheticRecord.detail(id)
  private static let summary = SyntheticRecord.summary(id)
  /// The names that the changes below use.
  private static let names = """
    import datetime
    one = {'strava_activity_id': 91000000001}
    kept = db.activities.find_one(one)
    summary = {'id': 91000000001, 'resource_state': 2, 'athlete': {'id': 900000001, 'resource_state': 1}, 'name': 'Run',
               'start_date': '2024-05-01T06:00:00Z', 'type': 'Run'}
    now = datetime.datetime(2031, 1, 1)

    """

  /// A change of an imported detailed activity by another program.
  struct Change: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let python: String
  }

  private static let losses = [
    Change(
      testDescription: "a summary over a detail",
      python: "db.activities.update_one(one, {'$set': {'raw_data': summary}})"),
    Change(
      testDescription: "a whole sync",
      python: """
        db.activities.update_one(one, {'$set': {'raw_data': summary, 'description': None, 'calories': None,
                                                'updated_at': now}})
        """),
    Change(testDescription: "no raw_data", python: "db.activities.update_one(one, {'$unset': {'raw_data': 1}})"),
    Change(
      testDescription: "a member of raw_data",
      python: "db.activities.update_one(one, {'$set': {'raw_data.name': 'Other', 'updated_at': now}})"),
    Change(
      testDescription: "a field set to null",
      python: "db.activities.update_one(one, {'$set': {'name': None, 'updated_at': now}})"),
    Change(
      testDescription: "a field removed",
      python: "db.activities.update_one(one, {'$unset': {'distance': 1}, '$set': {'updated_at': now}})"),
    Change(
      testDescription: "a field changed",
      python: "db.activities.update_one(one, {'$set': {'distance': 1.0, 'updated_at': now}})"),
    Change(
      testDescription: "no updated_at",
      python: "db.activities.update_one(one, {'$unset': {'updated_at': 1}, '$set': {'distance': 1.0}})"),
    Change(
      testDescription: "neither raw_data nor source",
      python: "db.activities.update_one(one, {'$unset': {'raw_data': 1, 'source': 1}})"),
    Change(
      testDescription: "a sealed value in clear",
      python: "db.activities.update_one(one, {'$set': {'raw_data.private_note': 'x', 'updated_at': now}})"),
  ]

  @Test(arguments: losses)
  func whatAnotherProgramTookAwayIsStoredAgain(_ change: Change) throws {
    let (store, alone) = (try TestStore(), try TestStore())
    try alone.importing([Self.detail])
    try store.importing([Self.detail])
    try store.python(Self.names + change.python)
    #expect(try store.importing([Self.detail]).summary.activities == Counts(read: 1, updated: 1))
    #expect(try store.content() == alone.content())
    #expect(try store.importing([Self.detail]).summary.activities == Counts(read: 1, unchanged: 1))
  }

  /// A summary is not superseded by a detail that is not there any more.
  @Test func aSummaryIsSupersededOnlyByWhatIsThere() throws {
    let store = try TestStore()
    try store.importing([Self.detail])
    try store.python(Self.names + "db.activities.update_one(one, {'$set': {'raw_data': summary}})")
    #expect(try store.importing([Self.summary]).summary.activities == Counts(read: 1, updated: 1))
    #expect(try store.untrue("activity(91000000001)['resource_state'] == 2") == [])
    #expect(try store.importing([Self.detail]).summary.activities == Counts(read: 1, updated: 1))
  }

  /// What another program stored of a detail is not lost to a summary, although the document says that it is one.
  @Test func aDetailOfAnotherProgramIsKept() throws {
    let (store, other) = (try TestStore(), try TestStore())
    try other.importing([Self.detail])
    try store.importing([Self.summary])
    try store.python(
      Self.names + """
        summary.update(resource_state=3, description='By another program', laps=[], splits_metric=[{'distance': 1.0}])
        db.activities.update_one(one, {'$set': {'raw_data': summary}})
        """)
    #expect(try store.importing([Self.summary]).summary.activities == Counts(read: 1, superseded: 1))
    #expect(try store.untrue("activity(91000000001)['raw_data']['description'] == 'By another program'") == [])
  }

  /// The documents of a sync that changed nothing are read once, and then known to be complete.
  @Test func aSyncThatChangesNothingIsReadOnce() throws {
    let store = try TestStore()
    try store.importing([Self.detail, .athlete(), .token()])
    try store.python(
      Self.names + """
        db.activities.update_one(one, {'$set': {'updated_at': now}})
        db.users.update_many({}, {'$set': {'updated_at': now}})
        """)
    let before = try store.content()
    #expect(try store.importing([Self.detail, .athlete(), .token()]).summary.total.updated == 0)
    #expect(
      try store.untrue(
        "db.activities.find_one()['source']['as_of'] == datetime.datetime(2031, 1, 1)",
        "db.users.find_one()['source']['athlete']['as_of'] == datetime.datetime(2031, 1, 1)",
        "db.users.find_one()['source']['token']['as_of'] == datetime.datetime(2031, 1, 1)",
        "db.users.find_one()['updated_at'] == datetime.datetime(2031, 1, 1)") == [])
    #expect(try store.content() == before)
  }

  /// A write of one half marks the others as complete only if they were.
  @Test func theHalvesOfAUserAreCompleteTogether() throws {
    let store = try TestStore()
    try store.importing([.athlete()])
    try store.importing([.token()])
    #expect(
      try store.untrue(
        "db.users.find_one()['source']['athlete']['as_of'] == db.users.find_one()['updated_at']",
        "db.users.find_one()['source']['token']['as_of'] == db.users.find_one()['updated_at']") == [])
    try store.python(
      "db.users.update_one({}, {'$set': {'updated_at': datetime.datetime(2031, 1, 1), 'firstname': None}})")
    #expect(try store.importing([.token().with("expires_at", "4102444800")]).summary.total.updated == 1)
    #expect(
      try store.untrue("db.users.find_one()['source']['athlete']['as_of'] != db.users.find_one()['updated_at']") == [])
    #expect(try store.importing([.athlete()]).summary.total.updated == 1)
    #expect(try store.untrue("user(900000001)['firstname'] is not None") == [])
  }

  @Test(arguments: [("raw_data", 2), ("raw_data.athlete", 1), ("raw_data.token", 1)])
  func aUserWithoutItsResponsesGetsThemAgain(_ missing: String, _ updated: Int) throws {
    let (store, alone) = (try TestStore(), try TestStore())
    try alone.importing([.athlete(), .token()])
    try store.importing([.athlete(), .token()])
    try store.python("db.users.update_one({}, {'$unset': {'\(missing)': 1}})")
    #expect(try store.importing([.athlete(), .token()]).summary.total.updated == updated)
    #expect(try store.content() == alone.content())
  }

  /// A token that the platform has refreshed since is newer than the imported one.
  @Test func aRefreshedTokenIsNotReplaced() throws {
    let store = try TestStore()
    try store.importing([.token()])
    try store.python(
      """
      import datetime
      db.users.update_one({}, {'$set': {'access_token': 'newer', 'token_expires_at': datetime.datetime(2040, 1, 1),
                                        'updated_at': datetime.datetime(2031, 1, 1)}})
      """)
    #expect(try store.importing([.token()]).summary.total.superseded == 1)
    #expect(try store.untrue("db.users.find_one()['access_token'] == 'newer'") == [])
  }

  @Test func anInsightThatLostItsRecordGetsItAgain() throws {
    let store = try TestStore()
    let insight = SyntheticRecord.insight(user: "900000001", text: "Rest")
    try store.importing([.athlete(), insight])
    try store.python("db.insights.update_one({}, {'$unset': {'raw_data': 1, 'insight_text': 1}})")
    #expect(try store.importing([insight]).summary.total.updated == 1)
    #expect(try store.untrue("db.insights.find_one()['raw_data']['insight_text'] == 'Rest'") == [])
    #expect(try store.importing([insight]).summary.total.unchanged == 1)
  }

  /// After its keys were destroyed, nothing sealed of an athlete can be read, and an import stores it again.
  @Test func whatOnlyADestroyedKeyDecryptsIsStoredAgain() throws {
    let (store, alone) = (try TestStore(), try TestStore())
    let records = [
      SyntheticRecord.athlete(), .token(), Self.detail.with("private_note", "\"secret\""), .summary(91_000_000_002),
    ]
    try alone.importing(records)
    try store.importing(records)
    try store.python("db.data_keys.delete_many({}); db.store_settings.update_one({}, {'$inc': {'generation': 1}})")
    let again = try store.importing(records).summary
    #expect(again.total.updated == 3)
    #expect(again.total.unchanged == 1)
    #expect(try store.content() == alone.content())
    #expect(try store.importing(records).summary.total.unchanged == 4)
  }
}
