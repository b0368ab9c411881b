import Foundation

/// Certificates of a made-up authority, and of another one that nobody trusts: made by openssl, good for a day.
public struct Certificates: Sendable {
  private let folder: TemporaryFolder

  /// The authority that clients trust.
  public var authority: String { folder.path("ca.pem") }
  public var otherAuthority: String { folder.path("other-ca.pem") }
  /// Certificate and key in one file, as MongoDB's clients take them.
  public var client: String { folder.path("client.pem") }
  public var clientOfOther: String { folder.path("stranger.pem") }
  /// The client's, its key under `passphrase`.
  public var lockedClient: String { folder.path("locked.pem") }
  public static let passphrase = "synthetic-key-phrase"

  public init() throws {
    folder = try TemporaryFolder()
    let authority = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign"]
    for name in ["ca", "other-ca"] {
      try request(name, ["-x509", "-days", "1", "-out", "\(name).pem"] + authority)
    }
    try issue("server", by: "ca", for: "IP:127.0.0.1,DNS:localhost")
    try issue("elsewhere", by: "ca", for: "DNS:db.example.test")
    try issue("client", by: "ca", for: "DNS:client.example.test")
    try issue("stranger", by: "other-ca", for: "DNS:client.example.test")
    for name in ["client", "stranger"] {
      try folder.write(folder.read("\(name).crt") + folder.read("\(name).key"), to: "\(name).pem")
    }
    try openssl([
      "pkcs8", "-topk8", "-in", "client.key", "-out", "locked.key", "-passout", "pass:\(Self.passphrase)",
    ])
    try folder.write(folder.read("client.crt") + folder.read("locked.key"), to: "locked.pem")
  }

  /// Options of a server that speaks TLS, under a certificate for 127.0.0.1, or for another host.
  public func server(isElsewhere: Bool = false) -> ServerOption {
    let name = isElsewhere ? "elsewhere" : "server"
    return .tls(certificate: folder.path("\(name).crt"), key: folder.path("\(name).key"))
  }

  private func request(_ name: String, _ more: [String]) throws {
    try openssl(
      ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "\(name).key"]
        + ["-subj", "/CN=\(name).example.test"] + more)
  }

  private func issue(_ name: String, by authority: String, for hosts: String) throws {
    try request(name, ["-out", "\(name).csr"])
    try folder.write("subjectAltName=\(hosts)\n", to: "\(name).ext")
    try openssl([
      "x509", "-req", "-days", "1", "-in", "\(name).csr", "-CA", "\(authority).pem", "-CAkey", "\(authority).key",
      "-CAcreateserial", "-extfile", "\(name).ext", "-out", "\(name).crt",
    ])
  }

  private func openssl(_ arguments: [String]) throws {
    let outcome = try Command("/usr/bin/openssl", arguments, directory: folder.path).run()
    guard outcome.exitCode == 0 else { throw HarnessError("openssl \(arguments[0]): \(outcome.errors)") }
  }
}
