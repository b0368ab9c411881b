import Foundation
import Support
import Testing

/// Servers that require TLS and a login, with the certificates and credentials for them.
struct AccessFixture {
  static let shared = Result { try AccessFixture() }

  /// Contains characters that a connection string must escape.
  static let password = "synthetic p@ss/w:rd%"
  static let encodedPassword = "synthetic%20p%40ss%2Fw%3Ard%25"

  let certificates: Certificates
  /// The server that requires TLS and SCRAM.
  let server: TestServer
  let keyFile: String
  let folder: TemporaryFolder

  private init() throws {
    certificates = try Certificates()
    server = try TestServer(
      guardedBy: [certificates.server(), .login],
      after: """
        client.admin.command('createUser', 'importer', pwd='\(Self.password)', mechanisms=['SCRAM-SHA-256'],
          roles=[{'role': 'readWriteAnyDatabase', 'db': 'admin'}])
        """)
    folder = try TemporaryFolder()
    keyFile = folder.path("keys.json")
    let made = try StravaStore.run(["keys", "generate", "--key-file", keyFile])
    guard made.exitCode == 0 else { throw HarnessError("no key file: \(made.errors)") }
  }

  /// Returns a connection string with a login.
  func uri(_ options: String? = nil, login: String = "importer:\(encodedPassword)@") -> String {
    let options = options ?? "tls=true&tlsCAFile=\(certificates.authority)"
    let host = server.uri.replacing("mongodb://", with: "")
    return "mongodb://\(login)\(host)/?authSource=admin&serverSelectionTimeoutMS=3000&\(options)"
  }

  func run(_ arguments: [String], uri: String, database: String) throws -> Outcome {
    try StravaStore.run(
      arguments + ["--db", database],
      environment: ["MONGODB_URI": uri, "STRAVA_STORE_KEY_FILE": keyFile], directory: folder.path)
  }
}
