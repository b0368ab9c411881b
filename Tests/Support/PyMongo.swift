import Foundation

/// Access to a database through Python's MongoDB driver, which shares no code with strava-store.
public struct PyMongo: Sendable {
  public let uri: String
  public let database: String

  public init(uri: String, database: String) {
    self.uri = uri
    self.database = database
  }

  /// Runs a short Python program, in which `client` and `db` are open and `bson`, `json`, `os`, `pymongo` and `sys` are
  /// imported.
  /// - Returns: The text on standard output.
  /// - Throws: `HarnessError` with its standard error if it fails.
  @discardableResult
  public func run(_ program: String, _ arguments: [String] = [], input: String = "") throws -> String {
    try start(program, arguments, input: input).wait()
  }

  /// Starts such a program and returns at once.
  public func start(_ program: String, _ arguments: [String] = [], input: String = "") throws -> ForkedPython {
    let opening = """
      import bson, json, os, pymongo, sys
      client = pymongo.MongoClient(os.environ["MONGODB_URI"], serverSelectionTimeoutMS=10000)
      db = client[os.environ["MONGODB_DATABASE"]]

      """
    return try ForkedPython(
      .text(opening + program), arguments, environment: environment, input: input, timeout: Patience.usual)
  }

  /// Runs a program of Tests/Interop, which finds the server in MONGODB_URI and the database in MONGODB_DATABASE.
  /// - Returns: The text on standard output.
  /// - Throws: `HarnessError` with its standard error if it fails.
  @discardableResult
  public func run(file name: String, _ arguments: [String] = [], timeout: Duration = Patience.usual) throws -> String {
    try ForkedPython(.file(path(name)), arguments, environment: environment, timeout: timeout).wait()
  }

  /// Starts a program of Tests/Interop, to which a test can send signals, and returns at once.
  public func start(
    file name: String, _ arguments: [String] = [], input: Command.Input = .none
  ) throws -> RunningCommand {
    try Command(try Checkout.inVenv("python"), [path(name)] + arguments, environment: environment, input: input).start()
  }

  /// Returns every document as a line `collection<TAB>canonical Extended JSON`, in an order that depends on the
  /// documents only: equal dumps mean equal databases. See Tests/Interop/dump.py.
  /// - Parameters:
  ///   - collections: The collections to dump; all if empty.
  ///   - omitting: Fields to leave out, with a dot before inner ones (`source.run`).
  ///   - keyFile: The key file that decrypts sealed values, whose bytes are random otherwise.
  public func dump(
    collections: [String] = [], omitting: [String] = [], keyFile: String? = nil
  ) throws -> [String] {
    let keys = keyFile.map { ["--key-file", $0] } ?? []
    let text = try run(file: "dump.py", keys + omitting.flatMap { ["--omit", $0] } + collections)
    return text.split(separator: "\n").map(String.init)
  }

  /// Returns the number of documents in each collection.
  public func counts() throws -> [String: Int] {
    let text = try run(
      "print(json.dumps({name: db[name].count_documents({}) for name in db.list_collection_names()}))")
    return try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
  }

  private var environment: [String: String] { ["MONGODB_URI": uri, "MONGODB_DATABASE": database] }

  private func path(_ name: String) -> String { Checkout.root.appending(path: "Tests/Interop/\(name)").path }
}
