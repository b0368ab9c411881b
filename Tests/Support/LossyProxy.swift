import Foundation

/// A proxy to a server that causes faults, once each (Tests/Interop/proxy.py has the list).
public final class LossyProxy: Sendable {
  /// The connection string of the proxy.
  public let uri: String
  private let process: RunningCommand

  /// - Parameter losses: `insert:activities:2` loses the reply to the second `insert` into `activities`,
  ///   `reset@find:users:1` the first `find` itself, and `hold@getMore:activities:1` never replies.
  public convenience init(to server: TestServer, losing losses: [String]) throws {
    try self.init(to: server.uri, arguments: losses, environment: [:])
  }

  /// Runs a Python program right before a command is passed on. The program finds the database in `db` and the command
  /// in `command`.
  ///
  /// - Parameter command: `update:users:1` is the first `update` of `users`; commas separate several commands.
  public convenience init(to database: TestDatabase, before command: String, do program: String) throws {
    try self.init(
      to: database.uri, arguments: ["--before", command, program], environment: ["MONGODB_DATABASE": database.name])
  }

  /// Lets each request reach the server 10 ms later, so that a command takes long enough for a test to see it at work.
  public static func slow(to database: TestDatabase) throws -> LossyProxy {
    try LossyProxy(to: database.uri, arguments: ["--pause", "0.01"], environment: [:])
  }

  private init(to server: String, arguments: [String], environment: [String: String]) throws {
    let parts = URLComponents(string: server)
    guard let port = parts?.port else {
      throw HarnessError("\(server) is not a server of the tests")
    }
    let script = Checkout.root.appending(path: "Tests/Interop/proxy.py").path
    process = try Command(try Checkout.inVenv("python"), [script, "\(port)"] + arguments, environment: environment)
      .start()
    while !process.outputSoFar.contains("\n") {
      guard process.isRunning else { throw HarnessError("the proxy ended: \(process.errorsSoFar)") }
      Thread.sleep(forTimeInterval: 0.01)
    }
    let own = process.outputSoFar.split(separator: "\n").first?.split(separator: " ").last ?? ""
    let login = parts?.percentEncodedUser.map { "\($0):\(parts?.percentEncodedPassword ?? "")@" } ?? ""
    uri = "mongodb://\(login)127.0.0.1:\(own)/?directConnection=true"
  }

  /// The losses that have happened so far.
  public var lost: Set<String> { result("lost ") }

  /// The number of logins that were made to fail.
  public var failedLogins: Int { process.outputSoFar.split(separator: "\n").count { $0.hasPrefix("login ") } }

  /// The commands before which the program has run.
  public var acted: Set<String> { result("acted ") }

  private func result(_ what: String) -> Set<String> {
    Set(
      process.outputSoFar.split(separator: "\n").filter { $0.hasPrefix(what) }.map { String($0.dropFirst(what.count)) })
  }
}
