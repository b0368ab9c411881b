import Foundation
import Support
import Testing

/// A database, a key file and a folder that one test imports into and shares with no other test.
struct ImportFixture {
  let folder: TemporaryFolder
  let database: TestDatabase

  var keyFile: String { folder.path("keys.json") }
  var pymongo: PyMongo { database.pymongo }

  /// - Parameter server: The server to use; the shared one if nil.
  init(server: TestServer? = nil) throws {
    folder = try TemporaryFolder()
    database = try (server ?? TestServer.shared).uniqueDatabase()
    let made = try StravaStore.run(["keys", "generate", "--key-file", keyFile])
    guard made.exitCode == 0 else { throw HarnessError("no key file: \(made.errors)") }
  }

  /// Returns the command `import --json` with this key file, into this database or into `other`.
  func command(
    _ arguments: [String], into other: TestDatabase? = nil, input: Command.Input = .none
  ) throws -> Command {
    let database = other ?? database
    return try StravaStore.command(
      ["import", "--json", "--db", database.name] + arguments,
      environment: ["MONGODB_URI": database.uri, "STRAVA_STORE_KEY_FILE": keyFile], directory: folder.path,
      input: input)
  }

  /// Runs the command to its end, and checks what every summary must fulfill.
  @discardableResult
  func run(
    _ arguments: [String], into other: TestDatabase? = nil, input: Command.Input = .none,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ImportOutcome {
    try ImportOutcome(command(arguments, into: other, input: input).run(), sourceLocation: sourceLocation)
  }

  /// Returns the number of documents by collection; `stubs` are users with an id alone, and `users` excludes them.
  func stored() throws -> [String: Int] {
    let text = try pymongo.run(
      """
      stub = {"raw_data": {"$exists": False}}
      stubs = db.users.count_documents(stub)
      print(json.dumps({
        "activities": db.activities.count_documents({}), "insights": db.insights.count_documents({}),
        "users": db.users.count_documents({}) - stubs, "stubs": stubs}))
      """)
    return try JSONDecoder().decode([String: Int].self, from: Data(text.utf8))
  }
}

/// The exit code and the output of an import.
struct ImportOutcome {
  let exitCode: Int32?
  /// The text on standard error.
  let errors: String
  let summary: PrintedSummary
  /// The errors and warnings in the order in which they were shown.
  let findings: [ShownFinding]

  /// Expects one JSON object on standard output, whose sums agree with each other and with the exit code.
  init(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) throws {
    exitCode = outcome.exitCode
    errors = outcome.errors
    summary = try JSONDecoder().decode(PrintedSummary.self, from: outcome.onlyLine())
    findings = errors.split(separator: "\n").compactMap(ShownFinding.init)
    #expect(exitCode == summary.exitCode, sourceLocation: sourceLocation)
    #expect(summary.contradiction == nil, sourceLocation: sourceLocation)
  }

  var errorFindings: [ShownFinding] { findings.filter { $0.severity == "error" } }
  var rules: [String] { errorFindings.map(\.rule) }
}

/// A finding as a line on standard error.
struct ShownFinding: Equatable {
  let file: String
  let line: Int?
  let column: Int?
  let severity: String
  let message: String
  let record: Int?
  /// The pointer, or "" if the line shows none.
  let pointer: String
  let rule: String

  /// Nil for a line that is not a finding.
  init?(_ text: Substring) {
    let line = /(.*?)(?::(\d+):(\d+))?: (error|warning|note): (.*?)(?: \(record (\d+)(?:, (\/.*))?\))? \[(SS\d{3})\]/
    guard let found = text.wholeMatch(of: line)?.output else { return nil }
    file = String(found.1)
    self.line = found.2.flatMap { Int($0) }
    column = found.3.flatMap { Int($0) }
    severity = String(found.4)
    message = String(found.5)
    record = found.6.flatMap { Int($0) }
    pointer = found.7.map(String.init) ?? ""
    rule = String(found.8)
  }
}
