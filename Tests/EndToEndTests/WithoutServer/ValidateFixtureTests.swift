import Foundation
import Support
import Testing

/// `validate` has the verdict of the file beside every fixture.
@Suite(.waiting) struct ValidateFixtureTests {
  private static let fixtures = FixtureTests.fixtures

  @Test func validFilesAreValid() throws {
    let expected = try FixtureTests().expected()
    for (name, file) in expected.files.sorted(by: { $0.key < $1.key }) {
      let result = try ValidateOutcome(["\(Self.fixtures.path)/valid/\(name)"])
      #expect(result.exitCode == 0, "\(name)")
      #expect(result.summary.kinds.mapValues(\.read) == file.read, "\(name)")
      #expect(result.summary.total.rejected == 0, "\(name)")
      #expect(result.summary.inputs >= 1, "\(name)")
      let warnings = result.findings.filter { $0.severity != "note" }.reduce(into: [:]) { $0[$1.rule, default: 0] += 1 }
      #expect(warnings == file.warnings ?? [:], "\(name)")
    }
  }

  @Test func brokenFilesAreReportedByPosition() throws {
    // Only a store knows these.
    let storeRules: Set = ["SS052"]
    let folder = Self.fixtures.appending(path: "invalid")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { !$0.hasSuffix(".expected.json") }
    #expect(names.count > 70)
    for name in names {
      let beside = folder.appending(path: name.prefix { $0 != "." } + ".expected.json")
      let expected = try JSONDecoder().decode(FixtureTests.Broken.self, from: Data(contentsOf: beside))
        .findings.filter { !storeRules.contains($0.rule) }
      let path = folder.appending(path: name).path
      let result = try ValidateOutcome([path])
      #expect(result.exitCode == (expected.isEmpty ? 0 : 1), "\(name)")
      let errors = result.findings.filter { $0.severity == "error" }
      let wanted = expected.map { "\($0.line):\($0.column) \($0.record ?? 0) \($0.pointer ?? "") \($0.rule)" }
      let found = errors.map { "\($0.line ?? 0):\($0.column ?? 0) \($0.record ?? 0) \($0.pointer ?? "") \($0.rule)" }
      #expect(found.sorted() == wanted.sorted(), "\(name)")
      #expect(result.summary.errors == wanted.count, "\(name)")
      #expect(result.summary.total.rejected == Set(expected.compactMap(\.record)).count, "\(name)")
      #expect(errors.allSatisfy { $0.file == path && $0.offset != nil }, "\(name)")
    }
  }
}

/// The report of `validate --format json`.
struct ValidateOutcome {
  struct Finding: Decodable {
    let rule: String
    let severity: String
    let file: String?
    let line: Int?
    let column: Int?
    let offset: Int?
    let record: Int?
    let pointer: String?
    let message: String
    let snippet: String?
  }

  struct Summary: Decodable {
    struct Counts: Decodable, Equatable {
      var read = 0
      var valid = 0
      var rejected = 0
      var skipped = 0
    }
    let inputs: Int
    let kinds: [String: Counts]
    let total: Counts
    let errors: Int
    let warnings: Int
    let notes: Int
    let findings: [String: Int]
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case inputs, kinds, total, errors, warnings, notes, findings
      case exitCode = "exit_code"
    }
  }

  private struct Object: Decodable {
    let findings: [Finding]
    let summary: Summary
  }

  let exitCode: Int32?
  let findings: [Finding]
  let summary: Summary

  /// Expects counts that agree with each other and with the exit code.
  init(_ arguments: [String], input: Command.Input = .none, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let ran = try StravaStore.run(["validate", "--format", "json"] + arguments, input: input)
    exitCode = ran.exitCode
    let object: Object
    do {
      object = try JSONDecoder().decode(Object.self, from: Data(ran.standardOutput))
    } catch {
      throw HarnessError("no report: \(ran.errors)")
    }
    findings = object.findings
    summary = object.summary
    #expect(exitCode == summary.exitCode, sourceLocation: sourceLocation)
    for (kind, counts) in summary.kinds {
      #expect(counts.read == counts.valid + counts.rejected + counts.skipped, "\(kind)", sourceLocation: sourceLocation)
    }
    #expect(
      summary.findings.values.reduce(0, +) == summary.errors + summary.warnings + summary.notes,
      sourceLocation: sourceLocation)
    #expect(findings.count { $0.severity == "error" } == summary.errors, sourceLocation: sourceLocation)
    #expect(findings.count { $0.severity == "warning" } == summary.warnings, sourceLocation: sourceLocation)
  }

  var rules: [String] { findings.map(\.rule) }
}
