import Foundation
import Support
import Testing

/// A database with keys of its own, for the `keys` commands and what they print.
struct KeysFixture {
  let store: TestStore
  var pymongo: PyMongo { store.pymongo }

  init(server: TestServer? = nil) throws { store = try TestStore(on: server, hasOwnKeys: true) }

  /// - Parameter store: A store with keys of its own.
  init(_ store: TestStore) { self.store = store }

  /// Creates the fixture and imports the test records.
  init(withFixtures: Void) throws {
    try self.init()
    try importAll(Self.fixtures)
  }

  /// Does the same with a master key whose id shows the given age.
  init(withFixturesUnderMasterMadeHoursAgo hours: Int) throws {
    try self.init()
    var json = try keyFile()
    json["masters"] = [String: String]()
    try writeKeyFile(json)
    _ = try addMaster(hoursAgo: hours)
    try importAll(Self.fixtures)
  }

  init(server: TestServer? = nil, importing records: [SyntheticRecord]) throws {
    try self.init(server: server)
    try importAll(store.folder.write(records.lines, to: "records.json"))
  }

  private func importAll(_ path: String) throws {
    let imported = try store.run([path])
    guard imported.exitCode == 0 else { throw HarnessError("\(path) was not imported: \(imported.errors)") }
  }

  static let fixtures = Checkout.root.appending(path: "fixtures/valid").path
  static let program = Checkout.products.appending(path: "strava-store").path

  var environment: [String: String] {
    ["MONGODB_URI": store.database.uri, "STRAVA_STORE_KEY_FILE": store.keyFile]
  }

  func command(_ arguments: [String], input: Command.Input = .none) throws -> Command {
    try StravaStore.command(
      [arguments[0]] + arguments.dropFirst() + ["--db", store.database.name], environment: environment, input: input)
  }

  func run(_ arguments: [String], input: Command.Input = .none) throws -> Outcome {
    try command(arguments, input: input).run()
  }

  /// Returns the command as Python's `subprocess.run` takes it; the environment is that of the fixture.
  func python(_ arguments: [String]) -> String {
    let list = [Self.program] + arguments + ["--db", store.database.name, "--key-file", store.keyFile]
    return "[" + list.map { "'\($0)'" }.joined(separator: ", ") + "]"
  }

  /// Runs a `keys` command with `--json`, and checks what every summary must satisfy.
  @discardableResult
  func keys(
    _ arguments: String..., input: Command.Input = .none, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> KeysOutcome {
    try KeysOutcome(run(["keys"] + arguments + ["--json"], input: input), sourceLocation: sourceLocation)
  }

  /// Returns all users, activities and insights, byte by byte.
  func records() throws -> [String] { try pymongo.dump(collections: ["users", "activities", "insights"]) }

  /// Returns the same with every sealed value decrypted by the reference reader.
  func decrypted() throws -> [String] {
    try pymongo.dump(collections: ["users", "activities", "insights"], keyFile: store.keyFile)
  }

  /// Returns the data keys that sealed values name.
  /// - Parameter athlete: If given, only those in this athlete's user document.
  func keysInUse(of athlete: String? = nil) throws -> Set<String> {
    let text = try pymongo.run(
      """
      sys.path.insert(0, sys.argv[1])
      import open_sealed
      wanted = {'strava_id': int(sys.argv[2])} if len(sys.argv) > 2 else {}
      print(json.dumps([open_sealed.key_id(envelope).hex() for name in (['users'] if wanted else open_sealed.KEYS)
          for document in db.with_options(open_sealed.OPTIONS)[name].find(wanted) for _, envelope in open_sealed.sealed_fields(document)]))
      """, [Checkout.root.appending(path: "Tests/Interop").path] + (athlete.map { [$0] } ?? []))
    return Set(try JSONDecoder().decode([String].self, from: Data(text.utf8)))
  }

  /// Returns Strava's id of an athlete who has a token and activities.
  func athleteWithToken() throws -> String {
    try pymongo.run(
      """
      ids = set(db.activities.distinct('athlete_id'))
      print(next(user['strava_id'] for user in db.users.find({'access_token': {'$exists': True}}, {'strava_id': 1}).sort('_id')
          if user['strava_id'] in ids))
      """
    ).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Separates dumped documents into those of an athlete and those of others.
  func split(_ records: [String], by athlete: String) throws -> (mine: [String], others: [String]) {
    let user = try pymongo.run("print(db.users.find_one({'strava_id': int(sys.argv[1])})['_id'])", [athlete])
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let mine = records.filter { $0.contains(#"{"$oid":"\#(user)"}"#) }
    return (mine, records.filter { !mine.contains($0) })
  }

  /// Moves the dates of retired keys and the time of the master's rotation back by `hours`. The documents are public,
  /// so this has the same effect as waiting.
  func age(byHours hours: Int) throws {
    try pymongo.run(
      """
      import datetime
      hours = datetime.timedelta(hours=int(sys.argv[1]))
      for key in db.data_keys.find({'retired_at': {'$ne': None}}):
          db.data_keys.update_one({'_id': key['_id']}, {'$set': {
              'created_at': key['created_at'] - hours, 'retired_at': key['retired_at'] - hours}})
      settings = db.store_settings.find_one()
      if 'active_since' in settings:
          db.store_settings.update_one({}, {'$set': {'active_since': settings['active_since'] - hours}})
      """, ["\(hours)"])
  }

  /// Adds a master key to the key file and makes it the active one, as a rotation did that many hours ago.
  /// - Returns: The id of the new key.
  func addMaster(hoursAgo hours: Int) throws -> String {
    var json = try keyFile()
    let milliseconds = Int64(Date().timeIntervalSince1970 * 1000) - Int64(hours) * 3_600_000
    let time = String(milliseconds, radix: 16)
    let digits = String(repeating: "0", count: 12 - time.count) + time
    let tail = UUID().uuidString.lowercased().dropFirst(15)
    let id = "\(digits.prefix(8))-\(digits.suffix(4))-7\(tail)"
    var masters = try #require(json["masters"] as? [String: String])
    masters[id] = Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
    json["masters"] = masters
    json["active"] = id
    try writeKeyFile(json)
    return id
  }

  /// Wraps every other data key under a master key of the file, as an importer does that does not know a newer one yet.
  func wrapHalf(under master: String) throws {
    try pymongo.run(
      """
      sys.path.insert(0, sys.argv[1])
      import open_sealed, os, sealing_vectors, uuid
      masters, _ = open_sealed.read_key_file(open(sys.argv[2]).read())
      master = uuid.UUID(sys.argv[3])
      for key in list(db.data_keys.find())[::2]:
          associated = f"strava-store/1/data_keys/{uuid.UUID(bytes=bytes(key['_id']))}/{key['strava_id']}/{key['version']}"
          wrapped = sealing_vectors.envelope(
              open_sealed.unwrap(key, masters), masters[master.bytes], master.bytes, associated, os.urandom(24))
          db.data_keys.update_one({'_id': key['_id']}, {'$set': {
              'wrapped_key': bson.Binary(wrapped, 0x80), 'master_key_id': bson.Binary.from_uuid(master)}})
      """, [Checkout.root.appending(path: "Tests/Interop").path, store.keyFile, master])
  }

  func keyFile() throws -> [String: Any] {
    let data = try Data(contentsOf: URL(filePath: store.keyFile))
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  func writeKeyFile(_ json: [String: Any]) throws {
    try JSONSerialization.data(withJSONObject: json).write(to: URL(filePath: store.keyFile))
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: store.keyFile)
  }

  func masters() throws -> Set<String> {
    Set(try #require(keyFile()["masters"] as? [String: String]).keys)
  }

  func active() throws -> String { try #require(keyFile()["active"] as? String) }
}

/// The exit code and the output of a `keys` command.
struct KeysOutcome {
  struct Printed: Decodable {
    struct Master: Decodable, Equatable {
      let id: String
      let state: String
      let dataKeys: Int
    }

    struct DataKeys: Decodable, Equatable {
      let total: Int
      let athletes: Int
      let sealing: Int
      let superseded: Int
      let retired: Int
      let due: Int
      let unreadable: Int
    }

    struct Counts: Decodable {
      let read: Int
      let changed: Int
      let unchanged: Int
      let left: Int
      let gone: Int
      let unfinished: Int
    }

    let task: String
    let masters: [Master]?
    let dataKeys: DataKeys?
    let done: [String: Int]
    let collections: [String: Counts]
    let findings: [String: Int]
    let failure: String?
    let stopped: String?
    let exitCode: Int32
  }

  let exitCode: Int32?
  let errors: String
  let printed: Printed

  init(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) throws {
    exitCode = outcome.exitCode
    errors = outcome.errors
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    printed = try decoder.decode(Printed.self, from: outcome.onlyLine())
    #expect(exitCode == printed.exitCode, sourceLocation: sourceLocation)
    if let keys = printed.dataKeys {
      #expect(
        keys.total == keys.sealing + keys.superseded + keys.retired + keys.unreadable, sourceLocation: sourceLocation)
    }
    for counts in printed.collections.values {
      #expect(
        counts.read == counts.changed + counts.unchanged + counts.left + counts.gone + counts.unfinished,
        sourceLocation: sourceLocation)
    }
  }

  func done(_ name: String) -> Int { printed.done[name] ?? 0 }
}
