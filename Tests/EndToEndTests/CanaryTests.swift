import Foundation
import Support
import Testing

/// Sealed values are nowhere visible: 1,000 records have a random value under every classed key, at several depths. The
/// same search finds the values under unclassed keys wherever they are (Tests/Interop/canaries.py).
@Suite(.waitingLong) struct CanaryTests {
  private static let classes = ["secret", "identity", "location", "health"]
  private static let tracing = ["--log-level", "trace"]

  static let policies: [(sealed: [String], options: [String])] = [
    (["secret", "identity"], []), (classes, ["--seal", "location,health"]),
  ]

  @Test(arguments: policies)
  func importingLeavesNoneInTheDatabaseOrItsFiles(policy: (sealed: [String], options: [String])) throws {
    let server = try TestServer()
    let canaries = try Canaries(TestStore(on: server, hasOwnKeys: true))
    let rejects = canaries.store.folder.path("rejects.ndjson")
    let command = try canaries.store.command(
      Self.tracing + policy.options + ["--rejects", rejects, canaries.records, canaries.broken])
    let result = try canaries.watched(command.start())
    let summary = try ImportOutcome(result.outcome)
    #expect(summary.exitCode == 1)
    #expect(summary.summary.total.new == 1000)
    #expect(summary.summary.total.rejected > 500)

    // This includes the classes that are stored in clear.
    let output = try canaries.search(result.files + [rejects])
    #expect(output.isFree(of: Self.classes + ["whole", "dropped", "rejected", "key"]), "\(output)")

    let stored = try canaries.search(["documents"])
    #expect(stored.isFree(of: policy.sealed + ["whole", "dropped", "rejected", "key"]), "\(stored)")
    // A user's responses are sealed whole, including the classes that are stored in clear.
    let inClear = Self.classes.filter { !policy.sealed.contains($0) }
    #expect(stored.hasAll(of: ["open"]) && stored.hasSome(of: inClear), "\(stored)")
    let decrypted = try canaries.search(["opened"])
    #expect(decrypted.hasAll(of: Self.classes + ["open", "whole"]), "\(decrypted)")

    let folder = try #require(server.dataFolder)
    try server.stop()
    let files = try canaries.search([folder])
    #expect(files.isFree(of: policy.sealed + ["whole", "dropped", "rejected", "key"]), "\(files)")
    #expect(files.hasAll(of: ["open"]) && files.hasSome(of: inClear), "\(files)")
  }

  @Test(arguments: ["text", "json", "jsonl", "github", "sarif", "junit", "markdown"])
  func noFindingShowsOne(format: String) throws {
    let canaries = try Canaries(TestStore(hasOwnKeys: true))
    let checked = try StravaStore.run(
      ["validate", "--format", format, "--max-findings", "100000", canaries.records, canaries.broken])
    #expect(checked.exitCode == 1)
    #expect(checked.standardOutput.count + checked.standardError.count > 5000)
    let files = [
      try canaries.store.folder.write(checked.standardOutput, to: "stdout"),
      try canaries.store.folder.write(checked.standardError, to: "stderr"),
    ]
    let output = try canaries.search(files)
    #expect(output.isFree(of: Self.classes + ["dropped", "rejected"]), "\(output)")
  }

  @Test(arguments: policies)
  func migratingLeavesNoneInTheDocuments(policy: (sealed: [String], options: [String])) throws {
    // A private server, because other tests would have to wait for the many updates of large documents.
    let server = try TestServer()
    defer { try? server.kill() }
    let canaries = try Canaries(TestStore(on: server, hasOwnKeys: true))
    try canaries.python(["platform"])
    let inClear = Self.classes.filter { !policy.sealed.contains($0) }
    #expect(try canaries.search(["documents"]).hasAll(of: Self.classes + ["open", "whole"]))

    var output: [String] = []
    func migrate(_ options: [String]) throws -> MigrationOutcome {
      let result = try canaries.watched(canaries.store.migration(Self.tracing + options).start())
      output += result.files
      return try MigrationOutcome(result.outcome)
    }
    #expect(try migrate(["--dry-run"] + policy.options).exitCode == 0)
    let before = try migrate(["--verify"] + policy.options)
    #expect(before.exitCode == 1)
    #expect(before.left == 1000)
    let done = try migrate(policy.options)
    #expect(done.exitCode == 0, "\(done.errors.suffix(3000))")
    #expect(try migrate(["--verify"]).exitCode == 0)

    let stored = try canaries.search(["documents"])
    #expect(stored.isFree(of: policy.sealed + ["key"]), "\(stored)")
    #expect(stored.hasAll(of: ["open"]) && stored.hasSome(of: inClear), "\(stored)")
    #expect(try canaries.search(["opened"]).hasAll(of: Self.classes + ["open", "whole"]))

    // The same records are imported again, now from a dump.
    let again = try canaries.watched(canaries.store.command(Self.tracing + [canaries.records]).start())
    #expect(again.outcome.exitCode == 0)
    #expect(try canaries.search(["documents"]).isFree(of: policy.sealed + ["dropped", "key"]))
    let loud = try canaries.search(output + again.files)
    #expect(loud.isFree(of: Self.classes + ["dropped", "key"]), "\(loud)")
  }
}

/// The canaries of one test, and the search for them.
struct Canaries {
  let store: TestStore
  var records: String { store.folder.path("records.ndjson") }
  var broken: String { store.folder.path("broken.ndjson") }

  init(_ store: TestStore) throws {
    self.store = store
    try python(["make"])
  }

  /// Returns how many canaries of each class were found, and how many there are.
  struct Found: Decodable {
    let found: [String: Int]
    let of: [String: Int]

    func isFree(of classes: [String]) -> Bool { classes.allSatisfy { found[$0] == 0 } }
    func hasSome(of classes: [String]) -> Bool { classes.allSatisfy { (found[$0] ?? 0) > 10_000 } }
    func hasAll(of classes: [String]) -> Bool { classes.allSatisfy { (found[$0] ?? 0) > 100 && found[$0] == of[$0] } }
  }

  func search(_ locations: [String]) throws -> Found {
    let text = try python(["search", "--key-file", store.keyFile], locations)
    return try JSONDecoder().decode(Found.self, from: Data(text.utf8))
  }

  @discardableResult
  func python(_ arguments: [String], _ locations: [String] = []) throws -> String {
    try store.pymongo.run(file: "canaries.py", arguments + [store.folder.path] + locations)
  }

  /// Files with the output of a program, and with its arguments and environment while it ran.
  func watched(_ command: RunningCommand) throws -> (outcome: Outcome, files: [String]) {
    var listed: Set<Data> = []
    while command.isRunning {
      for name in ["cmdline", "environ"] {
        let path = "/proc/\(command.processIdentifier)/\(name)"
        if let bytes = FileManager.default.contents(atPath: path) { listed.insert(bytes) }
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
    let outcome = try command.wait()
    let listing = listed.reduce(Data()) { $0 + $1 + [0x0A] }
    // The captured arguments and environment are the program's, because they name the key file.
    #expect(listing.range(of: Data(store.keyFile.utf8)) != nil)
    let number = UUID().uuidString
    return (
      outcome,
      [
        try store.folder.write(outcome.standardOutput, to: "output/\(number).stdout"),
        try store.folder.write(outcome.standardError, to: "output/\(number).stderr"),
        try store.folder.write(listing, to: "output/\(number).listing"),
      ]
    )
  }
}
