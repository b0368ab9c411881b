import Foundation
import Support
import Testing

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
