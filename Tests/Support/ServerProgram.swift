import Foundation

/// What a suite asks of a server besides storing documents.
public enum ServerOption: Sendable, Equatable {
  /// Failpoints.
  case testCommands
  /// Only users who log in have rights.
  case login
  /// TLS is required. Both files are PEM.
  case tls(certificate: String, key: String)
  /// Clients must show a certificate of this authority.
  case clientCertificates(authority: String)
  /// An option that is passed on unchanged.
  case other(String)
}

/// The program that the tests start as a MongoDB server.
enum ServerProgram: Sendable {
  case standIn
  /// The program at this path, which takes the options of mongod.
  case mongod(String)

  /// The program that STRAVA_STORE_MONGOD names, else the stand-in server.
  static let chosen: ServerProgram = {
    let path = ProcessInfo.processInfo.environment["STRAVA_STORE_MONGOD"] ?? ""
    return path.isEmpty ? .standIn : .mongod(path)
  }()

  /// The name of the replica set of a mongod; the stand-in server has its own.
  static let replicaSet = "strava-store-tests"

  /// Writes the files that the server needs into its folder and returns the command that starts it.
  func command(port: UInt16, folder: TemporaryFolder, _ options: [ServerOption]) throws -> Command {
    switch self {
    case .standIn:
      // Without a configuration file of our own the server would read one from the home folder or /etc.
      try folder.write("", to: "empty.toml")
      return Command(
        try Checkout.inVenv("secantusd-py"),
        [
          "--config", folder.path("empty.toml"), "--host", "127.0.0.1", "--port", "\(port)",
          "--storage-path", folder.path("data"), "--sync-on-commit", "--cache-size", "256M",
          "--log-level", "WARNING",
        ] + options.flatMap(Self.standInOption), directory: folder.path)
    case .mongod(let path):
      try FileManager.default.createDirectory(atPath: folder.path("data"), withIntermediateDirectories: true)
      return Command(
        path,
        [
          "--port", "\(port)", "--bind_ip", "127.0.0.1", "--dbpath", folder.path("data"),
          "--replSet", Self.replicaSet, "--wiredTigerCacheSizeGB", "0.25", "--setParameter", "enableTestCommands=1",
        ] + (try options.flatMap { try Self.mongodOption($0, folder, allOptions: options) }), directory: folder.path)
    }
  }

  private static func standInOption(_ option: ServerOption) -> [String] {
    switch option {
    case .testCommands: ["--enable-test-commands"]
    case .login: ["--auth"]
    case .tls(let certificate, let key): ["--tls-cert-file", certificate, "--tls-key-file", key]
    case .clientCertificates(let authority): ["--tls-ca-file", authority, "--tls-require-client-cert"]
    case .other(let text): [text]
    }
  }

  private static func mongodOption(
    _ option: ServerOption, _ folder: TemporaryFolder, allOptions: [ServerOption]
  ) throws -> [String] {
    switch option {
    case .testCommands: return []
    case .login:
      // The members of a replica set log in to each other with it.
      try folder.write("c3ludGhldGljLWtleS1vZi10aGUtdGVzdHM=", to: "members.key")
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.path("members.key"))
      return ["--auth", "--keyFile", folder.path("members.key")]
    case .tls(let certificate, let key):
      let pem = try [certificate, key].map { try String(contentsOfFile: $0, encoding: .utf8) }.joined(separator: "\n")
      try folder.write(pem, to: "server.pem")
      let asksClients = allOptions.contains { if case .clientCertificates = $0 { true } else { false } }
      return ["--tlsMode", "requireTLS", "--tlsCertificateKeyFile", folder.path("server.pem")]
        + (asksClients ? [] : ["--tlsAllowConnectionsWithoutCertificates"])
    case .clientCertificates(let authority): return ["--tlsCAFile", authority]
    case .other(let text): return [text]
    }
  }
}
