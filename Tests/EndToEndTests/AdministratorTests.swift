import Foundation
import Support
import Testing

/// What an administrator meets: commands that were killed, values that others changed, and many keys.
@Suite(.waiting) struct AdministratorTests {
  private func generation(_ fixture: KeysFixture, _ value: String) throws {
    try fixture.pymongo.run("db.store_settings.update_one({}, {'$set': {'generation': \(value)}})")
  }

  // MARK: Generation

  @Test(arguments: [
    "'seven'", "bson.Int64(2**63 - 1)", "1.5", "None",
  ])
  func aGenerationThatCannotBeIncreasedIsReportedBeforeAnythingIsDone(value: String) throws {
    let fixture = try KeysFixture(withFixtures: ())
    let athlete = try fixture.athleteWithToken()
    try generation(fixture, value)
    let before = try fixture.pymongo.dump()
    for task in [
      ["keys", "rotate-data", "--all"], ["keys", "destroy", "--athlete", athlete], ["keys", "rotate-master"],
      ["keys", "purge"], ["encrypt-migrate", "--seal", "location"], ["import", KeysFixture.fixtures],
    ] {
      let refused = try fixture.run(task, input: .text("\(athlete)\ndestroy\n"))
      #expect(refused.exitCode == 2, "\(task)")
      #expect(refused.errors.contains("the generation in the sealing settings"), "\(task): \(refused.errors)")
      #expect(try fixture.pymongo.dump() == before, "\(task)")
    }
    let status = try fixture.keys("status")
    #expect(status.exitCode == 2 && status.printed.masters?.count == 1, "\(status.errors)")
    #expect(try fixture.run(["export", "users", "--decrypt"]).exitCode == 0, "reading needs no generation")
    // The advice of the message.
    try generation(fixture, "bson.Int64(1764500000000)")
    #expect(try fixture.keys("rotate-data", "--athlete", athlete).exitCode == 0)
  }

  @Test func aGenerationOfAnyTypeOfNumberIsIncreased() throws {
    let fixture = try KeysFixture(withFixtures: ())
    for value in ["3", "3.0", "bson.Int64(2**53 - 1)"] {
      try generation(fixture, value)
      #expect(try fixture.keys("rotate-data", "--all").exitCode == 0, "\(value)")
    }
  }

  // MARK: Destroying again

  @Test func destroyingAgainEndsWithSuccessUnlessNobodyHasThatId() throws {
    let fixture = try KeysFixture(withFixtures: ())
    let athlete = try fixture.athleteWithToken()
    func destroy(_ athlete: String) throws -> KeysOutcome {
      try fixture.keys("destroy", "--athlete", athlete, input: .text("\(athlete)\ndestroy\n"))
    }
    #expect(try destroy(athlete).done("data_keys_deleted") == 1)
    let again = try destroy(athlete)
    #expect(again.exitCode == 0 && again.done("data_keys_deleted") == 0, "\(again.errors)")
    let unknown = try destroy("424242")
    #expect(unknown.exitCode == 1 && unknown.printed.findings == ["SS078": 1], "\(unknown.errors)")
  }

  // MARK: Duplicates

  @Test func aDuplicateIdStopsOnlyItsOwnDocumentsFromBeingSealed() throws {
    let store = try TestStore()
    try store.python(
      """
      names = ['Ada', 'Bea', 'Cleo']
      db.users.insert_many([{'strava_id': bson.Int64(id), 'firstname': name, 'schema_version': 1}
          for id, name in [(1, 'Ada'), (2, 'Bea'), (2, 'Bea'), (3, 'Cleo')]])
      db.activities.insert_many([{'strava_activity_id': bson.Int64(id), 'athlete_id': bson.Int64(3), 'private_note': note}
          for id, note in [(10, 'a'), (11, 'b'), (11, 'c')]])
      """)
    let done = try store.migrate()
    #expect(done.exitCode == 1, "\(done.errors)")
    #expect(done.findings == ["SS082": 4])
    let sealed = try store.python(
      """
      print([type(u['firstname']).__name__ for u in db.users.find().sort('strava_id')],
            [type(a['private_note']).__name__ for a in db.activities.find().sort('strava_activity_id')])
      """)
    #expect(sealed == "['Binary', 'str', 'str', 'Binary'] ['Binary', 'str', 'str']\n")
    #expect(try store.migrate(["--verify"]).exitCode == 1)

    try store.python("db.users.delete_one({'strava_id': 2}); db.activities.delete_one({'strava_activity_id': 11})")
    #expect(try store.migrate().exitCode == 0)
    #expect(try store.migrate(["--verify"]).exitCode == 0)
  }

  // MARK: Verification

  @Test func verificationNamesWhatWasReadAndWhatWasNot() throws {
    let fixture = try KeysFixture(withFixtures: ())
    try fixture.pymongo.run("db.sessions.insert_one({'email': 'ada@example.org'}); db.audit_log.insert_one({})")
    let all = try fixture.run(["encrypt-migrate", "--verify"])
    #expect(all.exitCode == 0)
    #expect(all.errors.contains("not read: audit_log, sessions"), "\(all.errors)")
    #expect(all.errors.contains("is in clear in users, activities, and insights"), "\(all.errors)")
    let one = try fixture.run(["encrypt-migrate", "--verify", "--collection", "users", "--json"])
    #expect(one.errors.contains("not read: activities, audit_log, insights, sessions"), "\(one.errors)")
    #expect(one.output.contains(#""not_read":["activities","audit_log","insights","sessions"]"#), "\(one.output)")
  }

  @Test func keysVerifyChecksBlindIndexes() throws {
    let fixture = try KeysFixture(withFixtures: ())
    #expect(try fixture.keys("verify").exitCode == 0)
    try fixture.pymongo.run(
      """
      users = [u['_id'] for u in db.users.find({'access_token_hash': {'$exists': True}}).sort('_id')]
      db.users.update_one({'_id': users[0]}, {'$unset': {'access_token_hash': ''}})
      db.users.update_one({'_id': users[1]}, {'$set': {'access_token_hash': bson.Binary(bytes(32))}})
      """)
    let wrong = try fixture.keys("verify")
    #expect(wrong.exitCode == 1 && wrong.printed.findings == ["SS073": 2], "\(wrong.errors)")
    #expect(try fixture.run(["encrypt-migrate"]).exitCode == 0)
    #expect(try fixture.keys("verify").exitCode == 0)
  }

  // MARK: Many masters

  @Test func fiveHundredMastersAreCheckedAtOnce() throws {
    let fixture = try KeysFixture(withFixtures: ())
    var json = try fixture.keyFile()
    var masters = try #require(json["masters"] as? [String: String])
    for number in 0..<499 {
      let id = String(format: "%08x-%04x-7000-8000-%012x", 0x0180_0000 + number, number, number)
      masters[id] = Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
    }
    json["masters"] = masters
    try fixture.writeKeyFile(json)
    let began = ContinuousClock.now
    let status = try fixture.keys("status")
    #expect(status.exitCode == 0 && status.printed.masters?.count == 500, "\(status.errors)")
    #expect(ContinuousClock.now - began < .seconds(5))
  }

  // MARK: Audit

  @Test func eachRunWithKeysAddsOneLineWithoutAnyValue() throws {
    let fixture = try KeysFixture(withFixtures: ())
    let athlete = try fixture.athleteWithToken()
    let audit = fixture.store.folder.path("audit.ndjson")
    let runs: [([String], String, Int32)] = [
      (["export", "users", "--decrypt", "--audit", audit], "export --decrypt", 0),
      (["keys", "verify", "--audit", audit], "keys verify", 0),
      (["validate", "--audit", audit], "validate --db", 1),
      (["keys", "rotate-master", "--audit", audit], "keys rotate-master", 0),
      (["encrypt-migrate", "--verify", "--audit", audit], "encrypt-migrate --verify", 0),
      (["import", KeysFixture.fixtures, "--audit", audit], "import", 0),
      (["keys", "destroy", "--athlete", athlete, "--audit", audit], "keys destroy", 0),
      (["keys", "verify", "--audit", audit], "keys verify", 1),
    ]
    var clear = ""
    for (arguments, _, code) in runs {
      let outcome = try fixture.run(arguments, input: .text("\(athlete)\ndestroy\n"))
      #expect(outcome.exitCode == code, "\(arguments): \(outcome.errors)")
      if arguments[0] == "export" { clear = outcome.output }
    }
    #expect(try FileManager.default.attributesOfItem(atPath: audit)[.posixPermissions] as? Int == 0o600)
    let text = String(decoding: try fixture.store.folder.read("audit.ndjson"), as: UTF8.self)
    let lines = try text.split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(lines.map { $0["command"] as? String } == runs.map(\.1))
    #expect(lines.map { $0["exit_code"] as? Int } == runs.map { Int($0.2) })
    #expect(lines.allSatisfy { $0["user"] as? String == NSUserName() && $0["time"] is String })
    #expect(lines.allSatisfy { $0["database"] as? String == fixture.store.database.name })
    #expect((lines[0]["values_decrypted"] as? Int ?? 0) > 10)
    #expect(lines[0]["master_keys"] as? [String] != [] && lines[0]["destroyed_key_count"] as? Int == 0)
    #expect(lines[0]["data_key_count"] as? Int == (lines[0]["data_keys"] as? [String])?.count)
    #expect((lines[6]["destroyed_keys"] as? [String])?.count == 1 && lines[6]["destroyed_key_count"] as? Int == 1)
    for secret in clear.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where secret.count > 12 {
      #expect(!text.contains(secret))
    }
    #expect(!text.contains(athlete))

    let refused = try fixture.run(["keys", "verify", "--audit", fixture.store.folder.path("none/audit")])
    #expect(refused.exitCode == 2 && refused.errors.contains("cannot open the audit file"), "\(refused.errors)")
    #expect(try fixture.run(["keys", "verify", "--audit", "/dev/full"]).exitCode == 2)
  }

  // MARK: Leftovers

  @Test func leftoversOfKilledExportsAreNamed() throws {
    let fixture = try ExportFixture(importing: [Checkout.root.appending(path: "fixtures/valid").path])
    let path = fixture.folder.path("users.ndjson")
    try fixture.folder.write("half", to: ".users.ndjson.3F2504E0.partial")
    try fixture.folder.write("half", to: ".users.ndjson.gz.3F2504E0.partial")
    let outcome = try fixture.command(["users", "-o", path]).run()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("SS120") && outcome.errors.contains(".users.ndjson.3F2504E0.partial"))
    #expect(!outcome.errors.contains(".users.ndjson.gz"))
    #expect(try fixture.names().contains(".users.ndjson.3F2504E0.partial"), "nothing of others is deleted")
  }

  // MARK: Crashes

  @Test(arguments: [SIGABRT, SIGSEGV])
  func aCrashLeavesNoMemoryBehind(number: Int32) throws {
    let folder = try TemporaryFolder()
    let running = try StravaStore.command(
      ["validate", "-"], environment: ["SWIFT_BACKTRACE": "enable=yes,color=no,registers=all"], directory: folder.path,
      input: .unfinished(Array("[".utf8))
    ).start()
    // The limit is set before anything is read.
    let limits = "/proc/\(running.processIdentifier)/limits"
    let deadline = ContinuousClock.now + .seconds(20)
    var text = ""
    repeat {
      text = (try? String(contentsOfFile: limits, encoding: .utf8)) ?? ""
      usleep(20_000)
    } while text.firstMatch(of: /Max core file size +0 +0/) == nil && ContinuousClock.now < deadline
    #expect(text.firstMatch(of: /Max core file size +0 +0/) != nil, "\(text)")
    usleep(200_000)
    kill(running.processIdentifier, number)
    let outcome = try running.wait()
    #expect(outcome.termination == .signalled(number), "\(outcome.errors)")
    #expect(outcome.standardError.isEmpty, "\(outcome.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }
}
