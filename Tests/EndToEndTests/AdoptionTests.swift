import Foundation
import Support
import Testing

/// The database of the platform's backend: recognized, adopted, and usable by both sides afterwards.
@Suite(.waiting) struct AdoptionTests {
  private static let fields = ["strava_activity_id", "strava_id", "activity_type", "type", "athlete_id"]

  @Test func isRecognizedBeforeAnythingIsWritten() throws {
    let bench = try AdoptionFixture()
    let before = try bench.pymongo.dump()
    let dump = try bench.dump(0..<10)
    for command in [["import", dump], ["index"], ["encrypt-migrate"], ["encrypt-migrate", "--seal", "health"]] {
      let done = try bench.run(command)
      #expect(done.exitCode == 2, "\(command): \(done.errors)")
      #expect(done.errors.contains("60 documents of activities"), "\(done.errors)")
      #expect(done.errors.contains("`strava-store encrypt-migrate --adopt`"), "\(done.errors)")
      #expect(!done.errors.contains("gAAAA"))
    }
    #expect(try bench.pymongo.dump() == before)
  }

  @Test(arguments: [
    "db.insights.insert_one({'user_id': 900000777, 'insight_type': 'training', 'insight_text': 'x'})",
    "db.users.insert_one({'strava_id': 1, 'access_token': 'gAAAAABk'})",
    "db.users.insert_one({'strava_id': 1, 'milestones': [{'id': 'milestone_1a2b'}]})",
    "db.activities.create_index('user_id'); db.activities.insert_one({'user_id': 900000777})",
  ])
  func oneDocumentIsEnough(_ insertion: String) throws {
    let bench = try AdoptionFixture(activities: 0)
    try bench.pymongo.run("for name in db.list_collection_names(): db.drop_collection(name)\n\(insertion)")
    let done = try bench.run(["import", bench.dump(0..<1)])
    #expect(done.exitCode == 2 && done.errors.contains("1 document of "), "\(done.errors)")
  }

  /// A database that import made records its form, and documents of the platform do not matter anymore.
  @Test func aNewDatabaseHasTheFormOfTheSpecification() throws {
    let bench = try AdoptionFixture(activities: 0)
    try bench.pymongo.run("for name in db.list_collection_names(): db.drop_collection(name)")
    let dump = try bench.dump(0..<4)
    #expect(try bench.run(["import", dump]).exitCode == 0)
    #expect(try bench.untrue("db.store_settings.find_one()['form'] == 'specification'", "n(U, stub=True) == 2") == [])
    try bench.pymongo.run("db.activities.insert_one({'strava_activity_id': 7, 'strava_id': 7, 'user_id': 900000777})")
    #expect(try bench.run(["import", dump]).exitCode == 0)
    let refused = try bench.adopt()
    #expect(refused.exitCode == 2 && refused.failure?.contains("specification's form") == true)
    // The document of the other form is counted, and import keeps its user_id.
    let checked = try StoredCheckOutcome(StoredCheckOutcome.command(bench.bench).run())
    #expect(checked.summary.findings["SS090"] == 1, "\(checked.text)")
  }

  @Test func onlyAddsFields() throws {
    let bench = try AdoptionFixture()
    let (before, found) = try (bench.pymongo.dump(omitting: Self.fields), bench.backend("queries"))
    let planned = try bench.adopt("--dry-run")
    #expect(planned.exitCode == 0, "\(planned.errors)")
    #expect(planned.activities.changed == 60)
    #expect(planned.activities.values == ["/strava_activity_id": 30, "/type": 60, "/athlete_id": 60])
    #expect(try bench.pymongo.dump(omitting: Self.fields) == before)
    #expect(try bench.untrue("db.store_settings.find_one() is None") == [])
    let early = try bench.adopt("--verify")
    #expect(early.exitCode == 1 && early.findings["SS093"] == 2 && early.left == 60, "\(early.errors)")

    let adopted = try bench.adopt()
    #expect(adopted.exitCode == 0, "\(adopted.errors)")
    #expect(adopted.activities.changed == 60 && adopted.activities.values == planned.activities.values)
    #expect(try bench.backend("queries") == found)
    let after = try bench.pymongo.dump(collections: ["users", "activities", "insights"], omitting: Self.fields)
    #expect(after == before)
    #expect(
      try bench.untrue(
        "db.store_settings.find_one()['form'] == 'platform'",
        "all(a['strava_activity_id'] == a['strava_id'] == a['raw_data']['id'] for a in A.find())",
        "all(a['type'] == a['activity_type'] == a['raw_data']['type'] for a in A.find())",
        "all(a['athlete_id'] == a['user_id'] for a in A.find())",
        "{i['key'][0][0] for i in A.index_information().values() if i.get('unique')} >= {'strava_activity_id', 'strava_id'}"
      ) == [])
    #expect(try bench.adopt("--verify").exitCode == 0)
    let again = try bench.adopt()
    #expect(again.exitCode == 0 && again.activities.unchanged == 60)
  }

  @Test func besideARunningBackend() throws {
    let bench = try AdoptionFixture(activities: Soak.size(400, soak: 40_000))
    let writer = try bench.startWriters()
    let adopted = try bench.adopt("--batch-size", "20")
    #expect(adopted.exitCode == 0, "\(adopted.errors)")
    #expect(try bench.run(["index"]).exitCode == 0)
    let imported = try bench.run(["import", bench.dump(0..<80), "--json"])
    #expect(imported.exitCode == 0, "\(imported.errors)")
    try bench.stop(writer)
    #expect(try bench.adopt().exitCode == 0)
    #expect(try bench.adopt("--verify").exitCode == 0)
    #expect(
      try bench.untrue(
        "len(A.distinct('strava_id')) == n(A)", "all(type(a['user_id']) is not ObjectId for a in A.find())",
        "n(A, athlete_id=None) == 0") == [])
  }

  /// What the backend writes passes the validators, before and after sealing, and its queries find what was imported.
  @Test func bothSidesUseIt() throws {
    let bench = try AdoptionFixture()
    #expect(try bench.adopt().exitCode == 0)
    #expect(try bench.run(["index"]).exitCode == 0)
    #expect(try bench.run(["index", "--check"]).exitCode == 0)
    #expect(try bench.backend("once") == "")

    let imported = try bench.run(["import", bench.dump(40..<100), "--json"])
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(
      try bench.untrue(
        "n(A, user_id=900000777) == 50 and n(A, user_id=900000778) == 50",
        "all(a['strava_id'] == a['strava_activity_id'] and a['activity_type'] == a['type'] for a in A.find())",
        "type(A.find_one({'strava_id': 15320359099})['user_id']) is Int64 or A.find_one({'strava_id': 15320359099})['user_id'] == 900000778",
        "n(A, **{'raw_data': {'$exists': True}, 'source': {'$exists': True}}) == 60") == [])
    let queries = try #require(
      JSONSerialization.jsonObject(with: Data(bench.backend("queries").utf8)) as? [String: Any])
    #expect(queries["count"] as? Int == 50)
    #expect((queries["history by type"] as? [Int])?.count == (queries["history"] as? [Int]).map { _ in 33 })
    #expect((queries["history"] as? [Int])?.contains(15_320_359_098) == true)

    let checked = try StoredCheckOutcome(StoredCheckOutcome.command(bench.bench, ["--rule", "SS070=off"]).run())
    #expect(checked.summary.findings["SS090"] == nil, "\(checked.text)")
    #expect(checked.summary.findings["SS030"] == nil, "\(checked.text)")
  }

  /// An import of an athlete who has not signed in makes no user, so that the backend can sign the athlete in.
  @Test func importMakesNoStubs() throws {
    let bench = try AdoptionFixture(activities: 0)
    #expect(try bench.adopt().exitCode == 0)
    try bench.pymongo.run("db.users.delete_many({})")
    let dump = try bench.dump(0..<6)
    let imported = try ImportOutcome(bench.bench.command([dump]).run())
    #expect(imported.exitCode == 0 && imported.summary.activities.new == 6, "\(imported.errors)")
    #expect(try bench.untrue("n(U) == 0", "n(A, user_id=900000778) == 3") == [])
    let insight = try bench.bench.folder.write(
      #"{"user_id": 900000778, "activity_id": 15320359001, "insight_type": "training", "insight_text": "Easy."}"#,
      to: "insight.json")
    let more = try ImportOutcome(bench.bench.command([insight]).run())
    #expect(more.exitCode == 0 && more.summary.insights.new == 1, "\(more.errors)")
    #expect(
      try bench.untrue("I.find_one({'source': {'$exists': True}})['user_id'] == 900000778", "n(U) == 0") == [])
    #expect(try ImportOutcome(bench.bench.command([dump]).run()).summary.activities.unchanged == 6)
  }

  @Test func importKeepsTheUserOfADocument() throws {
    let bench = try AdoptionFixture()
    #expect(try bench.adopt().exitCode == 0)
    try bench.pymongo.run(
      """
      from bson import ObjectId
      db.activities.update_one({'strava_id': 15320359000}, {'$set': {'user_id': ObjectId('65f0c0ffee0123456789abcd')}})
      db.activities.update_one({'strava_id': 15320359002}, {'$unset': {'user_id': 1}})
      db.activities.update_one({'strava_id': 15320359004}, {'$set': {'user_id': None}})
      """)
    #expect(try bench.run(["import", bench.dump(0..<6)]).exitCode == 0)
    #expect(
      try bench.untrue(
        "A.find_one({'strava_id': 15320359000})['user_id'] == ObjectId('65f0c0ffee0123456789abcd')",
        "n(A, strava_id={'$in': [15320359002, 15320359004]}, user_id=900000777) == 2") == [])
    let checked = try StoredCheckOutcome(StoredCheckOutcome.command(bench.bench).run())
    #expect(checked.summary.findings["SS090"] == 1, "\(checked.text)")
  }

  @Test func twoDocumentsOfOneActivityAreAFinding() throws {
    let bench = try AdoptionFixture(activities: 8)
    try bench.pymongo.run(
      """
      from bson import ObjectId
      db.activities.insert_many([
        {'_id': ObjectId('65f0c0ffee0123456789ab01'), 'strava_id': 15320359005, 'user_id': 900000778},
        {'_id': ObjectId('65f0c0ffee0123456789ab02'), 'strava_id': 1, 'strava_activity_id': 2, 'user_id': 900000778},
        {'_id': ObjectId('65f0c0ffee0123456789ab03'), 'strava_id': 3}])
      """)
    let adopted = try bench.adopt()
    #expect(adopted.exitCode == 1)
    #expect(adopted.findings == ["SS074": 1, "SS091": 2, "SS092": 1], "\(adopted.errors)")
    #expect(adopted.errors.contains("65f0c0ffee0123456789ab01"), "\(adopted.errors)")
    let other = try bench.pymongo.run("print(db.activities.find_one({'name': 'Activity 5'})['_id'])")
    #expect(adopted.errors.contains(other.trimmingCharacters(in: .whitespacesAndNewlines)), "\(adopted.errors)")
    #expect(adopted.activities.left == 2)

    try bench.pymongo.run("db.activities.delete_many({'raw_data': None})")
    #expect(try bench.adopt().exitCode == 0)
    // With the index there, the server refuses the second document, and the finding is about that.
    try bench.pymongo.run("db.activities.insert_one({'strava_activity_id': 99, 'user_id': 900000778, 'type': 'Run'})")
    try bench.pymongo.run(
      "db.activities.insert_one({'strava_id': 99, 'strava_activity_id': '99', 'user_id': 900000778})")
    let refused = try bench.adopt()
    #expect(refused.exitCode == 1 && (refused.findings["SS091"] ?? 0) >= 1, "\(refused.errors)")
  }

  @Test func theFormIsUnderTheMAC() throws {
    let bench = try AdoptionFixture()
    #expect(try bench.adopt().exitCode == 0)
    for change in ["{'$set': {'form': 'specification'}}", "{'$unset': {'form': 1}}", "{'$set': {'form': 'other'}}"] {
      try bench.pymongo.run("db.store_settings.update_one({}, \(change))")
      let done = try bench.run(["import", bench.dump(0..<1)])
      #expect(done.exitCode == 2 && done.errors.contains("store_settings"), "\(change): \(done.errors)")
    }
  }

  /// The backend's ciphertext is not taken for a token, and everything else is sealed.
  @Test func fernetTokensAreNotSealed() throws {
    let bench = try AdoptionFixture()
    #expect(try bench.adopt().exitCode == 0)
    #expect(try bench.run(["index"]).exitCode == 0)
    try bench.pymongo.run("db.users.update_one({'strava_id': 900000777}, {'$set': {'access_token_hash': b'0' * 32}})")
    let planned = try bench.bench.migrate(["--dry-run"])
    #expect(planned.exitCode == 1 && planned.findings == ["SS094": 4], "\(planned.errors)")
    #expect(planned.users.values["/access_token"] == nil && planned.users.values["/username"] == 2)
    let sealed = try bench.bench.migrate()
    #expect(sealed.exitCode == 1 && sealed.findings == ["SS094": 4] && sealed.users.left == 2, "\(sealed.errors)")
    #expect(sealed.activities.left == 0 && !sealed.errors.contains("gAAAA"))
    #expect(
      try bench.untrue(
        "all(u['access_token'][:6] == u['refresh_token'][:6] == 'gAAAAA' for u in U.find())",
        "n(U, access_token_hash={'$exists': True}) == 0",
        "all(type(u['username']) is bytes or u['username'].subtype == 128 for u in U.find())") == [])
    #expect(try bench.bench.migrate(["--verify"]).findings == ["SS094": 4])
    #expect(try bench.backend("once") == "")
    let checked = try StoredCheckOutcome(StoredCheckOutcome.command(bench.bench).run())
    #expect(checked.summary.findings["SS094"] ?? 0 >= 4, "\(checked.text)")
  }

  /// The answer to a data-access request has what the backend wrote and what import wrote, adopted or not.
  @Test func anAnswerHasAllDocumentsOfTheAthlete() throws {
    let bench = try AdoptionFixture()
    for isAdopted in [false, true] {
      if isAdopted {
        #expect(try bench.adopt().exitCode == 0)
        #expect(try bench.run(["import", bench.dump(40..<80)]).exitCode == 0)
        // The user document does not matter.
        try bench.pymongo.run("db.users.delete_many({})")
      }
      let folder = bench.bench.folder.path("answer-\(isAdopted)")
      let done = try bench.run(["export", "all", "--athlete", "900000777", "--decrypt", "-o", folder])
      #expect(done.exitCode == 0, "\(done.errors)")
      let count = isAdopted ? 40 : 30
      let lines = try String(contentsOfFile: folder + "/activities.ndjson", encoding: .utf8).split(separator: "\n")
      #expect(lines.count == count)
      let page = try String(contentsOfFile: folder + "/README.txt", encoding: .utf8)
      let counts = isAdopted ? "40 by athlete_id; 0 by" : "0 by athlete_id; 0 by user_id, an object id; 30 by user_id"
      for text in [page, done.errors] {
        #expect(text.contains("activities: \(counts)"), "\(text)")
        #expect(text.contains("insights: 0 by user_id, an object id; 1 by user_id, a Strava id"), "\(text)")
      }
    }
  }

  /// A token whose time seems to be earlier by less than the error of the backend's times is taken.
  @Test(arguments: [(13.0, true), (15.0, false)])
  func timesOfTokensMayBeWrongByHours(_ hours: Double, isTaken: Bool) throws {
    let bench = try AdoptionFixture(activities: 0)
    #expect(try bench.adopt().exitCode == 0)
    let stored = 1_900_000_000
    try bench.pymongo.run(
      """
      import datetime
      at = datetime.datetime.fromtimestamp(\(stored), datetime.timezone.utc)
      db.users.update_many({}, {'$set': {'token_expires_at': at}})
      """)
    let token = """
      {"token_type":"Bearer","expires_at":\(stored - Int(hours * 3600)),"expires_in":21600,"access_token":"synthetic-a",
      "refresh_token":"synthetic-r","athlete":{"id":900000777,"resource_state":2,"username":"rider","firstname":"F"}}
      """
    let path = try bench.bench.folder.write(token.replacing("\n", with: ""), to: "token.json")
    #expect(try bench.run(["import", path]).exitCode == 0)
    let kept = try bench.untrue("U.find_one({'strava_id': 900000777})['access_token'][:6] == 'gAAAAA'")
    #expect(kept.isEmpty == !isTaken)
  }

  /// A validator that would refuse new documents is not enforced without a confirmation.
  @Test func validatorsThatRefuseNewDocumentsAreConfirmed() throws {
    let bench = try AdoptionFixture()
    #expect(try bench.adopt().exitCode == 0)
    try bench.pymongo.run(
      "db.activities.update_many({'strava_id': {'$lt': 15320359007}}, {'$unset': {'start_date': 1}})")
    let before = try bench.pymongo.run("print(db.command('listCollections')['cursor']['firstBatch'])")
    let refused = try bench.run(["index"])
    #expect(refused.exitCode == 2)
    #expect(
      refused.errors.contains("would refuse 7 of activities") && refused.errors.contains("--yes"), "\(refused.errors)")
    #expect(try bench.pymongo.run("print(db.command('listCollections')['cursor']['firstBatch'])") == before)
    let warned = try bench.run(["index", "--validation", "warn"])
    #expect(warned.exitCode == 0, "\(warned.errors)")
    let options = "db.activities.options()"
    #expect(try bench.untrue("\(options)['validationAction'] == 'warn'", "\(options)['validator']") == [])
    #expect(try bench.run(["index", "--check", "--validation", "warn"]).exitCode == 0)
    #expect(try bench.run(["index", "--check"]).exitCode == 1)
    #expect(try bench.run(["index", "--yes"]).exitCode == 0)
    #expect(try bench.untrue("\(options)['validationAction'] == 'error'") == [])
  }

  @Test func whatHasNoOwnerIsOneFinding() throws {
    let bench = try AdoptionFixture()
    #expect(try bench.adopt().exitCode == 0)
    try bench.pymongo.run(
      """
      db.activities.insert_many([{'strava_activity_id': n, 'strava_id': n, 'raw_data': {'private_note': 'x'}}
        for n in range(1, 41)])
      db.activities.insert_one({'strava_activity_id': 99, 'strava_id': 99,
        'raw_data': {'private_note': 'x', 'athlete': {'id': 900000777}}})
      db.users.delete_many({})
      """)
    let sealed = try bench.bench.migrate()
    #expect(sealed.exitCode == 1 && sealed.findings == ["SS074": 1], "\(sealed.errors)")
    #expect(sealed.activities.left == 40 && sealed.errors.contains("40 documents contain no Strava id"))
    #expect(try bench.untrue("type(A.find_one({'strava_id': 99})['raw_data']['private_note']) is not str") == [])
    #expect(try bench.bench.migrate(["--verify"]).left == 40)
  }

  @Test func aWiderPolicyIsRefusedBeforeItsValidatorsRefuseIt() throws {
    let bench = try AdoptionFixture()
    #expect(try bench.adopt().exitCode == 0)
    #expect(try bench.run(["index"]).exitCode == 0)
    let before = try bench.pymongo.dump()
    let refused = try bench.bench.migrate(["--seal", "location,health"])
    #expect(refused.exitCode == 2 && refused.failure?.contains("index --validation off") == true, "\(refused.errors)")
    #expect(try bench.pymongo.dump() == before)
    #expect(try bench.run(["index", "--validation", "off"]).exitCode == 0)
    let done = try bench.bench.migrate(["--seal", "location,health"])
    #expect(done.findings == ["SS094": 4] && done.activities.changed == 60, "\(done.errors)")
    #expect(try bench.run(["index", "--validation", "moderate"]).exitCode == 0)
    #expect(try bench.backend("once") == "")
  }

  @Test func stopsAndGoesOn() throws {
    let bench = try AdoptionFixture(activities: 300)
    let slow = try bench.bench.migration(["--adopt", "--batch-size", "10", "--max-rate", "50"]).start()
    while try bench.untrue("n(A, athlete_id={'$exists': True}) > 0") != [] { Thread.sleep(forTimeInterval: 0.02) }
    slow.send(SIGINT)
    let stopped = try MigrationOutcome(slow.wait())
    #expect(stopped.exitCode == 130 && stopped.activities.changed > 0 && stopped.activities.changed < 300)
    let last = try bench.adopt()
    #expect(last.exitCode == 0)
    #expect(last.activities.changed == 300 - stopped.activities.changed)
  }
}
