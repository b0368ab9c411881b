import Foundation
import Support
import Testing

/// What is sealed shows nowhere in clear: 1,000 records with a value of its own under every classed key, at several
/// depths, and a search that finds those under other keys wherever they are (Tests/Interop/canaries.py).
@Suite(.waitingLong) struct CanaryTests {
  private static let classes = ["secret", "identity", "location", "health"]
  private static let tracing = ["--log-level", "trace"]

  static let policies: [(sealed: [String], options: [String])] = [
    (["secret", "identity"], []), (classes, ["--seal", "location,health"]),
  ]

  @Test(arguments: policies)
  func importingLeavesNoneInTheDatabaseOrItsFiles(policy: (sealed: [String], options: [String])) throws {
    let server = try TestServer()
    let canaries = try Canaries(ImportFixture(server: server))
    let rejects = canaries.bench.folder.path("rejects.ndjson")
    let command = try canaries.bench.command(
      Self.tracing + policy.options + ["--rejects", rejects, canaries.records, canaries.broken])
    let told = try canaries.watched(command.start())
    let summary = try ImportOutcome(told.outcome)
    #expect(summary.exitCode == 1)
    #expect(summary.summary.total.new == 1000)
    #expect(summary.summary.total.rejected > 500)

    // Not even of a class that rests in clear.
    let said = try canaries.search(told.files + [rejects])
    #expect(said.isFree(of: Self.classes + ["whole", "dropped", "rejected", "key"]), "\(said)")

    let stored = try canaries.search(["documents"])
    #expect(stored.isFree(of: policy.sealed + ["whole", "dropped", "rejected", "key"]), "\(stored)")
    // Of classes that rest in clear, a user's responses are sealed all the same.
    let inClear = Self.classes.filter { !policy.sealed.contains($0) }
    #expect(stored.hasAll(of: ["open"]) && stored.hasSome(of: inClear), "\(stored)")
    let opened = try canaries.search(["opened"])
    #expect(opened.hasAll(of: Self.classes + ["open", "whole"]), "\(opened)")

    let folder = try #require(server.dataFolder)
    try server.stop()
    let files = try canaries.search([folder])
    #expect(files.isFree(of: policy.sealed + ["whole", "dropped", "rejected", "key"]), "\(files)")
    #expect(files.hasAll(of: ["open"]) && files.hasSome(of: inClear), "\(files)")
  }

  @Test(arguments: ["text", "json", "jsonl", "github", "sarif", "junit", "markdown"])
  func noFindingShowsOne(format: String) throws {
    let canaries = try Canaries(ImportFixture())
    let checked = try StravaStore.run(
      ["validate", "--format", format, "--max-findings", "100000", canaries.records, canaries.broken])
    #expect(checked.exitCode == 1)
    #expect(checked.standardOutput.count + checked.standardError.count > 5000)
    let files = [
      try canaries.bench.folder.write(checked.standardOutput, to: "stdout"),
      try canaries.bench.folder.write(checked.standardError, to: "stderr"),
    ]
    let said = try canaries.search(files)
    #expect(said.isFree(of: Self.classes + ["dropped", "rejected"]), "\(said)")
  }

  @Test(arguments: policies)
  func migratingLeavesNoneInTheDocuments(policy: (sealed: [String], options: [String])) throws {
    // A server of its own: other tests would have to wait for the many updates of large documents.
    let server = try TestServer()
    defer { try? server.kill() }
    let canaries = try Canaries(ImportFixture(server: server))
    try canaries.python(["platform"])
    let inClear = Self.classes.filter { !policy.sealed.contains($0) }
    #expect(try canaries.search(["documents"]).hasAll(of: Self.classes + ["open", "whole"]))

    var said: [String] = []
    func migrate(_ options: [String]) throws -> MigrationOutcome {
      let told = try canaries.watched(canaries.bench.migration(Self.tracing + options).start())
      said += told.files
      return try MigrationOutcome(told.outcome)
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

    // The same records come again, now from a dump.
    let again = try canaries.watched(canaries.bench.command(Self.tracing + [canaries.records]).start())
    #expect(again.outcome.exitCode == 0)
    #expect(try canaries.search(["documents"]).isFree(of: policy.sealed + ["dropped", "key"]))
    let loud = try canaries.search(said + again.files)
    #expect(loud.isFree(of: Self.classes + ["dropped", "key"]), "\(loud)")
  }
}

/// The canaries of one test, and what searches for them.
struct Canaries {
  let bench: ImportFixture
  var records: String { bench.folder.path("records.ndjson") }
  var broken: String { bench.folder.path("broken.ndjson") }

  init(_ bench: ImportFixture) throws {
    self.bench = bench
    try python(["make"])
  }

  /// How many canaries of each class were found, and how many there are.
  struct Found: Decodable {
    let found: [String: Int]
    let of: [String: Int]

    func isFree(of classes: [String]) -> Bool { classes.allSatisfy { found[$0] == 0 } }
    func hasSome(of classes: [String]) -> Bool { classes.allSatisfy { (found[$0] ?? 0) > 10_000 } }
    func hasAll(of classes: [String]) -> Bool { classes.allSatisfy { (found[$0] ?? 0) > 100 && found[$0] == of[$0] } }
  }

  func search(_ places: [String]) throws -> Found {
    let text = try python(["search", "--key-file", bench.keyFile], places)
    return try JSONDecoder().decode(Found.self, from: Data(text.utf8))
  }

  @discardableResult
  func python(_ arguments: [String], _ places: [String] = []) throws -> String {
    try bench.pymongo.run(file: "canaries.py", arguments + [bench.folder.path] + places)
  }

  /// What a program said, and what its arguments and its environment were while it ran, as files.
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
    // The listing is the program's own: its arguments name the key file.
    #expect(listing.range(of: Data(bench.keyFile.utf8)) != nil)
    let number = UUID().uuidString
    return (
      outcome,
      [
        try bench.folder.write(outcome.standardOutput, to: "said/\(number).stdout"),
        try bench.folder.write(outcome.standardError, to: "said/\(number).stderr"),
        try bench.folder.write(listing, to: "said/\(number).listing"),
      ]
    )
  }
}
