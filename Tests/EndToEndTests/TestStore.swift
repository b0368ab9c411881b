import Foundation
import Support
import Testing

/// A database that only one test uses, with what an import into it needs.
final class TestStore: Sendable {
  /// One key for all stores, so that equal records have equal digests, and insights equal ids.
  private static let keyFile = Result {
    let folder = try TemporaryFolder()
    let made = try StravaStore.run(["keys", "generate", "--key-file", folder.path("keys.json")])
    guard made.exitCode == 0 else { throw HarnessError("no key file: \(made.errors)") }
    return folder
  }

  let database: TestDatabase
  private let folder: TemporaryFolder

  init(on server: TestServer? = nil) throws {
    database = try (server ?? TestServer.shared).uniqueDatabase()
    folder = try TemporaryFolder()
  }

  // MARK: Importing

  /// Writes a file to import.
  /// - Returns: The path of the file.
  func file(_ text: String, _ name: String = "records.json") throws -> String {
    try folder.write(text, to: name)
  }

  /// Everything but the paths of an import into this database.
  /// - Parameter uri: Another connection string of its server.
  func arguments(uri: String? = nil) throws -> [String] {
    try ["import", "--json"] + connection(uri: uri)
  }

  /// The options that name this database and its key file.
  func connection(uri: String? = nil) throws -> [String] {
    ["--key-file", try Self.keyFile.get().path("keys.json"), "--uri", uri ?? database.uri, "--db", database.name]
  }

  @discardableResult
  func importing(_ records: [SyntheticRecord], _ options: [String] = [], uri: String? = nil) throws -> ImportOutcome {
    try importing(text: records.lines, options, uri: uri)
  }

  @discardableResult
  func importing(text: String, _ options: [String] = [], uri: String? = nil) throws -> ImportOutcome {
    try starting([file(text)] + options, uri: uri).ended()
  }

  /// Starts an import that the caller waits for or kills.
  func starting(_ pathsAndOptions: [String], uri: String? = nil) throws -> Running {
    Running(command: try StravaStore.start(try arguments(uri: uri) + pathsAndOptions))
  }

  struct Running: Sendable {
    let command: RunningCommand

    func ended() throws -> ImportOutcome { try ImportOutcome(command.wait()) }
  }

  // MARK: Looking

  /// Runs Python with `db` open and the names of Tests/EndToEndTests at hand: see `names`.
  @discardableResult
  func python(_ program: String, _ arguments: [String] = []) throws -> String {
    let keys = try Self.keyFile.get().path("keys.json")
    let interop = Checkout.root.appending(path: "Tests/Interop").path
    return try database.pymongo.run(Self.names + program, [interop, keys] + arguments)
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

  /// Python names: `user(strava_id)` and `activity(strava_id)`, sealed values opened; `oid(collection, strava_id)`, the
  /// `_id` that a new document must get; `digest(record, version)`, the keyed digest of a record by docs/sealing.md.
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

  /// The database as far as two imports of the same records must agree: sealed values opened, without times of writing,
  /// `source` and `data_keys`.
  func content() throws -> [String] {
    try database.pymongo.dump(
      collections: ["users", "activities", "insights"],
      omitting: ["created_at", "updated_at", "last_activity_sync", "source"],
      keyFile: Self.keyFile.get().path("keys.json"))
  }

  /// Returns every document, byte by byte.
  func everything() throws -> [String] { try database.pymongo.dump() }
}
