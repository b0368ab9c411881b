import Foundation
import Support
import Testing

/// Connection strings in the form of Atlas and newer drivers.
@Suite(.waiting) struct ConnectionStringTests {
  private func check(_ uri: String) throws -> Outcome {
    try StravaStore.run(
      ["index", "--check", "--json", "--db", "strava_store_test_none"], environment: ["MONGODB_URI": uri])
  }

  /// The database is empty, so the indexes differ from the declared ones. This shows that the server was reached.
  @Test(arguments: [
    "?directConnection=true", "/?compressors=zstd,zlib,snappy", "/?directConnection=true",
    "?appName=x&retryWrites=true", "/?wtimeoutMS=5000",
  ])
  func accepted(_ options: String) throws {
    let done = try check(TestServer.shared.uri + options)
    #expect(done.exitCode == 1, "\(done.errors)")
  }

  @Test(arguments: [
    ("authMechanism=MONGODB-OIDC", "OpenID Connect"),
    ("authMechanism=mongodb-oidc&authSource=$external", "OpenID Connect"),
    ("apiVersion=1", "Stable API (apiVersion)"), ("requireApiVersion=1", "Stable API (requireApiVersion)"),
    ("serverApi=1&apiStrict=true", "Stable API (serverApi)"),
  ])
  func refusedWithAReason(_ options: String, says: String) throws {
    for slash in ["/", ""] {
      let done = try check(TestServer.shared.uri + slash + "?" + options)
      #expect(done.exitCode == 2)
      #expect(done.errors.contains(says), "\(done.errors)")
      #expect(!done.errors.contains("cannot connect to"))
    }
  }

  @Test func aClusterThatDNSDoesNotKnowIsReportedInTime() throws {
    let began = ContinuousClock.now
    let done = try check("mongodb+srv://someone:synthetic-guess-7@cluster0.example.invalid/?compressors=zstd")
    #expect(done.exitCode == 2)
    #expect(done.errors.contains("cluster0.example.invalid"), "\(done.errors)")
    #expect(!done.errors.contains("synthetic-guess-7"))
    #expect(began.duration(to: .now) < .seconds(60))
  }
}
