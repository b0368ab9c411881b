import BSON
import Foundation
import Mongo

/// A stand-in MongoDB server for these tests, on 127.0.0.1. Its data folder is removed with it.
final class ServerForTests: Sendable {
  struct NotStarted: Error, CustomStringConvertible { let description: String }

  let port: Int
  private let data: URL
  private let process: Child

  /// The child process. Only `kill`, `restart` and `deinit` change it, each from the test that owns the server.
  private final class Child: @unchecked Sendable { var process = Process() }

  init() throws {
    port = try Self.freePort()
    data = FileManager.default.temporaryDirectory.appendingPathComponent("strava-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
    // Given a configuration file, the server does not read the one of the home folder.
    try Data().write(to: data.appendingPathComponent("empty.toml"))
    process = Child()
    try start()
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: data)
  }

  /// The server of all tests that do not harm it. It ends with the test process.
  static let shared: Result<ServerForTests, any Error> = Result {
    let server = try ServerForTests()
    atexit { try? ServerForTests.shared.get().remove() }
    return server
  }

  var uri: String { "mongodb://127.0.0.1:\(port)" }

  func pool(_ options: String = "") throws -> MongoClientPool {
    try MongoClientPool(MongoURI(uri + "/" + options), applicationName: "strava-store tests")
  }

  /// Kills the server (SIGKILL), as a crash would end it.
  func kill() {
    let child = process.process
    guard child.isRunning else { return }
    Foundation.kill(child.processIdentifier, SIGKILL)
    child.waitUntilExit()
  }

  private func remove() {
    kill()
    try? FileManager.default.removeItem(at: data)
  }

  /// Starts the server again on the same port and data.
  func start() throws {
    let child = Process()
    child.executableURL = try Self.executable()
    child.arguments = [
      "--config", data.appendingPathComponent("empty.toml").path, "--host", "127.0.0.1", "--port", String(port),
      "--storage-path", data.appendingPathComponent("db").path, "--sync-on-commit", "--cache-size", "256M",
      "--log-level", "ERROR", "--enable-test-commands",
    ]
    child.standardOutput = FileHandle.nullDevice
    child.standardError = FileHandle.nullDevice
    try child.run()
    process.process = child
    let client = try pool("?serverSelectionTimeoutMS=300").client()
    for _ in 0..<100 {
      guard child.isRunning else { throw NotStarted(description: "the server ended with \(child.terminationStatus)") }
      if (try? client.ping(database: "admin")) != nil { return }
    }
    throw NotStarted(description: "the server does not answer")
  }

  private static func executable() throws -> URL {
    if let path = ProcessInfo.processInfo.environment["STRAVA_STORE_TEST_SERVER"] {
      return URL(fileURLWithPath: path)
    }
    var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent(".venv/bin/secantusd-py")
      if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
      folder.deleteLastPathComponent()
    }
    throw NotStarted(description: "no .venv/bin/secantusd-py above the tests; set STRAVA_STORE_TEST_SERVER")
  }

  /// Returns a port that nothing listens on.
  static func freePort() throws -> Int {
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(handle) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let got = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, size) == 0 && getsockname(handle, $0, &size) == 0
      }
    }
    guard got else { throw NotStarted(description: "no free port") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

/// A client of the shared server.
func sharedClient() throws -> MongoClient { try ServerForTests.shared.get().pool().client() }

/// A collection that no other test uses.
func freshCollection(_ client: MongoClient? = nil) throws -> MongoCollection {
  try (client ?? sharedClient()).collection("c\(UUID().uuidString.prefix(8))", in: "mongo_tests")
}

extension BSONDocument {
  /// A shorthand for the documents of tests.
  init(_ fields: KeyValuePairs<String, BSONValue>) {
    self.init { writer in
      for (key, value) in fields { writer.append(name: key, value) }
    }
  }

  static func list(_ values: [BSONValue]) -> BSONValue {
    .array(
      BSONDocument { writer in
        for (i, value) in values.enumerated() { writer.append(name: String(i), value) }
      })
  }
}

extension MongoCollection {
  /// Inserts documents in one bulk.
  @discardableResult
  func insert(_ documents: [BSONDocument]) -> BulkOutcome {
    var bulk = bulkWrite()
    for document in documents { document.withUnsafeBytes { bulk.insert($0) } }
    return bulk.execute()
  }

  /// Returns copies of all documents that match the filter.
  func all(
    _ filter: BSONDocument = BSONDocument(), options: BSONDocument = BSONDocument()
  ) throws -> [BSONDocument] {
    let cursor = try find(filter, options: options)
    var found: [BSONDocument] = []
    while let view = try cursor.next() { found.append(BSONDocument(copying: view.bytes)) }
    return found
  }
}

extension BulkWrite {
  mutating func insert(_ document: BSONDocument) { document.withUnsafeBytes { insert($0) } }

  mutating func update(_ filter: BSONDocument, _ change: BSONDocument, upsert: Bool) {
    filter.withUnsafeBytes { f in change.withUnsafeBytes { u in update(filter: f, update: u, upsert: upsert) } }
  }
}
