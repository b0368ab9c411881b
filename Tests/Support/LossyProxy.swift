import Foundation

/// A way to a server on which replies are lost: the command ran, its answer never comes (Tests/Interop/proxy.py).
public final class LossyProxy: Sendable {
  /// The connection string of the way through the proxy.
  public let uri: String
  private let process: RunningCommand

  /// - Parameter losses: `insert:activities:2` loses the reply to the second `insert` into `activities`;
  ///   `hold:getMore:activities:1` lets the client wait for it for ever.
  public init(to server: TestServer, losing losses: [String]) throws {
    guard let port = URLComponents(string: server.uri)?.port else {
      throw HarnessError("\(server.uri) is no server of the tests' own")
    }
    let script = Checkout.root.appending(path: "Tests/Interop/proxy.py").path
    process = try Command(try Checkout.inVenv("python"), [script, "\(port)"] + losses).start()
    while !process.outputSoFar.contains("\n") {
      guard process.isRunning else { throw HarnessError("the proxy ended: \(process.errorsSoFar)") }
      Thread.sleep(forTimeInterval: 0.01)
    }
    let own = process.outputSoFar.split(separator: "\n").first?.split(separator: " ").last ?? ""
    uri = "mongodb://127.0.0.1:\(own)/?directConnection=true"
  }

  /// The losses that have come about.
  public var lost: Set<String> {
    Set(process.outputSoFar.split(separator: "\n").dropFirst().map { String($0.dropFirst("lost ".count)) })
  }
}
