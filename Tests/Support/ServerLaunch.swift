import Foundation

/// The settings with which a stand-in server is started, also repeatedly: its port, its data and its options.
struct ServerLaunch: Sendable {
  let arguments: [String]
  let port: UInt16
  let folder: TemporaryFolder

  private var isTLS: Bool { arguments.contains("--tls-cert-file") }

  /// Starts a server without data on a free port.
  static func onFreePort(arguments: [String]) throws -> (ServerLaunch, RunningCommand) {
    let folder = try TemporaryFolder()
    // Without a configuration file, the server would read one from the home folder or /etc.
    try folder.write("", to: "empty.toml")
    for _ in 1...3 {
      let launch = ServerLaunch(arguments: arguments, port: try freePort(), folder: folder)
      do {
        return (launch, try launch.run())
      } catch {
        // Another program may have taken the port meanwhile. Any other error would occur again.
        if isFree(port: launch.port) { throw error }
      }
    }
    throw HarnessError("three ports in a row were free, and then taken")
  }

  /// Starts the server and waits until it answers.
  func run() throws -> RunningCommand {
    let process = try Command(
      try Checkout.inVenv("secantusd-py"),
      [
        "--config", folder.path("empty.toml"), "--host", "127.0.0.1", "--port", "\(port)",
        "--storage-path", folder.path("data"), "--sync-on-commit", "--cache-size", "256M",
        "--log-level", "WARNING",
      ] + arguments, directory: folder.path
    ).start()
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(120)
    while process.isRunning {
      // The process is still alive after the answer. Otherwise the answer may come from another server that took the
      // port.
      if isTLS ? accepts(port: port) : ping(port: port), process.isRunning { return process }
      guard clock.now < deadline else { throw HarnessError("the stand-in server has not answered for 120 s") }
      Thread.sleep(forTimeInterval: 0.02)
    }
    let outcome = try process.wait()
    throw HarnessError(
      "the stand-in server ended with \(outcome.termination): \(outcome.output) \(outcome.errors)")
  }
}
