import Foundation

/// A replica set of three mongods on 127.0.0.1, one of which is the primary. Tests that use it need a genuine mongod.
public final class ReplicaSet: Sendable {
  /// The set as a server whose databases a test uses.
  public let server: TestServer
  private let name: String
  private let members: [TestServer]

  /// Starts the members and waits for a primary.
  /// - Parameters:
  ///   - name: The name of the set, unique among those that run.
  ///   - options: What each member is besides, such as a shard.
  public init(named name: String = "strava-store-three", of count: Int = 3, _ options: ServerOption...) throws {
    self.name = name
    members = try (0..<count).map { _ in try TestServer([.member(of: name)] + options) }
    let hosts = members.map(\.host)
    server = TestServer(uri: "mongodb://" + hosts.joined(separator: ","))
    let configuration = hosts.enumerated().map { "{'_id': \($0), 'host': '\($1)'}" }.joined(separator: ", ")
    let isConfiguration = options.contains { if case .configuration = $0 { true } else { false } }
    try PyMongo(uri: members[0].uri + "/?directConnection=true", database: "admin").run(
      """
      client.admin.command('replSetInitiate', {'_id': '\(name)', 'members': [\(configuration)]
        \(isConfiguration ? ", 'configsvr': True" : "")})
      """)
    _ = try primary()
  }

  /// The set as `mongos` and `addShard` take it.
  var seeds: String { "\(name)/" + members.map(\.host).joined(separator: ",") }

  /// Kills the primary as a power cut would, and starts it again once another member is the primary.
  public func killPrimary() throws {
    let killed = try primary()
    try killed.kill()
    _ = try primary()
    try killed.start()
  }

  /// Makes the primary give up its role; another member takes it over.
  public func stepDownPrimary() throws {
    let former = try primary()
    try PyMongo(uri: former.uri + "/?directConnection=true", database: "admin").run(
      "client.admin.command('replSetStepDown', 10, secondaryCatchUpPeriodSecs=5)")
    _ = try primary()
  }

  /// Waits until a member is the primary, and returns it.
  private func primary() throws -> TestServer {
    let host = try PyMongo(uri: server.uri + "/?replicaSet=\(name)", database: "admin").run(
      """
      import time
      until = time.monotonic() + 60
      while not client.primary and time.monotonic() < until: time.sleep(0.05)
      print("%s:%s" % client.primary)
      """
    ).trimmingCharacters(in: .newlines)
    guard let member = members.first(where: { $0.host == host }) else {
      throw HarnessError("\(host) is not a member of \(name)")
    }
    return member
  }
}

/// A sharded cluster: two shards, and a mongos. Tests that use it need a genuine mongod and mongos.
public final class ShardedCluster: Sendable {
  /// The cluster as a server whose databases a test uses.
  public let server: TestServer
  private let configuration: ReplicaSet
  private let shards: [ReplicaSet]
  private let mongos: RunningCommand

  public init() throws {
    guard let program = ServerProgram.mongosPath else { throw HarnessError("STRAVA_STORE_MONGOS is not set") }
    configuration = try ReplicaSet(named: "strava-store-configuration", of: 1, .configuration)
    shards = try ["east", "west"].map { try ReplicaSet(named: "strava-store-\($0)", of: 1, .shard) }
    let port = try freePort()
    mongos = try Command(
      program, ["--configdb", configuration.seeds, "--port", "\(port)", "--bind_ip", "127.0.0.1"]
    ).start()
    let deadline = ContinuousClock().now + .seconds(120)
    while !ping(port: port) {
      guard mongos.isRunning, ContinuousClock().now < deadline else {
        throw HarnessError("mongos does not answer: \(mongos.outputSoFar) \(mongos.errorsSoFar)")
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
    server = TestServer(uri: "mongodb://127.0.0.1:\(port)")
    for shard in shards {
      try PyMongo(uri: server.uri, database: "admin").run("client.admin.command('addShard', '\(shard.seeds)')")
    }
  }

  deinit { try? mongos.kill() }
}
