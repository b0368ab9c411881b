import Foundation
import Support
import Testing

/// The report of `validate --db … --format json`.
struct StoredCheckOutcome {
  struct Finding: Decodable {
    let rule: String
    let severity: String
    let file: String?
    let document: String?
    let pointer: String?
  }

  struct Counts: Decodable, Equatable {
    var read = 0
    var valid = 0
    var invalid = 0
    var unfinished = 0
  }

  struct Summary: Decodable {
    let opened: Bool
    let collections: [String: Counts]
    let total: Counts
    let errors: Int
    let warnings: Int
    let notes: Int
    let findings: [String: Int]
    let failure: String?
    let stopped: String?
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case opened, collections, total, errors, warnings, notes, findings, failure, stopped
      case exitCode = "exit_code"
    }
  }

  private struct Object: Decodable {
    let findings: [Finding]
    let summary: Summary
  }

  let exitCode: Int32?
  let errors: String
  /// Everything on standard output and standard error.
  let text: String
  let findings: [Finding]
  let summary: Summary

  static func command(
    _ store: TestStore, _ arguments: [String] = [], hasKey: Bool = true, uri: String? = nil
  ) throws -> Command {
    try StravaStore.command(
      ["validate", "--format", "json", "--db", store.database.name] + arguments,
      environment: ["MONGODB_URI": uri ?? store.database.uri].merging(
        hasKey ? ["STRAVA_STORE_KEY_FILE": store.keyFile] : [:]
      ) { $1 })
  }

  init(
    _ store: TestStore, _ arguments: [String] = [], hasKey: Bool = true, isWhole: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try self.init(
      Self.command(store, arguments, hasKey: hasKey).run(), isWhole: isWhole, sourceLocation: sourceLocation)
  }

  /// Expects counts that agree with each other and with the exit code.
  ///
  /// - Parameter isWhole: True if all findings are written.
  init(_ outcome: Outcome, isWhole: Bool = true, sourceLocation: SourceLocation = #_sourceLocation) throws {
    exitCode = outcome.exitCode
    errors = outcome.errors
    text = outcome.output + outcome.errors
    let object: Object
    do {
      object = try JSONDecoder().decode(Object.self, from: Data(outcome.standardOutput))
    } catch {
      throw HarnessError("no report: \(outcome.output) \(outcome.errors)")
    }
    findings = object.findings
    summary = object.summary
    #expect(exitCode == summary.exitCode, sourceLocation: sourceLocation)
    var sum = Counts()
    for (name, counts) in summary.collections {
      #expect(
        counts.read == counts.valid + counts.invalid + counts.unfinished, "\(name)", sourceLocation: sourceLocation)
      sum = Counts(
        read: sum.read + counts.read, valid: sum.valid + counts.valid, invalid: sum.invalid + counts.invalid,
        unfinished: sum.unfinished + counts.unfinished)
    }
    #expect(sum == summary.total, sourceLocation: sourceLocation)
    let result = summary.errors + summary.warnings + summary.notes
    #expect(summary.findings.values.reduce(0, +) == result, sourceLocation: sourceLocation)
    if isWhole { #expect(findings.count == result, sourceLocation: sourceLocation) }
    #expect(findings.allSatisfy { $0.file == nil }, sourceLocation: sourceLocation)
  }

  /// The document, rule and pointer of each finding.
  var locations: [String] { findings.map { "\($0.document ?? "") \($0.rule) \($0.pointer ?? "")" }.sorted() }
}

extension TestStore {
  func count(_ collection: String) throws -> Int {
    let text = try pymongo.run("print(db[sys.argv[1]].count_documents({}))", [collection])
    return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
  }
}
