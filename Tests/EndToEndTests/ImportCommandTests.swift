import Foundation
import SeededRandom
import Support
import Testing

/// The options of `import`, and what it says where it cannot begin.
@Suite(.waiting) struct ImportCommandTests {
  typealias Record = SyntheticRecord
  let bench: ImportFixture
  let file: String

  init() throws {
    bench = try ImportFixture()
    file = try bench.folder.write((1...50).map { Record.summary(Int64($0)) }.lines, to: "good.ndjson")
  }

  // MARK: What is said

  @Test func peopleReadStandardErrorAndProgramsOneObject() throws {
    let record = Record.summary(60).with("odd", "1").with("sport_type", "\"MoonWalk\"").json
    let mixed = try bench.folder.write(
      record + "\nnonsense\n{\"message\":\"no\",\"errors\":\"all\"}\n", to: "mixed.ndjson")
    var command = try bench.command([file, mixed])
    let told = try ImportOutcome(command.run())
    #expect(told.exitCode == 1)
    #expect(told.summary.command == "import")
    #expect(told.summary.database == bench.database.name)
    #expect(UUID(uuidString: told.summary.run) != nil)
    #expect(told.summary.total.read == 53)
    #expect(told.summary.activities.new == 51)
    #expect(told.summary.unreadable == 1)
    #expect(told.summary.kinds["api_error"]?.rejected == 1)
    #expect(told.summary.findings["SS001", default: 0] == 1)
    #expect(told.summary.findings["SS021", default: 0] == 1)
    #expect(
      told.summary.notes.map { "\($0.rule) \($0.kind) \($0.field) \($0.value ?? "-") \($0.count)" }
        == ["SS040 activity odd - 1", "SS041 activity sport_type MoonWalk 1"])
    #expect(told.errors.contains("note: activity: unknown field 'odd'"))
    #expect(told.errors.contains("activity"))

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
    let broken = try bench.folder.write(String(repeating: "{\"a\": 1}\n", count: 5000), to: "broken.ndjson")
    let told = try bench.run(["--dry-run", broken])
    #expect(told.exitCode == 1)
    #expect(told.summary.errors == 5000)
    #expect(told.errorFindings.count == 100)
    #expect(told.errors.contains("counted but not shown"))
  }

  // MARK: What is read and written

  @Test func aDryRunNeedsNoServerAndNoKeyAndWritesNothing() throws {
    let token = try bench.folder.write([Record.token(athlete: .athlete())].lines, to: "token.json")
    let alone = try ImportOutcome(
      StravaStore.run(["import", "--json", "--dry-run", "--uri", "mongodb://127.0.0.1:9", file, token]))
    #expect(alone.exitCode == 0)
    #expect(alone.summary.dryRun)
    #expect(alone.summary.activities.valid == 50)
    #expect(alone.summary.tokens.valid == 1 && alone.summary.athletes.valid == 1)
    #expect(alone.errors.contains("nothing was written"))
    #expect(try bench.run(["--dry-run", file]).summary.total.valid == 50)
    #expect(try bench.pymongo.counts().isEmpty)
  }

  @Test(arguments: [["--batch-size", "1"], ["--batch-size", "7"], ["--writers", "1"], ["--writers", "16"]])
  func howItWritesChangesNothingOfWhatItWrites(options: [String]) throws {
    let seed: UInt64 = 17
    var numbers = Seeded(seed)
    let records = (1...100).flatMap { id in
      [Record.summary(id), .detail(id, athlete: 900_000_001 + id % 7)].shuffled(using: &numbers)
    }
    let mixed = try bench.folder.write(records.lines, to: "mixed.ndjson")
    let other = try TestServer.shared.uniqueDatabase()
    let plain = try bench.run([mixed])
    let told = try bench.run(options + [mixed], into: other)
    #expect(told.exitCode == 0, "seed \(seed)")
    #expect(told.summary.total == plain.summary.total, "seed \(seed)")
    let omitted = ["created_at", "updated_at", "last_activity_sync", "source.run", "source.imported_at"]
    let differences = try bench.pymongo.run(
      file: "same.py",
      ["--key-file", bench.keyFile] + omitted.flatMap { ["--omit", $0] } + [bench.database.name, other.name])
    #expect(differences == "")
  }

  @Test func originAndAthleteAreStored() throws {
    let ownerless = try bench.folder.write(Record.summary(70).without("athlete").json, to: "ownerless.json")
    #expect(try bench.run([ownerless]).rules == ["SS051"])
    #expect(try bench.run(["--origin", "api", "--athlete", "900000071", ownerless]).exitCode == 0)
    #expect(try bench.run(["--athlete", "900000001", file]).summary.activities.new == 50)
    let stored = try bench.pymongo.run(
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
    let path = try bench.folder.write((flat + [.summary(75, athlete: 900_000_072), token]).lines, to: "owned.ndjson")
    let told = try bench.run(["--athlete", "900000071", path])
    #expect(told.exitCode == 1)
    #expect(told.rules == Array(repeating: "SS056", count: 5))
    #expect(try bench.pymongo.counts()["activities", default: 0] == 0)
    #expect(try bench.run([path]).exitCode == 0)
    #expect(
      try bench.pymongo.run("print(sorted(a['athlete_id'] for a in db.activities.find()))")
        == "[900000072, 900000072, 900000072, 900000072]\n")
  }

  @Test func aTokenTakesTheAthleteAroundItOrTheOneThatIsGiven() throws {
    let token = Record.token(expires: 1_900_000_000).without("athlete")
    let keyed = try bench.folder.write("{\"900000073\": \(token.json)}", to: "keyed.json")
    let refused = try bench.run([keyed])
    #expect(refused.rules == ["SS050"])
    #expect(refused.errors.contains("--athlete 900000073"))
    #expect(!refused.errors.contains("synthetic-access"))
    #expect(try bench.run(["--athlete", "900000073", keyed]).summary.tokens.new == 1)
    let around =
      "{\"athlete\": {\"id\": 900000074}, \"auth\": {\"token\": \(token.with("expires_at", "1900000000.75").json)}}"
    let told = try bench.run([bench.folder.write(around, to: "around.json")])
    #expect(told.exitCode == 0)
    #expect(told.summary.findings == ["SS057": 1])
    let stored = try bench.pymongo.run(
      """
      for user in db.users.find().sort('strava_id'):
          print(user['strava_id'], 'access_token' in user, user['token_expires_at'].isoformat())
      """)
    #expect(stored == "900000073 True 2030-03-17T17:46:40\n900000074 True 2030-03-17T17:46:40\n")
  }

  @Test func strictRefusesWhatIsUnknown() throws {
    let records = [Record.summary(80), .summary(81).with("odd", "1"), .summary(82).with("sport_type", "\"MoonWalk\"")]
    let unknown = try bench.folder.write(records.lines, to: "unknown.ndjson")
    let strict = try bench.run(["--strict", unknown])
    #expect(strict.exitCode == 1)
    #expect(
      strict.errorFindings.map { "\($0.record ?? 0) \($0.rule) \($0.pointer)" }
        == ["2 SS040 /odd", "3 SS041 /sport_type"])
    #expect(strict.summary.activities.new == 1)
    let plain = try bench.run([unknown])
    #expect(plain.exitCode == 0)
    #expect(plain.summary.activities.new == 2)
  }

  /// Every fifth is broken. They are 15 MB, more than is under way at any time.
  static let brokenCount = 60_000
  static let broken = (1...brokenCount).map { $0 % 5 == 0 ? "{}" : Record.summary(Int64($0)).json }
    .joined(separator: "\n")

  @Test(arguments: [("3", true), ("12000", false), ("5%", true), ("25%", false)])
  func tooManyErrorsStopIt(limit: String, stops: Bool) throws {
    let broken = try bench.folder.write(Self.broken, to: "broken.ndjson")
    let told = try bench.run(["--dry-run", "--max-errors", limit, broken])
    #expect(told.exitCode == 1)
    #expect(told.summary.stopped == (stops ? "error_limit" : nil))
    #expect((told.summary.total.read < Self.brokenCount) == stops)
    #expect(told.errors.contains("--max-errors") == stops)
  }

  @Test func nothingPersonalRestsInClear() throws {
    let records = [
      Record.summary(90), .token(athlete: .athlete()), .athlete(900_000_072),
      .summary(91).with("nested", #"[{"deep": {"access_token": "synthetic-1"}}]"#),
      .summary(92).with("kudosers", #"[{"display_name": "Marin"}]"#),
      .summary(93).with("private_note", "\"\"").with("embed_token", "null"),
    ]
    let personal = try bench.folder.write(records.lines, to: "personal.ndjson")
    let told = try bench.run(["--log-level", "trace", personal])
    #expect(told.exitCode == 0)
    #expect(told.summary.activities.new == 4)
    let stored = try bench.pymongo.dump().joined(separator: "\n")
    #expect(stored.contains("Port Nemo"))
    for secret in ["synthetic-", "Marin", "\"Example\""] {
      #expect(!stored.contains(secret) && !told.errors.contains(secret), "\(secret)")
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
    let told = try ImportOutcome(StravaStore.run(["import", "--json", "--uri", bench.database.uri, file]))
    #expect(told.exitCode == 2)
    #expect(told.summary.failure?.contains("strava-store keys generate") == true)
    #expect(told.errors.contains("strava-store keys generate"))
    #expect(told.summary.total == PrintedSummary.Counts())
  }

  @Test func aKeyFileThatOthersMayReadIsRefused() throws {
    chmod(bench.keyFile, 0o644)
    let open = try bench.run([file])
    #expect(open.exitCode == 2)
    #expect(open.summary.failure?.contains("its mode is 0644") == true)
    chmod(bench.keyFile, 0o600)
    let broken = try bench.folder.write("{}", to: "broken-keys.json")
    chmod(broken, 0o600)
    for path in [bench.folder.path("no-keys.json"), broken] {
      let told = try bench.run(["--key-file", path, file])
      #expect(told.exitCode == 2, "\(path)")
      #expect(told.summary.failure?.contains(path) == true, "\(path)")
    }
    #expect(try bench.pymongo.counts()["activities", default: 0] == 0)
  }

  @Test func aServerThatIsDownIsReportedSoonAndItsPasswordNever() throws {
    let uri = "mongodb://marin:synthetic-pass@127.0.0.1:9/there?authSource=admin"
    // The driver itself would try for 30 s.
    let named = try ImportOutcome(bench.command(["--uri", uri, file]).run(timeout: .seconds(20)))
    #expect(named.exitCode == 2)
    #expect(named.errors.contains("warning: --uri contains a password"))
    #expect(named.errors.contains("MONGODB_URI"))
    #expect(named.summary.failure?.contains("127.0.0.1:9") == true)
    var command = try bench.command([file])
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
    let home = try ImportFixture(server: server)
    func database(_ uri: String, _ options: [String] = []) throws -> String {
      let told = try ImportOutcome(
        StravaStore.run(
          ["import", "--json"] + options + [file],
          environment: ["MONGODB_URI": uri, "STRAVA_STORE_KEY_FILE": home.keyFile]))
      #expect(told.summary.activities.new == 50)
      return told.summary.database
    }
    #expect(try database(server.uri) == "stravaai")
    #expect(try database("\(server.uri)/named") == "named")
    #expect(try database("\(server.uri)/named", ["--db", "stronger"]) == "stronger")
    #expect(try database("mongodb://127.0.0.1:9", ["--uri", "\(server.uri)/option"]) == "option")
    let found = try home.pymongo.run("print(sorted(set(client.list_database_names()) - {'admin', 'config', 'local'}))")
    #expect(found == "['named', 'option', 'stravaai', 'stronger']\n")
  }

  /// What a secondary says may be old, and there may be none.
  @Test func whatDecidesOverAWriteIsReadFromThePrimary() throws {
    let file = try bench.folder.write(SyntheticRecord.summary(1).json, to: "one.json")
    let set = try #require(try ServerIdentity.shared.replicaSet)
    let uri = bench.database.uri + "/?replicaSet=\(set)&readPreference=secondary"
    for verdict in [\PrintedSummary.Counts.new, \.unchanged] {
      let told = try bench.run(["--uri", uri, file])
      #expect(told.exitCode == 0)
      #expect(told.summary.activities[keyPath: verdict] == 1)
    }
  }
}
