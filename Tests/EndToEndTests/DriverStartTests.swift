import Foundation
import Support
import Testing

/// libmongoc starts only when something connects.
@Suite(.waiting) struct DriverStartTests {
  private let folder: TemporaryFolder
  private let store: TestStore

  init() throws {
    folder = try TemporaryFolder()
    store = try TestStore()
  }

  /// Returns whether the SASL plugins are loaded, which libmongoc looks for when it starts. The dynamic linker's log
  /// shows it.
  private func startsDriver(_ arguments: [String]) throws -> Bool {
    let ran = try StravaStore.command(
      arguments,
      environment: ["LD_DEBUG": "files", "MONGODB_URI": store.database.uri, "STRAVA_STORE_KEY_FILE": store.keyFile]
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
    #expect(try startsDriver(["import", "--db", store.database.name, file]))
  }
}
