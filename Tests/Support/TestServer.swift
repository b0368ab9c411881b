import Foundation
import Synchronization
import Testing

/// A MongoDB server for tests: the stand-in server as a separate process, with its own data folder, on 127.0.0.1. It
/// ends with the last reference, or with the test process.
///
/// All suites share `shared`, and run at the same time, so each test uses a `uniqueDatabase()` there. A test that kills
/// its server, or needs other options, starts a private one.
public final class TestServer: Sendable {
  /// The connection string, without a database.
  public let uri: String

  /// The folder of the server's uncompressed data; nil if the tests did not start the server.
  public var dataFolder: String? { launch?.folder.path("data") }

  /// Nil if the tests did not start the server.
  private let launch: ServerLaunch?
  private let process: Mutex<RunningCommand?>

  /// The server that a suite shares with others: the one that MONGODB_URI names, or one of two that are started on
  /// first use. There are two because the stand-in server uses one core only. All tests of a suite have the same one.
  public static var shared: TestServer {
    get throws {
      guard named == nil else { return try first.get() }
      let suite = Test.current?.id.nameComponents.first ?? ""
      let index = indexes.withLock { indexes in
        let index = indexes[suite] ?? indexes.count % 2
        indexes[suite] = index
        return index
      }
      return try index == 0 ? first.get() : second.get()
    }
  }

  /// A server that requires a login, which suites share. `uri` has a login with all rights.
  public static var guarded: TestServer { get throws { try behindLogin.get() } }
  private static let behindLogin = Result { try ending(TestServer(loggingIn: [])) }

  /// The index of the shared server that a suite uses.
  private static let indexes = Mutex<[String: Int]>([:])
  private static let named = ProcessInfo.processInfo.environment["MONGODB_URI"].flatMap { $0.isEmpty ? nil : $0 }
  private static let first = Result { try named.map { TestServer(uri: $0) } ?? ending(TestServer()) }
  private static let second = Result { try ending(TestServer()) }

  /// Ends a server when the test process ends, before its folder is removed.
  private static func ending(_ server: TestServer) -> TestServer {
    AtExit.run { try? server.kill() }
    return server
  }

  /// The host and port.
  var host: String { uri.replacing("mongodb://", with: "") }

  /// Starts a private server and waits until it answers.
  public convenience init(_ options: ServerOption...) throws { try self.init(options) }

  init(_ options: [ServerOption]) throws {
    let (launch, process) = try ServerLaunch.onFreePort(options)
    self.launch = launch
    self.process = Mutex(process)
    uri = "mongodb://127.0.0.1:\(launch.port)"
  }

  /// Starts a private server that requires TLS or a login.
  /// - Parameters:
  ///   - options: The options that require it: a login or TLS.
  ///   - program: Python code that creates users and roles while no login is required yet.
  ///   - login: The part before the host in `uri`.
  public init(guardedBy options: [ServerOption], after program: String, as login: String = "") throws {
    let (open, process) = try ServerLaunch.onFreePort([])
    let launch = ServerLaunch(options: options, port: open.port, folder: open.folder)
    let uri = "mongodb://127.0.0.1:\(launch.port)"
    try PyMongo(uri: uri, database: "admin").run(program)
    process.send(SIGTERM)
    _ = try process.wait()
    self.launch = launch
    self.process = Mutex(try launch.run())
    self.uri = uri.replacing("://", with: "://\(login)")
  }

  /// Starts a private server that requires a login. `uri` has a login with all rights.
  public convenience init(loggingIn options: [ServerOption]) throws {
    try self.init(
      guardedBy: [.login] + options,
      after: "client.admin.command('createUser', 'root', pwd='root', roles=['root'])",
      as: "root:root@")
  }

  /// A server that runs already and is not stopped by the tests.
  init(uri: String) {
    self.uri = uri
    launch = nil
    process = Mutex(nil)
  }

  /// Returns a database that no other test uses. It is dropped after the tests.
  public func uniqueDatabase() -> TestDatabase {
    let database = TestDatabase(uri: uri)
    if launch == nil {
      AtExit.run { _ = try? database.pymongo.run("client.drop_database(db)") }
    }
    return database
  }

  /// Starts the server again after `kill` or `stop`: on the same port, with the same data.
  public func start() throws {
    guard let launch else { throw HarnessError("the server at MONGODB_URI is not ours to start") }
    try process.withLock { process in
      guard process == nil else { throw HarnessError("the server runs already") }
      process = try launch.run()
    }
  }

  /// Kills the server (SIGKILL), as a power failure would end it, and waits until it is gone.
  public func kill() throws { try takeProcess().kill() }

  /// Ends the server in an orderly way (SIGTERM), and waits until it is gone.
  public func stop() throws {
    let process = try takeProcess()
    process.send(SIGTERM)
    _ = try process.wait()
  }

  private func takeProcess() throws -> RunningCommand {
    try process.withLock { process in
      guard let running = process else { throw HarnessError("there is no server of ours to end") }
      process = nil
      return running
    }
  }
}
