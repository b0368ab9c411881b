import Mongo
import Support
import Testing

@Suite(.waiting) struct MongoURITests {
  @Test func readsDatabaseAndPassword() throws {
    let text = "mongodb://user:p%20w@host:1234/stravaai?w=1"
    #expect(try MongoURI(text).database == "stravaai")
    #expect(MongoURI.holdsPassword(text))
    let plain = try MongoURI("mongodb://127.0.0.1:27017")
    #expect(plain.database == nil)
    #expect(!MongoURI.holdsPassword("mongodb://127.0.0.1:27017"))
    #expect(plain.redacted == "mongodb://127.0.0.1:27017")
  }

  @Test func printingShowsNoCredentials() throws {
    let uri = try MongoURI(
      "mongodb://user:p%20w@host/db?tls=true&tlsCertificateKeyFilePassword=k3ywort&appName=me&authSource=admin")
    #expect(
      uri.redacted == "mongodb://***@host/db?tls=true&tlsCertificateKeyFilePassword=***&appName=me&authSource=admin")
    var dumped = ""
    dump(uri, to: &dumped)
    for text in ["\(uri)", String(reflecting: uri), dumped] {
      #expect(!text.contains("p%20w") && !text.contains("k3ywort") && !text.contains("user"))
    }
  }

  @Test(
    arguments: [
      ("user:p@ss@host", ["p@ss", "ss@"]),
      ("mongodb://user:p@ss@host", ["p@ss", "ss@"]),
      ("mongodb://user:hunter22", ["hunter22"]),
      ("mongodb://user:hun/ter22@host/db", ["ter22", "hun"]),
      ("mongodb://user:pa%zzword@host", ["pa%zzword"]),
      ("http://user:hunter22@host", ["hunter22"]),
      ("mongodb://user:hunter22@host:port", ["hunter22"]),
      ("mongodb://host/?tlsCertificateKeyFilePassword=hunter22&serverSelectionTimeoutMS=x", ["hunter22"]),
    ])
  func malformedIsRefusedWithoutItsPassword(_ text: String, _ secrets: [String]) {
    let error = #expect(throws: MongoError.self) { try MongoURI(text) }
    #expect(error?.kind == .badURI)
    #expect(error?.isTransient == false)
    for secret in secrets { #expect(error?.description.contains(secret) == false) }
  }

  @Test func unacknowledgedWritesAreRefused() throws {
    let uri = try MongoURI("mongodb://127.0.0.1/?w=0")
    let error = #expect(throws: MongoError.self) { try MongoClientPool(uri, applicationName: "tests") }
    #expect(error?.kind == .badURI)
  }

  @Test(arguments: ["tlsCAFile", "tlsCertificateKeyFile"])
  func unreadableCertificateFilesAreNamed(_ option: String) throws {
    for path in ["/nowhere/at-all.pem", "/dev/null", "/tmp"] {
      let uri = try MongoURI("mongodb://127.0.0.1/?tls=true&\(option)=\(path)")
      let error = #expect(throws: MongoError.self) { try MongoClientPool(uri, applicationName: "tests") }
      #expect(error?.kind == .tls)
      #expect(error?.isTransient == false)
      #expect(error?.message.contains(option) == true && error?.message.contains(path) == true)
    }
  }

  /// By default libmongoc prints to standard output, where `export` writes its data.
  @Test func driverLogGoesToStderrWithoutSecrets() async throws {
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      // libmongoc logs a warning, with the text of the URI, for an unknown option and for an invalid escape.
      _ = try MongoURI("mongodb://user:hunter22@host/?noSuchOption=1")
      _ = try? MongoURI("mongodb://user:hunter22%zz@host/?readPreferenceTags=hunter22%zz")
    }
    let output = String(decoding: result.standardOutputContent, as: UTF8.self)
    let errors = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(errors.contains("mongoc") && errors.contains("nosuchoption") || errors.contains("noSuchOption"))
    #expect(!output.contains("mongoc") && !output.lowercased().contains("nosuchoption"))
    #expect(!errors.contains("hunter22"))
  }
}
