import Findings
import Foundation

/// The JSON form of a finding.
struct FindingObject: Encodable {
  let rule: String
  let severity: String
  let file: String?
  let document: String?
  let line: Int?
  let column: Int?
  let offset: Int?
  let record: Int?
  let pointer: String?
  let message: String
  let snippet: String?

  init(_ finding: Finding) {
    rule = finding.rule.rawValue
    severity = finding.severity.rawValue
    file = finding.file
    document = finding.document
    line = finding.position?.line
    column = finding.position?.column
    offset = finding.position?.offset
    record = finding.record
    pointer = finding.pointer
    message = finding.message
    snippet = finding.snippet
  }
}

/// Returns a value as one line of JSON, with its members in alphabetical order.
public func jsonLine(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  } catch {
    preconditionFailure("texts and finite numbers can be encoded: \(error)")
  }
}

/// A report that is one JSON object: `findings`, with one finding per line, and `summary`.
struct JSONReport: FindingReport {
  private var limit: FindingLimit
  private var isFirst = true

  init(_ limit: Int) { self.limit = FindingLimit(limit) }

  mutating func begin() -> String { "{\"findings\": [" }

  mutating func add(_ finding: Finding) -> String {
    guard limit.admits(finding) else { return "" }
    defer { isFirst = false }
    return (isFirst ? "\n" : ",\n") + jsonLine(FindingObject(finding))
  }

  mutating func passOver(_ counts: FindingCounts, of file: String) { limit.passOver(counts) }

  mutating func end(_ outcome: ReportOutcome) -> String {
    "\n],\n\"unwritten\": \(limit.left.total),\n\"summary\": \(outcome.summary)}\n"
  }
}

/// A report with one JSON object per finding, one per line.
struct JSONLinesReport: FindingReport {
  private var limit: FindingLimit

  init(_ limit: Int) { self.limit = FindingLimit(limit) }

  mutating func add(_ finding: Finding) -> String {
    limit.admits(finding) ? jsonLine(FindingObject(finding)) + "\n" : ""
  }

  mutating func passOver(_ counts: FindingCounts, of file: String) { limit.passOver(counts) }

  mutating func end(_ outcome: ReportOutcome) -> String { "" }
}
