import Support
import Testing

/// The way from the platform's form to the specification's.
@Suite(.waiting) struct FinishTests {
  @Test func anAdoptedDatabaseGetsTheFormOfTheSpecification() throws {
    let bench = try AdoptionFixture()
    #expect(try bench.adopt().exitCode == 0)
    try bench.pymongo.run(
      """
      import datetime
      db.insights.insert_one({'user_id': 900000777, 'insight_type': 'training', 'insight_text': 'Rest',
                              'created_at': datetime.datetime(2025, 1, 1), 'updated_at': datetime.datetime(2025, 1, 1)})
      db.activities.update_one({}, {'$set': {'activity_type': 'Other'}})
      """)
    let before = try bench.pymongo.dump()

    let planned = try bench.adopt("--finish", "--dry-run")
    #expect(planned.exitCode == 0, "\(planned.errors)")
    #expect(planned.activities.changed == 60 && planned.activities.values["/user_id"] == 60)
    #expect(planned.activities.values["/activity_type"] == 59)
    let unconfirmed = try bench.run(["encrypt-migrate", "--adopt", "--finish"], input: .bytes(Array("yes\n".utf8)))
    #expect(unconfirmed.exitCode == 2 && unconfirmed.errors.contains("not confirmed"))
    #expect(try bench.pymongo.dump() == before)

    let finished = try bench.run(["encrypt-migrate", "--adopt", "--finish"], input: .bytes(Array("finish\n".utf8)))
    #expect(finished.exitCode == 0, "\(finished.errors)")
    #expect(
      try bench.untrue(
        "db.store_settings.find_one()['form'] == 'specification'", "n(A) == 60",
        "all(U.find_one(a['user_id'])['strava_id'] == a['athlete_id'] for a in A.find())",
        "all(U.find_one(i['user_id'])['strava_id'] for i in I.find())",
        "n(A, strava_id={'$exists': True}) == 0", "n(A, activity_type={'$exists': True}) == 1",
        "all(a['type'] == a['raw_data']['type'] for a in A.find())") == [])
    let again = try bench.adopt("--finish", "--yes")
    #expect(again.exitCode == 0 && again.activities.unchanged == 60, "\(again.errors)")

    let imported = try bench.run(["import", bench.dump(0..<60)])
    #expect(imported.exitCode == 0, "\(imported.errors)")
    let checked = try StoredCheckOutcome(StoredCheckOutcome.command(bench.bench).run())
    #expect(checked.summary.findings["SS090"] == nil, "\(checked.text)")
    #expect(try bench.untrue("n(A) == 60", "all(isinstance(a['user_id'], ObjectId) for a in A.find())") == [])
  }

  /// A document without `athlete_id` comes from a program that writes the platform's form.
  @Test func isRefusedWhileTheBackendWrites() throws {
    let bench = try AdoptionFixture()
    #expect(try bench.adopt("--finish", "--yes").exitCode == 2)
    #expect(try bench.adopt().exitCode == 0)
    try bench.pymongo.run("db.activities.insert_one({'strava_activity_id': 7, 'strava_id': 7, 'user_id': 900000777})")
    let before = try bench.pymongo.dump()
    for arguments in [["--finish", "--yes"], ["--finish", "--dry-run"]] {
      let refused = try bench.bench.migrate(["--adopt"] + arguments)
      #expect(refused.exitCode == 2, "\(refused.errors)")
      #expect(refused.failure?.contains("a program still writes the platform's form") == true)
    }
    #expect(try bench.pymongo.dump() == before)
  }
}
