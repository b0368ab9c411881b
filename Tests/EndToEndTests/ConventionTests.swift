import Foundation
import Support
import Testing

/// Options and variables as people expect them from other programs.
@Suite(.waiting) struct ConventionTests {
  private static let noServer = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=5"
  private static let file = Checkout.root.appending(path: "fixtures/invalid/negative-distance.json").path

  @Test func shortOptionsMeanTheLongOnes() throws {
    let store = try TestStore()
    try store.importing([.athlete(), .summary(91_000_000_001)])
    func run(_ arguments: [String]) throws -> Outcome {
      try StravaStore.run(
        arguments, environment: ["MONGODB_URI": store.database.uri, "STRAVA_STORE_KEY_FILE": store.keyFile])
    }
    let long = try run(["export", "activities", "--db", store.database.name, "--quiet"])
    let short = try run(["export", "activities", "-d", store.database.name, "-q"])
    #expect(short.exitCode == 0 && short.output == long.output && short.output.contains("91000000001"))
    #expect(try run(["index", "-d", store.database.name, "-y", "-q"]).exitCode == 0)
    for command in [["keys", "destroy", "--athlete", "1"], ["encrypt-migrate", "--decrypt"]] {
      #expect(
        try run(command + ["-d", store.database.name, "-y"]).exitCode == 64, "answered, not confirmed by an option")
    }
  }

  @Test func theDatabaseOfTheEnvironmentComesAfterThatOfTheConnectionString() throws {
    let store = try TestStore()
    try store.importing([.athlete(), .summary(91_000_000_001)])
    func count(_ uri: String, _ options: [String] = [], environment name: String) throws -> Int {
      let outcome = try StravaStore.run(
        ["export", "activities"] + options, environment: ["MONGODB_URI": uri, "DATABASE_NAME": name])
      return outcome.exitCode == 0 ? outcome.output.split(separator: "\n").count : -1
    }
    let (uri, name) = (store.database.uri, store.database.name)
    let parts = try #require(URLComponents(string: uri))
    var named = parts
    named.path = "/" + name
    #expect(try count(uri, environment: name) == 1)
    #expect(try count(try #require(named.string), environment: "other_\(name)") == 1, "the connection string wins")
    #expect(try count(uri, ["--db", name], environment: "other_\(name)") == 1, "the option wins")
    #expect(try count(uri, environment: "other_\(name)") == -1, "no such database")
  }

  @Test func bothWaysToAskForJSONAgree() throws {
    let counts = try StravaStore.run(["validate", Self.file, "--json"])
    let report = try StravaStore.run(["validate", Self.file, "--format", "json"])
    let both = try StravaStore.run(["validate", Self.file, "--json", "--format", "json"])
    #expect([counts, report, both].map(\.exitCode) == [1, 1, 1])
    #expect(both.output == report.output)
    let summary = try #require(
      try (JSONSerialization.jsonObject(with: Data(report.standardOutput)) as? [String: Any])?["summary"])
    let other = try JSONSerialization.jsonObject(with: Data(counts.standardOutput))
    #expect(summary as? NSDictionary == other as? NSDictionary)
  }

  @Test func driverCodesAreForTheDebugLevel() throws {
    for (options, shows) in [
      ([], false), (["--log-level", "info"], false), (["-v"], true), (["--log-level", "trace"], true),
    ] {
      let outcome = try StravaStore.run(["index", "--check", "--uri", Self.noServer] + options)
      #expect(outcome.exitCode == 2 && outcome.errors.contains("cannot connect to"))
      #expect((outcome.errors.firstMatch(of: /error \d+\.\d+/) != nil) == shows, "\(options): \(outcome.errors)")
    }
  }

  @Test func logMessagesCanBeLinesOfJSON() throws {
    let store = try TestStore()
    let file = try store.folder.write(SyntheticRecord.summary(1).json, to: "a.json")
    let outcome = try StravaStore.run(
      ["import", file, "-d", store.database.name, "-v", "--log-format", "json"],
      environment: ["MONGODB_URI": store.database.uri, "STRAVA_STORE_KEY_FILE": store.keyFile])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let lines = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("{") }
    #expect(!lines.isEmpty, "\(outcome.errors)")
    for line in lines {
      let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["level"] as? String == "debug" && object["message"] is String && object["time"] is String)
    }
  }
}
