import Foundation
import Support
import Testing

/// A database that only one test uses, with the key file and the folder that an import into it needs.
///
/// ```swift
/// let store = try TestStore()
/// let outcome = try store.importing([.athlete(), .summary(91_000_000_001)])
/// #expect(outcome.summary.activities.new == 1)
/// #expect(try store.untrue("db.users.count_documents({}) == 1") == [])
/// ```
final class TestStore: Sendable {
  /// The keys of all stores that have no keys of their own, so that equal records have equal digests, and insights
  /// equal ids.
  private static let sharedKeys = Result {
    let folder = try TemporaryFolder()
    try generateKeys(folder.path("keys.json"))
    return folder
  }

  let database: TestDatabase
  let folder: TemporaryFolder

  /// The store's own file, which a test may change.
  var keyFile: String { folder.path("keys.json") }
  var pymongo: PyMongo { database.pymongo }

  /// - Parameters:
  ///   - server: The server of the database; nil for the shared one.
  ///   - hasOwnKeys: Whether the keys differ from those of other stores.
  init(on server: TestServer? = nil, hasOwnKeys: Bool = false) throws {
    database = try (server ?? TestServer.shared).uniqueDatabase()
    folder = try TemporaryFolder()
    if hasOwnKeys {
      try Self.generateKeys(keyFile)
    } else {
      let shared = try Self.sharedKeys.get().read("keys.json")
      try folder.write(shared, to: "keys.json")
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile)
    }
  }

  private static func generateKeys(_ path: String) throws {
    let made = try StravaStore.run(["keys", "generate", "--key-file", path])
    guard made.exitCode == 0 else { throw HarnessError("no key file: \(made.errors)") }
  }

  // MARK: Importing

  /// Writes a file to import.
  /// - Returns: The path of the file.
  func file(_ text: String, _ name: String = "records.json") throws -> String {
    try folder.write(text, to: name)
  }

  /// Returns the options that name this database and its key file.
  /// - Parameter uri: Another connection string of its server.
  func connection(uri: String? = nil) -> [String] {
    ["--key-file", keyFile, "--uri", uri ?? database.uri, "--db", database.name]
  }

  /// Returns the command `import --json` with this key file, into this database or into `other`.
  /// - Parameter uri: Another connection string of the database's server.
  func command(
    _ arguments: [String], into other: TestDatabase? = nil, uri: String? = nil, input: Command.Input = .none
  ) throws -> Command {
    let database = other ?? database
    return try StravaStore.command(
      ["import", "--json", "--db", database.name] + arguments,
      environment: ["MONGODB_URI": uri ?? database.uri, "STRAVA_STORE_KEY_FILE": keyFile], directory: folder.path,
      input: input)
  }

  /// Imports the files that the arguments name, and checks what every summary must satisfy.
  @discardableResult
  func run(
    _ arguments: [String], into other: TestDatabase? = nil, input: Command.Input = .none,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ImportOutcome {
    try ImportOutcome(command(arguments, into: other, input: input).run(), sourceLocation: sourceLocation)
  }

  /// Imports records, and checks what every summary must satisfy.
  @discardableResult
  func importing(_ records: [SyntheticRecord], _ options: [String] = [], uri: String? = nil) throws -> ImportOutcome {
    try importing(text: records.lines, options, uri: uri)
  }

  /// Imports a text, and checks what every summary must satisfy.
  @discardableResult
  func importing(text: String, _ options: [String] = [], uri: String? = nil) throws -> ImportOutcome {
    try starting([file(text)] + options, uri: uri).ended()
  }

  /// Starts an import that the caller waits for or kills.
  func starting(_ arguments: [String], uri: String? = nil) throws -> Running {
    Running(command: try command(arguments, uri: uri).start(), store: self)
  }

  struct Running: Sendable {
    let command: RunningCommand
    /// Keeps the key file and the input until the import has ended.
    fileprivate let store: TestStore

    func ended() throws -> ImportOutcome { try ImportOutcome(command.wait()) }
  }

  // MARK: The database's content

  /// Runs Python, in which `db` is the open database and the functions of `names` are defined.
  @discardableResult
  func python(_ program: String, _ arguments: [String] = []) throws -> String {
    let interop = Checkout.root.appending(path: "Tests/Interop").path
    return try pymongo.run(Self.names + program, [interop, keyFile] + arguments)
  }

  /// Returns the claims about the database, each a Python expression, that are false.
  func untrue(_ claims: String...) throws -> [String] {
    let program = """
      for claim in sys.argv[1:]:
          try:
              if not eval(claim): print(claim)
          except Exception as error:
              print(f"{claim}: {error!r}")

      """
    return try python(program, claims).split(separator: "\n").map(String.init)
  }

  /// Python functions: `user(strava_id)` and `activity(strava_id)` return a document with sealed values decrypted,
  /// `oid(collection, strava_id)` the `_id` that a new document must get, and `digest(record, version)` the keyed digest
  /// of a record by docs/sealing.md.
  private static let names = """
    import base64, datetime, hashlib
    from bson import Binary, Int64, ObjectId
    sys.path.insert(0, sys.argv.pop(1))
    import open_sealed, sealing_vectors
    with open(sys.argv.pop(1)) as file: keys = file.read()
    reader = open_sealed.Reader(db, open_sealed.read_key_file(keys)[0])
    sealing_vectors.INDEX_KEY = base64.b64decode(json.loads(keys)['index_key'])
    def digest(record, version): return sealing_vectors.digest(bson.encode(record), version)
    def opened(collection, found): return found and reader.opened(collection, found)
    def user(id): return opened('users', db.users.find_one({'strava_id': id}))
    def activity(id): return opened('activities', db.activities.find_one({'strava_activity_id': id}))
    def oid(collection, id):
        return ObjectId(hashlib.blake2b(f'{collection}:{id}'.encode(), digest_size=32).digest()[:12])

    """

  /// Returns what two imports of the same records must have in common: the documents with sealed values decrypted,
  /// without the times of writing, `source` and `data_keys`.
  func content() throws -> [String] {
    try pymongo.dump(
      collections: ["users", "activities", "insights"],
      omitting: ["created_at", "updated_at", "last_activity_sync", "source"],
      keyFile: keyFile)
  }

  /// Returns every document, byte by byte.
  func everything() throws -> [String] { try pymongo.dump() }

  /// Returns the number of documents by collection; `stubs` are users with an id alone, and `users` excludes them.
  func stored() throws -> [String: Int] {
    let text = try pymongo.run(
      """
      stub = {"raw_data": {"$exists": False}}
      stubs = db.users.count_documents(stub)
      print(json.dumps({
        "activities": db.activities.count_documents({}), "insights": db.insights.count_documents({}),
        "users": db.users.count_documents({}) - stubs, "stubs": stubs}))
      """)
    return try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
  }
}
