import Findings

/// A Markdown page for a step summary or a comment: the verdict, the counts by rule and the first findings.
struct MarkdownReport: FindingReport {
  private var limit: FindingLimit
  private var rows: [String] = []

  init(_ limit: Int) { self.limit = FindingLimit(limit) }

  mutating func add(_ finding: Finding) -> String {
    if limit.admits(finding) { rows.append(row(finding)) }
    return ""
  }

  mutating func passOver(_ counts: FindingCounts, of file: String) { limit.passOver(counts) }

  mutating func end(_ outcome: ReportOutcome) -> String {
    var lines = ["## strava-store validate: \(verdict(outcome))", ""]
    lines.append("\(outcome.scope): \(outcome.severities.text).")
    if let failure = outcome.failure { lines += ["", "**\(escaped(failure))**"] }
    if !outcome.rules.isEmpty {
      lines += ["", "| rule | severity | what it means | findings |", "|---|---|---|---:|"]
      lines += outcome.rules.map {
        "| \($0.rule.rawValue) | \($0.severity.rawValue) | \(escaped($0.rule.guide.title)) | \(grouped($0.count)) |"
      }
    }
    if !rows.isEmpty { lines += ["", "| place | finding |", "|---|---|"] + rows }
    let left = limit.left
    if left.total > 0 { lines += ["", "Not listed: \(left.text)."] }
    return lines.joined(separator: "\n") + "\n"
  }

  private func verdict(_ outcome: ReportOutcome) -> String {
    switch outcome.exitCode {
    case 0: "passed"
    case 1: "failed"
    default: "not completed"
    }
  }

  private func row(_ finding: Finding) -> String {
    var location = finding.file ?? finding.document ?? ""
    if let position = finding.position { location += ":\(position.line):\(position.column)" }
    return "| \(escaped(location)) | **\(finding.severity.rawValue)** \(escaped(finding.sentence)) "
      + "\\[\(finding.rule.rawValue)\\] |"
  }

  /// Returns text with all markup escaped, so that text from an untrusted file appears unchanged.
  private func escaped(_ text: String) -> String {
    text.visible.unicodeScalars.map { scalar in
      "\\`*_{}[]<>|~&#!:@".unicodeScalars.contains(scalar) ? "\\\(scalar)" : String(scalar)
    }.joined()
  }
}
