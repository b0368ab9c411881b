import Findings

/// Annotations in the format that GitHub Actions reads from the output of a step (workflow commands).
struct GitHubReport: FindingReport {
  /// The maximum number of errors, of warnings and of notices in one step. GitHub silently drops the rest.
  static let mostAnnotations = 10

  private let most: Int
  private let paths: ReportPaths
  private var seen = SeverityCounts()
  /// The last annotation within the limit. It is written late, because a count of the omitted findings may replace it.
  private var held: [Severity: Finding] = [:]

  init(_ limit: Int, _ paths: ReportPaths) {
    most = min(limit, Self.mostAnnotations)
    self.paths = paths
  }

  mutating func add(_ finding: Finding) -> String {
    seen[finding.severity] += 1
    if seen[finding.severity] == most { held[finding.severity] = finding }
    return seen[finding.severity] < most ? annotation(finding) : ""
  }

  mutating func passOver(_ counts: FindingCounts, of file: String) { seen.add(counts) }

  mutating func end(_ outcome: ReportOutcome) -> String {
    [Severity.error, .warning, .note].map { severity in
      let left = seen[severity] - most + 1
      guard left > 0 else { return "" }
      if left == 1, let finding = held[severity] { return annotation(finding) }
      let rest = "\(counted(left, "more \(severity.rawValue)")); the summary counts all of them"
      return "::\(command(severity)) title=strava-store::\(data(rest))\n"
    }.joined()
  }

  private func annotation(_ finding: Finding) -> String {
    var properties: [String] = []
    if let file = finding.file { properties.append("file=\(property(paths.relative(file).visible))") }
    if let position = finding.position { properties.append("line=\(position.line),col=\(position.column)") }
    properties.append("title=\(property("\(finding.rule.rawValue) \(finding.rule.guide.title)"))")
    // GitHub cannot show an annotation on a stored document, because no file contains it.
    let sentence = (finding.document.map { "\($0.visible): " } ?? "") + finding.sentence
    return "::\(command(finding.severity)) \(properties.joined(separator: ","))::\(data(sentence))\n"
  }

  private func command(_ severity: Severity) -> String { severity == .note ? "notice" : severity.rawValue }

  private func data(_ text: String) -> String {
    text.replacing("%", with: "%25").unicodeScalars.map { scalar in
      switch scalar {
      case "\r": "%0D"
      case "\n": "%0A"
      default: String(scalar)
      }
    }.joined()
  }

  private func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
