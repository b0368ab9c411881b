import Findings

/// A JUnit report, as CI servers show test results. Each input or collection is one test case.
struct JUnitReport: FindingReport {
  private struct Case {
    let name: String
    /// The findings that make the test case fail, and the findings that do not.
    var failures: [Finding] = []
    var others: [Finding] = []
    /// The numbers of findings that are counted but not written.
    var leftFailures = 0
    var leftOthers = 0

    var isBroken: Bool { failures.contains { $0.rule.isEnvironment } }
    var isFailed: Bool { !failures.isEmpty || leftFailures > 0 }
  }

  private let failLevel: Severity
  private var limit: FindingLimit
  private var cases: [Case] = []
  private var indexes: [String: Int] = [:]

  init(_ limit: Int, _ failLevel: Severity) {
    self.limit = FindingLimit(limit)
    self.failLevel = failLevel
  }

  mutating func input(_ name: String) -> String {
    _ = index(of: name)
    return ""
  }

  mutating func add(_ finding: Finding) -> String {
    let collection = finding.document?.prefix { $0 != "/" }
    let at = index(of: finding.file ?? collection.map(String.init) ?? "inputs")
    let isFailure = finding.severity >= failLevel || finding.rule.isEnvironment
    switch (limit.admits(finding), isFailure) {
    case (true, true): cases[at].failures.append(finding)
    case (true, false): cases[at].others.append(finding)
    case (false, true): cases[at].leftFailures += 1
    case (false, false): cases[at].leftOthers += 1
    }
    return ""
  }

  mutating func passOver(_ counts: FindingCounts, of file: String) {
    limit.passOver(counts)
    let at = index(of: file)
    for severity in [Severity.error, .warning, .note] {
      let count = counts.total(severity)
      if severity >= failLevel { cases[at].leftFailures += count } else { cases[at].leftOthers += count }
    }
  }

  private mutating func index(of name: String) -> Int {
    if let index = indexes[name] { return index }
    indexes[name] = cases.count
    cases.append(Case(name: name))
    return cases.count - 1
  }

  mutating func end(_ outcome: ReportOutcome) -> String {
    let errors = cases.count { $0.isBroken }
    let failures = cases.count { $0.isFailed } - errors
    let counts = "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\""
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    lines.append("<testsuites name=\"strava-store validate\" \(counts)>")
    lines.append("  <testsuite name=\"strava-store validate\" \(counts) skipped=\"0\">")
    for one in cases { lines += xml(one) }
    lines += ["  </testsuite>", "</testsuites>", ""]
    return lines.joined(separator: "\n")
  }

  private func xml(_ one: Case) -> [String] {
    let head = "    <testcase classname=\"validate\" name=\"\(escaped(one.name.visible))\""
    guard one.isFailed || !one.others.isEmpty || one.leftOthers > 0 else { return [head + "/>"] }
    var lines = [head + ">"]
    if one.isFailed {
      let count = one.failures.count + one.leftFailures
      let message = (count == 1 ? one.failures.first?.message : nil) ?? counted(count, "finding")
      let rules = Set(one.failures.map(\.rule.rawValue)).sorted().joined(separator: " ")
      let element = one.isBroken ? "error" : "failure"
      lines.append("      <\(element) message=\"\(escaped(message.visible))\" type=\"\(escaped(rules))\">")
      lines.append(text(one.failures, left: one.leftFailures) + "</\(element)>")
    }
    if !one.others.isEmpty || one.leftOthers > 0 {
      lines.append("      <system-out>" + text(one.others, left: one.leftOthers) + "</system-out>")
    }
    return lines + ["    </testcase>"]
  }

  private func text(_ findings: [Finding], left: Int) -> String {
    let plain = FindingText(hasColor: false)
    let lines = findings.map { escaped(plain.render($0)) } + (left > 0 ? ["\(counted(left, "more finding"))"] : [])
    return lines.joined(separator: "\n")
  }

  /// Returns text with invisible characters shown as escapes, because XML cannot represent most control characters.
  /// Element text keeps its line breaks. Attributes have no line breaks left, because the caller makes them visible
  /// first.
  private func escaped(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(\.visible).joined(separator: "\n")
      .unicodeScalars.map { scalar in
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "\u{FFFE}", "\u{FFFF}": "\u{FFFD}"
        default: String(scalar)
        }
      }.joined()
  }
}
