import Foundation
import Support
import Testing

/// Wrong options are refused before anything is read or written.
@Suite(.waiting) struct EarlyRefusalTests {
  private let store: TestStore

  init() throws { store = try TestStore() }

  private func run(_ arguments: [String], uri: String? = nil) throws -> Outcome {
    try StravaStore.run(
      arguments,
      environment: ["MONGODB_URI": uri ?? store.database.uri, "STRAVA_STORE_KEY_FILE": store.keyFile],
      directory: store.folder.path)
  }

  private func importTwo() throws {
    let records: [SyntheticRecord] = [.summary(1), .summary(2)]
    #expect(try store.run([store.folder.write(records.lines, to: "a.ndjson")]).exitCode == 0)
  }

  @Test(arguments: [
    #"{"sport_type":"Ride"}{"private":false}"#, #"{"sport_type":"Ride"},{"private":false}"#, "[]", "", "true",
    #"{"a":1} x"#, "{", #"{"a":NaN}"#,
  ])
  func aFilterIsOneWholeObject(_ filter: String) throws {
    let refused = try run(["export", "activities", "--db", store.database.name, "--filter", filter])
    #expect(refused.exitCode == 64)
    #expect(refused.output.isEmpty)
    #expect(refused.errors.contains("--filter"))
  }

  @Test func aFilterMayHaveSpacesAroundIt() throws {
    try importTwo()
    let given = try run(
      ["export", "activities", "--db", store.database.name, "--filter", "\n {\"strava_activity_id\": {\"$gt\": 1}} \n"])
    #expect(given.exitCode == 0)
    #expect(given.output.split(separator: "\n").count == 1)
  }

  @Test(arguments: [["export", "activities"], ["keys", "status"]])
  func aDatabaseThatDoesNotExistIsNotAnEmptyOne(_ arguments: [String]) throws {
    let name = store.database.name + "_misspelt"
    let refused = try run(arguments + ["--db", name])
    #expect(refused.exitCode == 2)
    #expect(refused.errors.contains("the database \(name) does not exist"))
    #expect(refused.output.isEmpty)
  }

  @Test func anEmptyDatabaseNameIsRefused() throws {
    for command in [["import", "a.json"], ["export", "users"], ["index"], ["keys", "status"]] {
      let refused = try run(command + ["--db", ""])
      #expect(refused.exitCode == 64, "\(command): \(refused.errors)")
      #expect(refused.errors.contains("--db is empty"))
    }
  }

  @Test func unknownOptionsOfTheConnectionStringAreRefused() throws {
    let uri = store.database.uri + (store.database.uri.contains("?") ? "&" : "/?") + "tsl=true"
    for command in [["index", "--check"], ["export", "users"], ["keys", "status"]] {
      let refused = try run(command, uri: uri)
      #expect(refused.exitCode == 64, "\(command): \(refused.errors)")
      #expect(refused.errors.contains("unknown option: tsl"))
    }
  }

  @Test(arguments: ["ndjson", "json", "csv", "extjson", "bson"])
  func fieldsThatNoDocumentHasAreRefused(_ format: String) throws {
    for fields in ["nosuch", "name,nosuch", "map.nosuch", "name.inner"] {
      let refused = try run(["export", "activities", "--format", format, "-o", "out", "--fields", fields])
      #expect(refused.exitCode == 64, "\(fields): \(refused.errors)")
      #expect(!FileManager.default.fileExists(atPath: store.folder.path("out")))
    }
  }

  @Test func anOutputThatCannotBeIsRefused() throws {
    try importTwo()
    try FileManager.default.createDirectory(atPath: store.folder.path("there"), withIntermediateDirectories: false)
    for output in ["", "out/", "there"] {
      let refused = try run(["export", "activities", "--db", store.database.name, "-o", output])
      #expect(refused.exitCode == 64, "'\(output)': \(refused.errors)")
      #expect(!refused.errors.contains("unfinished"))
    }
  }

  @Test func whatHasNoLocalStartIsCounted() throws {
    let records: [SyntheticRecord] = [.summary(1), SyntheticRecord.summary(2).without("start_date_local")]
    #expect(try store.run([store.folder.write(records.lines, to: "a.ndjson")]).exitCode == 0)
    let given = try run(
      [
        "export", "activities", "--db", store.database.name, "--local", "--since", "2000-01-01", "--json", "-o",
        "a.csv",
        "--format", "csv",
      ])
    #expect(given.exitCode == 0)
    #expect(given.errors.contains("not exported: 1 activity without a local start time"))
    #expect(given.output.contains(#""without_local_start":1"#))
    for time in ["2024-05-01T08:30:00+02:00", "2024-05-01T08:30:00-0200"] {
      let refused = try run(["export", "activities", "--db", store.database.name, "--local", "--since", time])
      #expect(refused.exitCode == 64)
      #expect(refused.errors.contains("offset"))
    }
  }

  @Test func helpOfNoCommandFails() throws {
    let refused = try run(["help", "nosuch"])
    #expect(refused.exitCode == 64)
    #expect(refused.errors.contains("unknown command 'nosuch'"))
    #expect(try run(["help", "keys", "rotate-nothing"]).exitCode == 64)
    for known in [["help"], ["help", "import"], ["help", "keys", "rotate-data"]] {
      #expect(try run(known).exitCode == 0)
    }
  }

  /// libmongoc would write its counters to a file for each process.
  @Test func nothingStaysInSharedMemory() throws {
    try importTwo()
    #expect(try run(["export", "activities", "--db", store.database.name]).exitCode == 0)
    let command = try Command(
      "/bin/sh",
      ["-c", "\(KeysFixture.program) export activities --db \(store.database.name) >/dev/null & wait $!; echo $!"],
      environment: ["MONGODB_URI": store.database.uri]
    ).run()
    let pid = command.output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(Int(pid) != nil)
    #expect(!FileManager.default.fileExists(atPath: "/dev/shm/mongoc-\(pid)"))
  }
}
