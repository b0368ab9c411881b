import Foundation

/// The settings to start one server repeatedly: its port, its data and its options.
struct ServerLaunch: Sendable {
  let options: [ServerOption]
  let port: UInt16
  let folder: TemporaryFolder

  private var isTLS: Bool {
    options.contains { if case .tls = $0 { true } else { false } }
  }

  /// Starts a server with no data yet on a port that was free.
  static func onFreePort(_ options: [ServerOption]) throws -> (ServerLaunch, RunningCommand) {
    let folder = try TemporaryFolder()
    for _ in 1...3 {
      let launch = ServerLaunch(options: options, port: try freePort(), folder: folder)
      do {
        try launch.prepare()
        return (launch, try launch.run())
      } catch {
        // Another program may have taken the port meanwhile; any other reason would stay the same.
        if isFree(port: launch.port) { throw error }
      }
    }
    throw HarnessError("three ports in a row were free, and then taken")
  }

  /// Starts the server and waits until it answers, and until it takes writes.
  func run() throws -> RunningCommand {
    let process = try ServerProgram.chosen.command(port: port, folder: folder, options).start()
    try waitUntilReady(process)
    // A server with TLS was a primary before, and becomes one again by itself.
    if case .mongod = ServerProgram.chosen, !isTLS { try becomePrimary() }
    return process
  }

  /// Makes a new mongod the primary of its replica set before it requires logins or TLS.
  private func prepare() throws {
    guard case .mongod = ServerProgram.chosen, isTLS || options.contains(.login) else { return }
    let process = try ServerLaunch(options: [], port: port, folder: folder).run()
    process.send(SIGTERM)
    _ = try process.wait()
  }

  /// Makes a new server the only member of its replica set, and waits until it is the primary.
  private func becomePrimary() throws {
    try PyMongo(uri: "mongodb://127.0.0.1:\(port)/?directConnection=true", database: "admin").run(
      """
      import time
      member = {'_id': 0, 'host': '127.0.0.1:\(port)'}
      if not client.admin.command('hello').get('isWritablePrimary'):
        try: client.admin.command('replSetInitiate', {'_id': '\(ServerProgram.replicaSet)', 'members': [member]})
        except pymongo.errors.OperationFailure as error:
          if error.code != 23: raise  # initiated before
      while not client.admin.command('hello').get('isWritablePrimary'): time.sleep(0.05)
      """)
  }

  private func waitUntilReady(_ process: RunningCommand) throws {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(120)
    while process.isRunning {
      // Alive after the answer too: else it may be another server's, on a port that was not free after all.
      if isTLS ? accepts(port: port) : ping(port: port), process.isRunning { return }
      guard clock.now < deadline else { throw HarnessError("the server has not answered for 120 s") }
      Thread.sleep(forTimeInterval: 0.02)
    }
    let outcome = try process.wait()
    throw HarnessError(
      "the server ended with \(outcome.termination): \(outcome.output) \(outcome.errors)")
  }
}
