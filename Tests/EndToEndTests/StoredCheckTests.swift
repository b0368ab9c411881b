import Foundation
import Support
import Testing

/// `validate --db` compares stored documents with the schema.
@Suite(.waiting) struct StoredCheckTests {
  // MARK: What is right

  @Test(arguments: [[], ["--seal", "location,health"]])
  func whatImportWritesIsValid(sealing: [String]) throws {
    let store = try TestStore()
    #expect(try store.run(ValidFixtures.stored() + sealing).exitCode == 0)
    let stored = try store.stored()
    for hasKey in [true, false] {
      let result = try StoredCheckOutcome(store, hasKey: hasKey)
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(result.findings.isEmpty, "\(result.findings)")
      #expect(result.summary.opened == hasKey)
      #expect(result.errors.contains("sealed values were not checked") == !hasKey)
      #expect(result.summary.collections["activities"]?.valid == stored["activities"])
      #expect(result.summary.collections["users"]?.valid == (stored["users"] ?? 0) + (stored["stubs"] ?? 0))
      #expect(result.summary.collections["insights"]?.valid == stored["insights"])
      #expect(try result.summary.collections["data_keys"]?.valid == store.count("data_keys"))
    }
  }

  // MARK: What is wrong

  /// Each change damages a document of its own, and is reported with the rule and the pointer. The `keyed` ones are
  /// only found with the key file.
  private static let damage = """
    sys.path.insert(0, sys.argv[1])
    import datetime, open_sealed, uuid
    result = {'always': [], 'keyed': []}
    raw = db.with_options(open_sealed.OPTIONS)
    activities = list(raw.activities.find({'raw_data.private_note': {'$exists': False}}).sort('_id'))
    # Athletes whose data keys stay.
    users = list(raw.users.find({'access_token': {'$exists': True}, 'username': {'$exists': True}}).sort('_id'))
    insights = list(raw.insights.find().sort('_id'))
    def name(collection, document):
        return f"{collection}/{document['_id']}"
    def expect(collection, document, rule, pointer, keyed=False):
        result['keyed' if keyed else 'always'].append(f"{name(collection, document)} {rule} {pointer}")
    def damage(collection, documents, rule, pointer, change, keyed=False):
        document = documents.pop()
        result = raw[collection].update_one({'_id': document['_id']}, change(document) if callable(change) else change)
        assert result.modified_count == 1, (rule, pointer)
        expect(collection, document, rule, pointer, keyed)
        return document
    def put(field, value): return {'$set': {field: value}}
    def flipped(value, bit):
        bytes_ = bytearray(value); bytes_[bit // 8] ^= 1 << bit % 8
        return bson.Binary(bytes(bytes_), value.subtype)

    # As other programs write.
    damage('activities', activities, 'SS030', '/moving_time', put('moving_time', '3001'))
    damage('activities', activities, 'SS030', '/name', put('name', 5))
    damage('activities', activities, 'SS030', '/trainer', put('trainer', 1))
    damage('activities', activities, 'SS030', '/start_date', put('start_date', '2024-05-01T06:30:00Z'))
    damage('activities', activities, 'SS031', '/start_date', {'$unset': {'start_date': ''}})
    damage('activities', activities, 'SS031', '/start_date', put('start_date', None))
    damage('activities', activities, 'SS032', '/distance', put('distance', -0.5))
    damage('activities', activities, 'SS032', '/source/origin', put('source.origin', 'somewhere'))
    damage('activities', activities, 'SS034', '/start_latlng', put('start_latlng', [91.0, 0.0]))
    drawn = next(one for one in activities if 'summary_polyline' in one.get('map', {}))
    activities.remove(drawn)
    damage('activities', [drawn], 'SS030', '/map/summary_polyline', put('map.summary_polyline', 5))
    damage('insights', insights, 'SS032', '/confidence_score', put('confidence_score', 1.5))
    damage('insights', insights, 'SS031', '/insight_text', put('insight_text', ''))
    damage('users', users, 'SS032', '/age', put('age', 151))
    damage('users', users, 'SS030', '/milestones/1', put('milestones', [{'name': 'x'}, 'y']))
    # In clear, and not ours.
    damage('users', users, 'SS070', '/firstname', put('firstname', 'canary-name'))
    damage('activities', activities, 'SS070', '/raw_data/embed_token', put('raw_data.embed_token', 'canary-token'))
    damage('activities', activities, 'SS070', '/raw_data/deep/0/private_note',
        put('raw_data.deep', [{'private_note': 'canary-note'}]))
    damage('users', users, 'SS071', '/lastname', put('lastname', bson.Binary(b'canary-bytes', 0)))
    damage('users', users, 'SS071', '/email', put('email', 5))
    damage('activities', activities, 'SS071', '/raw_data', put('raw_data', 'canary-text'))
    damage('activities', activities, 'SS071', '/raw_data', put('raw_data', bson.Binary(b'canary-bytes', 0)))
    damage('activities', activities, 'SS070', '/raw_data/athlete__firstname', put('raw_data.athlete__firstname', 'x'))
    damage('users', users, 'SS072', '/username', lambda user: put('username', flipped(user['username'], 3)))
    # What only the key tells.
    damage('users', users, 'SS072', '/access_token',
        lambda user: put('access_token', flipped(user['access_token'], 8 * 50)), keyed=True)
    donor = users[1]
    damage('users', users, 'SS072', '/refresh_token', put('refresh_token', donor['refresh_token']), keyed=True)
    damage('users', users, 'SS073', '/username_hash', put('username_hash', bson.Binary(bytes(32), 0)), keyed=True)
    damage('activities', activities, 'SS063', '/raw_data', put('raw_data.distance', 12345.5), keyed=True)
    damage('activities', activities, 'SS063', '/raw_data', {'$unset': {'raw_data': ''}}, keyed=True)
    damage('activities', activities, 'SS064', '/distance', put('distance', 12345.5), keyed=True)
    damage('activities', activities, 'SS064', '/gear_id', put('gear_id', 'x'), keyed=True)
    damage('activities', activities, 'SS064', '/name', {'$unset': {'name': ''}}, keyed=True)
    mapped = next(one for one in activities if 'resource_state' in one.get('map', {}))
    activities.remove(mapped)
    damage('activities', [mapped], 'SS064', '/map/resource_state', put('map.resource_state', 9), keyed=True)
    damage('users', users, 'SS064', '/weight', put('weight', 5.5), keyed=True)
    # A whole number as another driver writes it is valid.
    whole = next(one for one in activities if one.get('utc_offset', 0.5).is_integer())
    activities.remove(whole)
    raw.activities.update_one({'_id': whole['_id']}, put('utc_offset', int(whole['utc_offset'])))
    damage('users', users, 'SS063', '/raw_data/athlete', {'$unset': {'raw_data.athlete': ''}}, keyed=True)
    # Keys: an athlete's is gone, one was never one, one lacks a field.
    lost = raw.data_keys.find_one({'strava_id': users[0]['strava_id']})
    raw.data_keys.delete_one({'_id': lost['_id']})
    for collection in open_sealed.KEYS:
        for document in raw[collection].find():
            for path, envelope in open_sealed.sealed_fields(document):
                if envelope[2:18] == bytes(lost['_id']): expect(collection, document, 'SS072', path, keyed=True)
    whole = {'strava_id': bson.Int64(1), 'version': 1, 'master_key_id': lost['master_key_id'],
        'created_at': datetime.datetime(2024, 5, 1), 'wrapped_key': bson.Binary(b'x' * 90, 0x80)}
    for number, (rule, pointer, change, keyed) in enumerate([
        ('SS076', '/wrapped_key', {}, True), ('SS030', '/version', {'version': 'one'}, False),
        ('SS031', '/wrapped_key', {'wrapped_key': None}, False)]):
        id = uuid.UUID(int=number + 1)
        raw.data_keys.insert_one({'_id': bson.Binary(id.bytes, 4), **whole, 'strava_id': bson.Int64(number + 1), **change})
        expect('data_keys', {'_id': id}, rule, pointer, keyed)
    print(json.dumps(result))
    """

  @Test func eachDamageIsFoundAtItsPlace() throws {
    let store = try TestStore()
    #expect(try store.run(ValidFixtures.stored()).exitCode == 0)
    let people = (1...20).map { number in
      let id = 900_001_000 + Int64(number)
      let profile = SyntheticRecord.athlete(id).with("username", "\"runner \(number)\"")
      return SyntheticRecord.token(of: id, expires: 1_700_000_000, number: number, athlete: profile)
    }
    #expect(try store.run([store.folder.write(people.lines, to: "people.ndjson")]).exitCode == 0)
    #expect(try StoredCheckOutcome(store).exitCode == 0)
    struct Report: Decodable {
      let always: [String]
      let keyed: [String]
    }
    let interop = Checkout.root.appending(path: "Tests/Interop").path
    let result = try JSONDecoder().decode(Report.self, from: Data(store.pymongo.run(Self.damage, [interop]).utf8))
    #expect(result.always.count > 20 && result.keyed.count > 8)

    let keyed = try StoredCheckOutcome(store)
    #expect(keyed.exitCode == 1)
    #expect(keyed.locations == (result.always + result.keyed).sorted())
    let unkeyed = try StoredCheckOutcome(store, hasKey: false)
    #expect(unkeyed.exitCode == 1)
    #expect(unkeyed.locations == result.always.sorted())
    for outcome in [keyed, unkeyed] {
      let invalid = outcome.summary.collections.values.reduce(0) { $0 + $1.invalid }
      #expect(invalid == Set(outcome.findings.filter { $0.severity == "error" }.compactMap(\.document)).count)
      #expect(!outcome.text.contains("canary"))
    }
  }

  @Test func rulesLimitsAndLevelsHoldForDocuments() throws {
    let store = try TestStore()
    let records = (1...5).map { SyntheticRecord.summary(91_000_000_000 + Int64($0)) }
    #expect(try store.run([store.folder.write(records.lines, to: "records.ndjson")]).exitCode == 0)
    try store.pymongo.run("db.activities.update_many({}, {'$set': {'name': 5, 'distance': -1.0}})")
    #expect(try StoredCheckOutcome(store).summary.findings == ["SS030": 5, "SS032": 5])
    let lower = try StoredCheckOutcome(store, ["--rule", "SS030=warning", "--rule", "SS032=off"])
    #expect(lower.exitCode == 0)
    #expect(lower.findings.map(\.severity) == Array(repeating: "warning", count: 5))
    #expect(lower.summary.collections["activities"]?.valid == 5)
    let strict = ["--rule", "SS030=warning", "--rule", "SS032=off", "--fail-level", "warning"]
    #expect(try StoredCheckOutcome(store, strict).exitCode == 1)
    let few = try StoredCheckOutcome(store, ["--max-findings", "3"], isWhole: false)
    #expect(few.findings.count == 3)
    #expect(few.summary.errors == 10)
  }

  /// Tests/Interop/report_formats.py reads each format with findings that are not in a file.
  @Test func eachFormatTellsDocuments() throws {
    let store = try TestStore()
    #expect(try store.run([ValidFixtures.folder + "/activities"]).exitCode == 0)
    struct Report: Decodable {
      let json: [String: Int]
      let github: [String]
      let sarif: [String]
      let junit: [String: [String]]
      let markdown: [String]
      let text: [String]
    }
    let ids = try store.pymongo.run(
      """
      ids = [one['_id'] for one in db.activities.find({}, {'_id': 1}).sort('_id').limit(2)]
      db.activities.update_one({'_id': ids[0]}, {'$set': {'name': 5}})
      db.activities.update_one({'_id': ids[1]}, {'$set': {'map.resource_state': 'x', 'raw_data.bio': 'canary'}})
      print('\\n'.join(f'activities/{id}' for id in ids))
      """
    ).split(separator: "\n").map(String.init)
    let script = Checkout.root.appending(path: "Tests/Interop/report_formats.py").path
    let ran = try Command(
      Checkout.inVenv("python"),
      [script, StravaStore.path, store.folder.path("work"), "--db", store.database.name],
      environment: ["MONGODB_URI": store.database.uri]
    ).run()
    #expect(ran.exitCode == 0, "\(ran.errors)")
    let result = try JSONDecoder().decode(Report.self, from: Data(ran.standardOutput))
    let locations = ["\(ids[0])/name", "\(ids[1])/map/resource_state", "\(ids[1])/raw_data/bio"]
    #expect(result.json == ["error": 3])
    #expect(result.github.sorted() == locations)
    #expect(result.sarif.sorted() == locations)
    #expect(result.text.sorted() == locations)
    #expect(Set(result.markdown) == Set(ids))
    #expect(result.junit == ["data_keys": [], "users": [], "activities": ["Failure"], "insights": []])
  }

  // MARK: Checks that cannot be made

  @Test func anEmptyDatabaseIsNotAPass() throws {
    let store = try TestStore()
    for hasKey in [true, false] {
      let result = try StoredCheckOutcome(store, hasKey: hasKey)
      #expect(result.exitCode == 1)
      #expect(result.findings.map(\.rule) == ["SS013"])
      #expect(result.summary.total.read == 0)
    }
    #expect(try store.pymongo.run("print(db.list_collection_names())") == "[]\n")
  }

  @Test func aServerThatIsAwayOrAKeyFileThatIsNotTheDatabasesIsDistinguished() throws {
    let store = try TestStore()
    #expect(try store.run([ValidFixtures.folder + "/activities"]).exitCode == 0)
    let away = try StravaStore.run(
      ["validate", "--db", "x", "--uri", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500", "--format", "json"])
    #expect(away.exitCode == 2)
    #expect(away.errors.contains("error: "))
    struct Report: Decodable {
      struct Summary: Decodable { let failure: String? }
      let summary: Summary
    }
    #expect(try JSONDecoder().decode(Report.self, from: Data(away.standardOutput)).summary.failure != nil)

    let other = try TestStore(hasOwnKeys: true)
    let result = try StravaStore.run(
      ["validate", "--db", store.database.name, "--uri", store.database.uri, "--key-file", other.keyFile, "--json"])
    #expect(result.exitCode == 2)
    #expect(result.errors.contains("this key file does not belong to the database"))
    #expect(result.output.split(separator: "\n").count == 1)
    #expect(
      try StravaStore.run(
        ["validate", "--db", store.database.name, "--uri", store.database.uri, "--key-file", "/nowhere"]
      ).exitCode == 2)
  }

  @Test func pathsAndDatabasesExcludeEachOther() throws {
    for arguments in [
      ["--db", "x", ValidFixtures.folder], ["--db", "x", "--strict"], ["--db", "x", "--kind", "activity"],
      ["--db", "x", "--athlete", "5"], ["--uri", "mongodb://127.0.0.1:1", ValidFixtures.folder],
      ["--key-file", "k.json", ValidFixtures.folder], ["--uri", "mongodb://127.0.0.1:1/x"], ["--db", ""],
    ] {
      #expect(try StravaStore.run(["validate"] + arguments).exitCode == 64, "\(arguments)")
    }
  }

  // MARK: Interruptions

  @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsItWithATrueSummary(signal: Int32) throws {
    let store = try TestStore()
    let records = (1...3).map { SyntheticRecord.summary(91_000_000_000 + Int64($0)) }
    #expect(try store.run([store.folder.write(records.lines, to: "records.ndjson")]).exitCode == 0)
    try store.pymongo.run("db.users.update_many({}, {'$set': {'age': 'old'}})")
    let users = try store.count("users")
    // The server receives the query for activities and does not answer any more.
    let proxy = try LossyProxy(to: TestServer.shared, losing: ["hold@find:activities:1"])
    let running = try StoredCheckOutcome.command(store, [], uri: proxy.uri).start()
    while !proxy.lost.contains("hold@find:activities:1") {
      guard running.isRunning else { throw HarnessError("it ended: \(running.errorsSoFar)") }
      Thread.sleep(forTimeInterval: 0.02)
    }
    running.send(signal)
    let result = try StoredCheckOutcome(running.wait(timeout: .seconds(120)))
    #expect(result.exitCode == 128 + signal)
    #expect(result.summary.stopped == (signal == SIGINT ? "interrupt" : "terminate"))
    #expect(result.summary.collections["users"] == .init(read: users, valid: 0, invalid: users, unfinished: 0))
    #expect(result.summary.collections["activities"]?.read == 0)
    #expect(result.summary.collections["insights"] == nil)
    #expect(result.summary.errors == users)
  }

  @Test func aLostCursorIsOpenedAgain() throws {
    let store = try TestStore()
    let records = (1...2500).map { SyntheticRecord.summary(91_000_000_000 + Int64($0)) }
    #expect(try store.run([store.folder.write(records.lines, to: "records.ndjson")]).exitCode == 0)
    try store.pymongo.run("db.activities.update_many({}, {'$set': {'name': 5}})")
    let losses = ["find:activities:1", "getMore:activities:2"]
    let proxy = try LossyProxy(to: TestServer.shared, losing: losses)
    let result = try StoredCheckOutcome(StoredCheckOutcome.command(store, [], uri: proxy.uri).run())
    #expect(proxy.lost == Set(losses))
    #expect(result.exitCode == 1)
    #expect(result.summary.collections["activities"]?.read == 2500)
    #expect(Set(result.findings.compactMap(\.document)).count == 2500)
    #expect(result.findings.count == 2500)
  }
}
