import Foundation
import Synchronization
import Testing

/// A MongoDB server for tests: the stand-in server as a process of its own, with its own data folder, on
/// 127.0.0.1. It ends with the last reference, or with the test process.
///
/// `shared` serves all suites, which run at the same time: keep to a `uniqueDatabase()` there. Start a private
/// one to kill it, or for options of its own.
public final class TestServer: Sendable {
  /// The connection string, without a database.
  public let uri: String

  /// Where the server keeps its data, uncompressed; nil for one that is not ours.
  public var dataFolder: String? { launch?.folder.path("data") }

  /// Nil for a server that is not ours.
  private let launch: ServerLaunch?
  private let process: Mutex<RunningCommand?>

  /// The server that a suite shares with others: the one that MONGODB_URI names, else one of two that are started on
  /// first use. Two, since the stand-in keeps no more than one core busy; all tests of a suite have the same.
  public static var shared: TestServer {
    get throws {
      guard named == nil else { return try first.get() }
      let suite = Test.current?.id.nameComponents.first ?? ""
      let place = places.withLock { places in
        let place = places[suite] ?? places.count % 2
        places[suite] = place
        return place
      }
      return try place == 0 ? first.get() : second.get()
    }
  }

  /// A server that asks for a login, which suites share; `uri` has one that may do everything.
  public static var guarded: TestServer { get throws { try behindLogin.get() } }
  private static let behindLogin = Result { try ending(TestServer(loggingIn: [])) }

  /// Which of the two a suite has.
  private static let places = Mutex<[String: Int]>([:])
  private static let named = ProcessInfo.processInfo.environment["MONGODB_URI"].flatMap { $0.isEmpty ? nil : $0 }
  private static let first = Result { try named.map { TestServer(uri: $0) } ?? ending(TestServer()) }
  private static let second = Result { try ending(TestServer()) }

  /// Ends a server with the test process, before its folder is removed.
  private static func ending(_ server: TestServer) -> TestServer {
    AtExit.run { try? server.kill() }
    return server
  }

  /// Starts a private server and waits until it answers.
  public init(_ options: ServerOption...) throws {
    let (launch, process) = try ServerLaunch.onFreePort(options)
    self.launch = launch
    self.process = Mutex(process)
    uri = "mongodb://127.0.0.1:\(launch.port)"
  }

  /// Starts a private server that keeps strangers out.
  /// - Parameters:
  ///   - options: how: a login, TLS.
  ///   - program: Python that makes users and roles, while everybody may.
  ///   - login: the part before the host in `uri`.
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

  /// Starts a private server that asks for a login; `uri` has one that may do everything.
  public convenience init(loggingIn options: [ServerOption]) throws {
    try self.init(
      guardedBy: [.login] + options,
      after: "client.admin.command('createUser', 'root', pwd='root', roles=['root'])",
      as: "root:root@")
  }

  /// A server that runs already, and goes on running.
  private init(uri: String) {
    self.uri = uri
    launch = nil
    process = Mutex(nil)
  }

  /// A database that no other test uses. Nothing is left of it after the tests.
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

  /// Ends the server as a power cut would (SIGKILL), and waits until it is gone.
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
