import Foundation
import Support
import Testing

extension TestStore {
  /// Returns the command `encrypt-migrate --json` for this database, or for `other`, with this key file.
  func migration(
    _ arguments: [String], of other: TestDatabase? = nil, uri: String? = nil, input: Command.Input = .none
  ) throws -> Command {
    let database = other ?? database
    return try StravaStore.command(
      ["encrypt-migrate", "--json", "--db", database.name] + arguments,
      environment: ["MONGODB_URI": uri ?? database.uri, "STRAVA_STORE_KEY_FILE": keyFile], input: input)
  }

  /// Runs the command to its end, and checks what every summary must satisfy.
  @discardableResult
  func migrate(
    _ arguments: [String] = [], of other: TestDatabase? = nil, uri: String? = nil, input: Command.Input = .none,
    timeout: Duration = Patience.usual, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> MigrationOutcome {
    try MigrationOutcome(
      migration(arguments, of: other, uri: uri, input: input).run(timeout: timeout), sourceLocation: sourceLocation)
  }
}

/// The exit code and the output of an `encrypt-migrate`.
struct MigrationOutcome {
  struct Counts: Decodable, Equatable {
    var read = 0
    var changed = 0
    var unchanged = 0
    var left = 0
    var gone = 0
    var unfinished = 0
    var retried = 0
    var values: [String: Int] = [:]
  }

  private struct Summary: Decodable {
    let collections: [String: Counts]
    let left: Int
    let findings: [String: Int]
    let failure: String?
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case collections, left, findings, failure
      case exitCode = "exit_code"
    }
  }

  let exitCode: Int32?
  /// The text on standard error.
  let errors: String
  let output: String
  let collections: [String: Counts]
  let left: Int
  /// The number of findings by rule.
  let findings: [String: Int]
  /// The reason why it could not finish, if there is one.
  let failure: String?

  /// Returns the sum over all collections.
  func sum(_ count: KeyPath<Counts, Int>) -> Int { collections.values.reduce(0) { $0 + $1[keyPath: count] } }

  var users: Counts { collections["users"] ?? Counts() }
  var activities: Counts { collections["activities"] ?? Counts() }

  init(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) throws {
    exitCode = outcome.exitCode
    errors = outcome.errors
    output = outcome.output
    guard let line = output.split(separator: "\n").last else {
      throw HarnessError("no summary on stdout; stderr: \(outcome.errors)")
    }
    let summary = try JSONDecoder().decode(Summary.self, from: Data(line.utf8))
    (collections, left, findings) = (summary.collections, summary.left, summary.findings)
    failure = summary.failure
    #expect(exitCode == summary.exitCode, sourceLocation: sourceLocation)
    for (name, counts) in collections {
      let settled = counts.changed + counts.unchanged + counts.left + counts.gone + counts.unfinished
      #expect(counts.read == settled, "\(name): \(counts)", sourceLocation: sourceLocation)
    }
    #expect(left == collections.values.reduce(0) { $0 + $1.left }, sourceLocation: sourceLocation)
  }
}
