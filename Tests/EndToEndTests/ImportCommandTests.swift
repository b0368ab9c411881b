import Foundation
import SeededRandom
import Support
import Testing

/// The options of `import`, and its messages if it cannot start.
@Suite(.waiting) struct ImportCommandTests {
  typealias Record = SyntheticRecord
  let store: TestStore
  let file: String

  init() throws {
    store = try TestStore()
    file = try store.folder.write((1...50).map { Record.summary(Int64($0)) }.lines, to: "good.ndjson")
  }

  // MARK: Messages

  @Test func peopleReadStandardErrorAndProgramsOneObject() throws {
    let record = Record.summary(60).with("odd", "1").with("sport_type", "\"MoonWalk\"").json
    let mixed = try store.folder.write(
      record + "\nnonsense\n{\"message\":\"no\",\"errors\":\"all\"}\n", to: "mixed.ndjson")
    var command = try store.command([file, mixed])
    let result = try ImportOutcome(command.run())
    #expect(result.exitCode == 1)
    #expect(result.summary.command == "import")
    #expect(result.summary.database == store.database.name)
    #expect(UUID(uuidString: result.summary.run) != nil)
    #expect(result.summary.total.read == 53)
    #expect(result.summary.activities.new == 51)
    #expect(result.summary.unreadable == 1)
    #expect(result.summary.kinds["api_error"]?.rejected == 1)
    #expect(result.summary.findings["SS001", default: 0] == 1)
    #expect(result.summary.findings["SS021", default: 0] == 1)
    #expect(
      result.summary.notes.map { "\($0.rule) \($0.kind) \($0.field) \($0.value ?? "-") \($0.count)" }
        == ["SS040 activity odd - 1", "SS041 activity sport_type MoonWalk 1"])
    #expect(result.errors.contains("note: activity: unknown field 'odd'"))
    #expect(result.errors.contains("activity"))

    command.arguments.removeAll { $0 == "--json" }
    let plain = try command.run()
    #expect(plain.exitCode == 1)
    #expect(plain.output.isEmpty)
    #expect(!plain.errors.contains("\u{1B}"))

    command.arguments.append("--quiet")
    let quiet = try command.run()
    #expect(quiet.exitCode == 1)
    #expect(quiet.errors.contains("[SS001]") && quiet.errors.contains("[SS021]"))
    #expect(!quiet.errors.contains("note"))
  }

  @Test func aMillionErrorsDoNotBuryTheSummary() throws {
    let broken = try store.folder.write(String(repeating: "{\"a\": 1}\n", count: 5000), to: "broken.ndjson")
    let result = try store.run(["--dry-run", broken])
    #expect(result.exitCode == 1)
    #expect(result.summary.errors == 5000)
    #expect(result.errorFindings.count == 100)
    #expect(result.errors.contains("counted but not shown"))
  }

  // MARK: What is read and written

  @Test func aDryRunNeedsNoServerAndNoKeyAndWritesNothing() throws {
    let token = try store.folder.write([Record.token(athlete: .athlete())].lines, to: "token.json")
    let alone = try ImportOutcome(
      StravaStore.run(["import", "--json", "--dry-run", "--uri", "mongodb://127.0.0.1:9", file, token]))
    #expect(alone.exitCode == 0)
    #expect(alone.summary.dryRun)
    #expect(alone.summary.activities.valid == 50)
    #expect(alone.summary.tokens.valid == 1 && alone.summary.athletes.valid == 1)
    #expect(alone.errors.contains("nothing was written"))
    #expect(try store.run(["--dry-run", file]).summary.total.valid == 50)
    #expect(try store.pymongo.counts().isEmpty)
  }

  @Test(arguments: [["--batch-size", "1"], ["--batch-size", "7"], ["--writers", "1"], ["--writers", "16"]])
  func howItWritesChangesNothingOfWhatItWrites(options: [String]) throws {
    let seed: UInt64 = 17
    var numbers = Seeded(seed)
    let records = (1...100).flatMap { id in
      [Record.summary(id), .detail(id, athlete: 900_000_001 + id % 7)].shuffled(using: &numbers)
    }
    let mixed = try store.folder.write(records.lines, to: "mixed.ndjson")
    let other = try TestServer.shared.uniqueDatabase()
    let plain = try store.run([mixed])
    let result = try store.run(options + [mixed], into: other)
    #expect(result.exitCode == 0, "seed \(seed)")
    #expect(result.summary.total == plain.summary.total, "seed \(seed)")
    let omitted = [
      "created_at", "updated_at", "last_activity_sync", "source.run", "source.imported_at", "source.as_of",
    ]
    let differences = try store.pymongo.run(
      file: "same.py",
      ["--key-file", store.keyFile] + omitted.flatMap { ["--omit", $0] } + [store.database.name, other.name])
    #expect(differences == "")
  }

  @Test func originAndAthleteAreStored() throws {
    let ownerless = try store.folder.write(Record.summary(70).without("athlete").json, to: "ownerless.json")
    #expect(try store.run([ownerless]).rules == ["SS051"])
    #expect(try store.run(["--origin", "api", "--athlete", "900000071", ownerless]).exitCode == 0)
    #expect(try store.run(["--athlete", "900000001", file]).summary.activities.new == 50)
    let stored = try store.pymongo.run(
      """
      one, other = db.activities.find_one({"strava_activity_id": 70}), db.activities.find_one({"strava_activity_id": 1})
      user = db.users.find_one({"_id": one["user_id"]})
      print(one["source"]["origin"], one["athlete_id"], user["strava_id"], other["source"]["origin"], other["athlete_id"])
      """)
    #expect(stored == "api 900000071 900000071 export 900000001\n")
  }

  /// Flattened rows name their athlete, too.
  @Test func anAthleteThatContradictsTheRecordIsAnError() throws {
    let flat = ["athlete.id", "athlete__id", "athlete_id"].enumerated().map { number, key in
      Record.summary(Int64(72 + number)).without("athlete").with(key, "900000072")
    }
    let token = Record.token(expires: 1_900_000_000)
    let path = try store.folder.write((flat + [.summary(75, athlete: 900_000_072), token]).lines, to: "owned.ndjson")
    let result = try store.run(["--athlete", "900000071", path])
    #expect(result.exitCode == 1)
    #expect(result.rules == Array(repeating: "SS056", count: 5))
    #expect(try store.pymongo.counts()["activities", default: 0] == 0)
    #expect(try store.run([path]).exitCode == 0)
    #expect(
      try store.pymongo.run("print(sorted(a['athlete_id'] for a in db.activities.find()))")
        == "[900000072, 900000072, 900000072, 900000072]\n")
  }

  @Test func aTokenTakesTheAthleteAroundItOrTheOneThatIsGiven() throws {
    let token = Record.token(expires: 1_900_000_000).without("athlete")
    let keyed = try store.folder.write("{\"900000073\": \(token.json)}", to: "keyed.json")
    let refused = try store.run([keyed])
    #expect(refused.rules == ["SS050"])
    #expect(refused.errors.contains("--athlete 900000073"))
    #expect(!refused.errors.contains("synthetic-access"))
    #expect(try store.run(["--athlete", "900000073", keyed]).summary.tokens.new == 1)
    let around =
      "{\"athlete\": {\"id\": 900000074}, \"auth\": {\"token\": \(token.with("expires_at", "1900000000.75").json)}}"
    let result = try store.run([store.folder.write(around, to: "around.json")])
    #expect(result.exitCode == 0)
    #expect(result.summary.findings == ["SS057": 1])
    let stored = try store.pymongo.run(
      """
      for user in db.users.find().sort('strava_id'):
          print(user['strava_id'], 'access_token' in user, user['token_expires_at'].isoformat())
      """)
    #expect(stored == "900000073 True 2030-03-17T17:46:40\n900000074 True 2030-03-17T17:46:40\n")
  }

  @Test func strictRefusesWhatIsUnknown() throws {
    let records = [Record.summary(80), .summary(81).with("odd", "1"), .summary(82).with("sport_type", "\"MoonWalk\"")]
    let unknown = try store.folder.write(records.lines, to: "unknown.ndjson")
    let strict = try store.run(["--strict", unknown])
    #expect(strict.exitCode == 1)
    #expect(
      strict.errorFindings.map { "\($0.record ?? 0) \($0.rule) \($0.pointer)" }
        == ["2 SS040 /odd", "3 SS041 /sport_type"])
    #expect(strict.summary.activities.new == 1)
    let plain = try store.run([unknown])
    #expect(plain.exitCode == 0)
    #expect(plain.summary.activities.new == 2)
  }

  /// Every fifth record is broken. They have 15 MB, more than is in memory at any time.
  static let brokenCount = 60_000
  static let broken = (1...brokenCount).map { $0 % 5 == 0 ? "{}" : Record.summary(Int64($0)).json }
    .joined(separator: "\n")

  @Test(arguments: [("3", true), ("12000", false), ("5%", true), ("25%", false)])
  func tooManyErrorsStopIt(limit: String, stops: Bool) throws {
    let broken = try store.folder.write(Self.broken, to: "broken.ndjson")
    let result = try store.run(["--dry-run", "--max-errors", limit, broken])
    #expect(result.exitCode == 1)
    #expect(result.summary.stopped == (stops ? "error_limit" : nil))
    #expect((result.summary.total.read < Self.brokenCount) == stops)
    #expect(result.errors.contains("--max-errors") == stops)
  }

  @Test func nothingPersonalRestsInClear() throws {
    let records = [
      Record.summary(90), .token(athlete: .athlete()), .athlete(900_000_072),
      .summary(91).with("nested", #"[{"deep": {"access_token": "synthetic-1"}}]"#),
      .summary(92).with("kudosers", #"[{"display_name": "Marin"}]"#),
      .summary(93).with("private_note", "\"\"").with("embed_token", "null"),
    ]
    let personal = try store.folder.write(records.lines, to: "personal.ndjson")
    let result = try store.run(["--log-level", "trace", personal])
    #expect(result.exitCode == 0)
    #expect(result.summary.activities.new == 4)
    let stored = try store.pymongo.dump().joined(separator: "\n")
    #expect(stored.contains("Port Nemo"))
    for secret in ["synthetic-", "Marin", "\"Example\""] {
      #expect(!stored.contains(secret) && !result.errors.contains(secret), "\(secret)")
    }
  }

  // MARK: Where it cannot begin

  @Test(arguments: [
    [], ["--batch-size", "0"], ["--batch-size", "1001"], ["--writers", "0"], ["--writers", "17"], ["--athlete", "0"],
    ["--athlete", "-5"], ["--athlete", "x"], ["--max-errors", "-1"], ["--max-errors", "101%"],
    ["--max-errors", "many"],
    ["--origin", "elsewhere"], ["--log-level", "loud"], ["--no-such-option"],
  ])
  func wrongUsage(options: [String]) throws {
    let outcome = try StravaStore.run(["import", "--json"] + options + (options.isEmpty ? [] : [file]))
    #expect(outcome.exitCode == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("Usage"))
  }

  @Test func withoutAKeyFileItNamesTheCommandThatMakesOne() throws {
    let result = try ImportOutcome(StravaStore.run(["import", "--json", "--uri", store.database.uri, file]))
    #expect(result.exitCode == 2)
    #expect(result.summary.failure?.contains("strava-store keys generate") == true)
    #expect(result.errors.contains("strava-store keys generate"))
    #expect(result.summary.total == PrintedSummary.Counts())
  }

  @Test func aKeyFileThatOthersMayReadIsRefused() throws {
    chmod(store.keyFile, 0o644)
    let open = try store.run([file])
    #expect(open.exitCode == 2)
    #expect(open.summary.failure?.contains("its mode is 0644") == true)
    chmod(store.keyFile, 0o600)
    let broken = try store.folder.write("{}", to: "broken-keys.json")
    chmod(broken, 0o600)
    for path in [store.folder.path("no-keys.json"), broken] {
      let result = try store.run(["--key-file", path, file])
      #expect(result.exitCode == 2, "\(path)")
      #expect(result.summary.failure?.contains(path) == true, "\(path)")
    }
    #expect(try store.pymongo.counts()["activities", default: 0] == 0)
  }

  @Test func aServerThatIsDownIsReportedSoonAndItsPasswordNever() throws {
    let uri = "mongodb://marin:synthetic-pass@127.0.0.1:9/there?authSource=admin"
    // The driver by itself would try for 30 s.
    let named = try ImportOutcome(store.command(["--uri", uri, file]).run(timeout: .seconds(20)))
    #expect(named.exitCode == 2)
    #expect(named.errors.contains("warning: --uri contains a password"))
    #expect(named.errors.contains("MONGODB_URI"))
    #expect(named.summary.failure?.contains("127.0.0.1:9") == true)
    var command = try store.command([file])
    command.environment["MONGODB_URI"] = uri
    let silent = try command.run(timeout: .seconds(20))
    #expect(silent.exitCode == 2)
    #expect(!silent.errors.contains("warning"))
    for text in [named.errors, named.summary.failure ?? "", silent.errors, silent.output] {
      #expect(!text.contains("synthetic-pass") && !text.contains("marin"))
      #expect(text.contains("***"))
    }
    command.environment["MONGODB_URI"] = "mongo://marin:synthetic-pass@here"
    let malformed = try command.run()
    #expect(malformed.exitCode == 2)
    #expect(!(malformed.errors + malformed.output).contains("synthetic-pass"))
  }

  @Test func theDatabaseIsTheOneThatWasNamed() throws {
    let server = try TestServer()
    let home = try TestStore(on: server)
    func database(_ uri: String, _ options: [String] = []) throws -> String {
      let result = try ImportOutcome(
        StravaStore.run(
          ["import", "--json"] + options + [file],
          environment: ["MONGODB_URI": uri, "STRAVA_STORE_KEY_FILE": home.keyFile]))
      #expect(result.summary.activities.new == 50)
      return result.summary.database
    }
    #expect(try database(server.uri) == "stravaai")
    #expect(try database("\(server.uri)/named") == "named")
    #expect(try database("\(server.uri)/named", ["--db", "stronger"]) == "stronger")
    #expect(try database("mongodb://127.0.0.1:9", ["--uri", "\(server.uri)/option"]) == "option")
    let found = try home.pymongo.run("print(sorted(set(client.list_database_names()) - {'admin', 'config', 'local'}))")
    #expect(found == "['named', 'option', 'stravaai', 'stronger']\n")
  }

  /// A secondary may return old data, and there may be no secondary.
  @Test func whatDecidesOverAWriteIsReadFromThePrimary() throws {
    let file = try store.folder.write(SyntheticRecord.summary(1).json, to: "one.json")
    let set = try #require(try ServerIdentity.shared.replicaSet)
    let uri = store.database.uri + "/?replicaSet=\(set)&readPreference=secondary"
    for verdict in [\PrintedSummary.Counts.new, \.unchanged] {
      let result = try store.run(["--uri", uri, file])
      #expect(result.exitCode == 0)
      #expect(result.summary.activities[keyPath: verdict] == 1)
    }
  }
}
