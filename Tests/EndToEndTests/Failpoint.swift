import Support
import Synchronization

/// A server whose failpoint is one test's own, since a server has only one. It serves another test when this one ends.
final class FailpointServer: Sendable {
  private static let idle = Mutex<[TestServer]>([])

  let server: TestServer

  init() throws {
    server = try Self.idle.withLock { $0.popLast() } ?? TestServer(.testCommands)
  }

  deinit {
    let server = server
    // One that does not answer any more ends here.
    guard (try? server.uniqueDatabase().disarm()) != nil else { return }
    Self.idle.withLock { $0.append(server) }
  }
}

/// What the server is made to do instead of running our program's commands.
enum Failpoint: Sendable, CustomStringConvertible {
  /// Refuses with this code.
  case code(Int)
  case closeConnection
  /// Runs the command, and says that its durability is unknown.
  case writeConcern

  /// NotWritablePrimary, ShutdownInProgress, PrimarySteppedDown, InterruptedAtShutdown, WriteConflict and
  /// MaxTimeMSExpired; the last two the driver does not repeat by itself.
  static let passing: [Failpoint] = [10107, 91, 189, 11600, 112, 50].map { .code($0) } + [.closeConnection]

  /// One that the driver repeats, one that it does not, and a broken connection; the soak takes all. For commands that
  /// share the import's way of repeating.
  static let passingByKind = Soak.isOn ? passing : [.code(189), .code(50), .closeConnection]

  var data: String {
    switch self {
    case .code(let code): "'errorCode': \(code)"
    case .closeConnection: "'closeConnection': True"
    case .writeConcern:
      """
      'writeConcernError': {'code': 64, 'codeName': 'WriteConcernTimeout', \
      'errmsg': 'waiting for replication timed out'}
      """
    }
  }

  /// Only commands that write can meet it.
  var isOfWrites: Bool { if case .writeConcern = self { true } else { false } }

  var description: String {
    switch self {
    case .code(let code): "\(code)"
    case .closeConnection: "closeConnection"
    case .writeConcern: "writeConcern"
    }
  }
}

extension TestDatabase {
  /// Arms the server's one failpoint.
  /// - Parameter skipped: commands that are let through first.
  func arm(_ failpoint: Failpoint, on commands: [String], after skipped: Int = 0, times: Int) throws {
    let names = commands.map { "'\($0)'" }.joined(separator: ", ")
    try pymongo.run(
      """
      client.admin.command('configureFailPoint', 'failCommand', mode={'skip': \(skipped), 'times': \(times)},
        data={'appName': 'strava-store', 'failCommands': [\(names)], \(failpoint.data)})
      """)
  }

  func disarm() throws { try pymongo.run("client.admin.command('configureFailPoint', 'failCommand', mode='off')") }

  /// A server that has really changed its role tells the driver's monitor at once; after a failpoint it has to ask.
  var impatientURI: String { uri + "/?heartbeatFrequencyMS=500" }
}
