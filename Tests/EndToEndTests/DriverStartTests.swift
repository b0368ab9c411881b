import Foundation
import Support
import Testing

/// libmongoc starts when something connects, and not before.
@Suite(.waiting) struct DriverStartTests {
  private let folder: TemporaryFolder
  private let bench: ImportFixture

  init() throws {
    folder = try TemporaryFolder()
    bench = try ImportFixture()
  }

  /// Whether the plugins of SASL are loaded, which libmongoc looks for as it starts. The dynamic linker says so.
  private func startsDriver(_ arguments: [String]) throws -> Bool {
    let ran = try StravaStore.command(
      arguments,
      environment: ["LD_DEBUG": "files", "MONGODB_URI": bench.database.uri, "STRAVA_STORE_KEY_FILE": bench.keyFile]
    ).run()
    #expect(ran.exitCode == 0)
    #expect(ran.errors.contains("libmongoc"))
    return ran.errors.contains("/sasl2/")
  }

  @Test func onlyWhatConnectsStartsTheDriver() throws {
    let file = try folder.write(SyntheticRecord.summary(1).json, to: "a.json")
    #expect(try !startsDriver(["validate", file]))
    #expect(try !startsDriver(["import", "--dry-run", file]))
    #expect(try !startsDriver(["schema", "--collection", "users"]))
    #expect(try startsDriver(["import", "--db", bench.database.name, file]))
  }
}
