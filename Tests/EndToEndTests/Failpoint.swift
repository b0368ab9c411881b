import Support
import Synchronization

/// A server whose failpoint one test owns, because a server has only one. It serves another test when this one ends.
final class FailpointServer: Sendable {
  private static let idle = Mutex<[TestServer]>([])

  let server: TestServer

  init() throws {
    server = try Self.idle.withLock { $0.popLast() } ?? TestServer(.testCommands)
  }

  deinit {
    let server = server
    // A server that no longer answers is ended here.
    guard (try? server.uniqueDatabase().disarm()) != nil else { return }
    Self.idle.withLock { $0.append(server) }
  }
}

/// What the server does instead of running the program's commands.
enum Failpoint: Sendable, CustomStringConvertible {
  /// Refuses the command with this code.
  case code(Int)
  case closeConnection
  /// Runs the command, and reports that its durability is unknown.
  case writeConcern

  /// NotWritablePrimary, ShutdownInProgress, PrimarySteppedDown, InterruptedAtShutdown, WriteConflict and
  /// MaxTimeMSExpired. The driver does not repeat the last two by itself.
  static let passing: [Failpoint] = [10107, 91, 189, 11600, 112, 50].map { .code($0) } + [.closeConnection]

  /// One error that the driver repeats, one that it does not, and a broken connection; the soak has all of them. For
  /// commands that repeat as import does.
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

  /// Only commands that write can meet this fault.
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
  /// Makes the next commands of these names fail, the given number of times.
  func arm(_ failpoint: Failpoint, on commands: [String], times: Int) throws {
    try arm(failpoint, on: commands, mode: "{'times': \(times)}")
  }

  /// Makes all commands of these names fail after the first ones, until `disarm`.
  func arm(_ failpoint: Failpoint, on commands: [String], afterTheFirst skipped: Int) throws {
    try arm(failpoint, on: commands, mode: "{'skip': \(skipped)}")
  }

  /// - Parameter mode: The server's only failpoint takes `times` or `skip`, not both.
  private func arm(_ failpoint: Failpoint, on commands: [String], mode: String) throws {
    let names = commands.map { "'\($0)'" }.joined(separator: ", ")
    try pymongo.run(
      """
      client.admin.command('configureFailPoint', 'failCommand', mode=\(mode),
        data={'appName': 'strava-store', 'failCommands': [\(names)], \(failpoint.data)})
      """)
  }

  func disarm() throws { try pymongo.run("client.admin.command('configureFailPoint', 'failCommand', mode='off')") }

  /// After a real change of its role, a server tells the driver's monitor at once. After a failpoint, the monitor has
  /// to ask.
  var impatientURI: String { uri + "/?heartbeatFrequencyMS=500" }
}
