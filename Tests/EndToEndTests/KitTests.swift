import Foundation
import Support
import Testing

/// The kit for the platform's backend (docs/platform/strava_store.py): it reads what the program sealed, the program
/// recognizes what it wrote, and neither loses a write of the other.
@Suite(.waiting) struct KitTests {
  enum Form: CaseIterable { case specification, platform }

  /// Returns a database that has settings of a form and nothing else.
  private func emptyStore(_ form: Form) throws -> TestStore {
    let store = try TestStore()
    switch form {
    case .specification: #expect(try store.run([store.file("[]", "empty.json")]).exitCode == 0)
    case .platform: #expect(try store.migrate(["--adopt"]).exitCode == 0)
    }
    return store
  }

  /// Runs Tests/Interop/kit.py, which prints differences, and last the number of comparisons.
  private func kit(_ test: String, _ store: TestStore, _ arguments: String..., atLeast least: Int) throws {
    let lines = try store.pymongo.run(file: "kit.py", [test, store.keyFile] + arguments).split(separator: "\n")
    #expect(lines.count == 1, "\(lines.prefix(10))")
    #expect(try #require(lines.last.flatMap { Int($0) }) >= least)
  }

  @Test func itReadsWhatTheProgramSealed() throws {
    let store = try TestStore()
    #expect(try store.run([KeysFixture.fixtures]).exitCode == 0)
    try kit("read", store, atLeast: 200)
  }

  /// The same records, stored by the kit, give the documents of an import, and import finds nothing to do.
  @Test(arguments: Form.allCases)
  func theProgramRecognizesWhatItWrote(_ form: Form) throws {
    let imported = try TestStore()
    #expect(try imported.run([KeysFixture.fixtures]).exitCode == 0)
    let store = try emptyStore(form)
    let (every, first) = (Soak.size(3, soak: 1), form == .platform ? Soak.size(1, soak: 0) : 0)
    try kit("copy", store, imported.database.name, "\(every)", "\(first)", atLeast: 2000)
    let stored =
      "print(*sorted(d['strava_activity_id'] for d in db.activities.find({'source.file': 'strava_store.py'})))"
    let before = try store.pymongo.run(stored)
    #expect(before.split(separator: " ").count >= 60)
    let again = try store.run([KeysFixture.fixtures]).summary
    #expect(try store.pymongo.run(stored) == before)
    #expect(again.activities.unchanged >= 60)
    #expect(again.athletes.new + again.athletes.updated == 0 && again.tokens.new + again.tokens.updated == 0)
    let verified = try store.migrate(["--verify"])
    #expect(verified.exitCode == 0, "\(verified.errors)")
  }

  @Test func itFollowsThePageAboutSealing() throws { try kit("format", TestStore(), atLeast: 30) }

  @Test(arguments: Form.allCases)
  func itHasTheGuardsOfImport(_ form: Form) throws { try kit("guards", emptyStore(form), atLeast: 25) }

  @Test(arguments: Form.allCases)
  func itStoresNothingThatWasErased(_ form: Form) throws { try kit("erased", emptyStore(form), atLeast: 10) }

  @Test func itIsUsableBesideMotor() throws { try kit("motor", emptyStore(.platform), atLeast: 2) }

  /// Four processes write the same documents while the database is sealed, by one policy and then by a wider one, its
  /// keys are rotated, and dumps are imported.
  @Test func fourBackendsLoseNothing() throws {
    let store = try TestStore(hasOwnKeys: true)
    let fernet = Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
    let urlSafe = fernet.replacing("+", with: "-").replacing("/", with: "_")
    let fernetFile = try store.folder.write(urlSafe + "\n", to: "fernet.keys")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: fernetFile)
    try store.pymongo.run(file: "kit_writers.py", ["seed", store.keyFile, urlSafe])
    #expect(
      try store.untrue("all(u['access_token'][:5] == 'gAAAA' and type(u['firstname']) is str for u in db.users.find())")
        == [])
    #expect(try store.migrate(["--adopt"]).exitCode == 0)

    let writers = try (0..<4).map {
      try store.pymongo.start(file: "kit_writers.py", ["write", store.keyFile, urlSafe, "\($0)", "4"])
    }
    while !writers.allSatisfy({ $0.outputSoFar.contains("writing") }) {
      for writer in writers where !writer.isRunning { throw HarnessError("a writer ended: \(writer.errorsSoFar)") }
      Thread.sleep(forTimeInterval: 0.01)
    }
    let environment = ["MONGODB_URI": store.database.uri, "STRAVA_STORE_KEY_FILE": store.keyFile]
    let dump = try store.folder.write(
      try store.pymongo.run(
        """
        sys.path.insert(0, sys.argv[1])
        import kit_writers
        print(json.dumps([kit_writers.summary(number, 9) for number in range(60)]))
        """, [Checkout.root.appending(path: "Tests/Interop").path]), to: "dump.json")
    for _ in 0..<Soak.size(1, soak: 20) {
      for command in [
        ["encrypt-migrate", "--fernet-key-file", fernetFile], ["keys", "rotate-data", "--all"], ["import", dump],
        ["encrypt-migrate", "--seal", "health"], ["index", "--yes"], ["keys", "rotate-master"],
        ["keys", "rotate-data", "--all"],
      ] {
        let done = try StravaStore.run(command + ["--db", store.database.name], environment: environment)
        #expect(done.exitCode == 0, "\(command): \(done.errors)")
      }
    }
    var files: [String] = []
    for writer in writers {
      #expect(writer.isRunning)
      writer.send(SIGTERM)
      let ended = try writer.wait()
      #expect(ended.exitCode == 0, "\(ended.errors)")
      files.append(try store.folder.write(ended.output, to: "writer-\(files.count)"))
    }

    // Each of them has sealed what it wrote, under the newest keys, so that nothing is left to do.
    let verified = try store.migrate(["--verify"])
    #expect(verified.exitCode == 0, "\(verified.errors)")
    let left = try store.python(
      """
      newest = {k['strava_id']: bytes(k['_id']) for k in db.data_keys.find().sort('version')}
      for name in ('users', 'activities'):
          for d in db[name].find():
              for path, envelope in open_sealed.sealed_fields(d):
                  if open_sealed.key_id(envelope) != newest[d.get('athlete_id', d['strava_id'])]: print(name, d['_id'], path)
      """)
    #expect(left == "")
    let result = try store.pymongo.run(file: "kit_writers.py", ["check", store.keyFile] + files).split(separator: "\n")
    #expect(result.count == 1, "\(result.prefix(5))")
    #expect(try #require(result.last.flatMap { Int($0) }) > 50)
  }
}
