import Support
import Testing

/// The user and the activity that an insight refers to.
@Suite(.waiting) struct InsightTests {
  typealias Counts = PrintedSummary.Counts

  @Test func referencesAreResolvedWhateverTheyAreGivenAs() throws {
    let store = try TestStore()
    try store.python(
      """
      db.users.insert_one({'_id': ObjectId('0123456789abcdef01234567'), 'strava_id': Int64(900000001)})
      db.activities.insert_one({'_id': ObjectId('fedcba987654321001234567'), 'strava_activity_id': Int64(91000000001)})
      """)
    func insight(_ text: String, user: String, activity: String) -> SyntheticRecord {
      .insight(user: user, text: text).with("activity_id", activity)
    }
    let document = "\"0123456789abcdef01234567\""
    let done = try store.importing([
      insight("both by document", user: document, activity: "\"fedcba987654321001234567\""),
      insight("both by Strava id", user: "900000001", activity: "91000000001"),
      insight("activity to come", user: "\"900000001\"", activity: "91000000002"),
      insight("unknown activity", user: document, activity: "\"aaaaaaaaaaaaaaaaaaaaaaaa\""),
    ])
    #expect(done.exitCode == 0)
    #expect(done.summary.insights == Counts(read: 4, new: 4))
    #expect(done.summary.findings == ["SS053": 1])
    #expect(done.errors.contains("/activity_id"))
    #expect(
      try store.untrue(
        "db.insights.distinct('user_id') == [ObjectId('0123456789abcdef01234567')]",
        "{i['insight_text']: i['activity_id'] for i in db.insights.find()} == {"
          + "'both by document': ObjectId('fedcba987654321001234567'), "
          + "'both by Strava id': ObjectId('fedcba987654321001234567'), "
          + "'activity to come': oid('activities', 91000000002), "
          + "'unknown activity': ObjectId('a' * 24)}",
        "db.users.count_documents({}) == 1 == db.activities.count_documents({})"
      ) == [])
  }

  @Test func anInsightOfNobodyIsRejected() throws {
    let store = try TestStore()
    let done = try store.importing([
      .insight(user: "900000009", text: "unknown athlete"),
      .insight(user: "\"bbbbbbbbbbbbbbbbbbbbbbbb\"", text: "unknown document"),
    ])
    #expect(done.exitCode == 1)
    #expect(done.summary.insights == Counts(read: 2, rejected: 2))
    #expect(done.summary.findings == ["SS052": 2])
    #expect(done.summary.stubs == 0)
    #expect(try store.untrue("db.insights.count_documents({}) == 0 == db.users.count_documents({})") == [])
  }

  @Test func anInsightWaitsForWhatTheRunBringsLater() throws {
    let store = try TestStore()
    let early = SyntheticRecord.insight(user: "900000001", text: "early").with("activity_id", "91000000001")
    // Its copy waits together with it.
    let done = try store.importing(
      [early, early, .summary(91_000_000_001), .athlete(900_000_001)], ["--batch-size", "1"])
    #expect(done.exitCode == 0)
    #expect(done.summary.insights == Counts(read: 2, new: 1, unchanged: 1))
    #expect(
      try store.untrue(
        "db.insights.find_one()['user_id'] == user(900000001)['_id']",
        "db.insights.find_one()['activity_id'] == activity(91000000001)['_id']"
      ) == [])
  }

  @Test func aTimeOfMakingThatTheInputGivesIsKept() throws {
    let store = try TestStore()
    try store.importing([
      .insight(user: "900000001", text: "timed").with("created_at", "\"2016-08-10T06:00:00.250Z\""), .athlete(),
    ])
    #expect(
      try store.untrue(
        "db.insights.find_one()['created_at'] == datetime.datetime(2016, 8, 10, 6, 0, 0, 250000)",
        "db.insights.find_one()['updated_at'].year > 2016"
      ) == [])
  }
}
