import Findings

/// A writer that converts findings into a format for other programs. Each call returns the next piece of the text, so
/// the memory used does not depend on the length of the report. JUnit is the exception, because its counts come before
/// its findings.
///
/// The same calls always return the same bytes: the output contains nothing about the time, the machine or the threads.
public protocol FindingReport: Sendable {
  mutating func begin() -> String
  /// Begins the findings of an input or a collection.
  mutating func input(_ name: String) -> String
  mutating func add(_ finding: Finding) -> String
  /// Counts findings of a file that are not written.
  mutating func passOver(_ counts: FindingCounts, of file: String)
  mutating func end(_ outcome: ReportOutcome) -> String
}

extension FindingReport {
  public mutating func begin() -> String { "" }
  public mutating func input(_ name: String) -> String { "" }
}

/// The result of a check.
public struct ReportOutcome: Sendable {
  /// The objects that were checked and the result, as text: "148 records in 3 inputs, 2 rejected".
  public var scope: String
  /// The counts of all findings, including those that were not written.
  public var severities: SeverityCounts
  public var rules: [RuleCount]
  public var exitCode: Int32
  /// The reason why the check is incomplete, as text for the user.
  public var failure: String?
  /// The JSON object that `--json` prints, on one line.
  public var summary: String

  public struct RuleCount: Sendable {
    public var rule: Rule
    public var severity: Severity
    public var count: Int

    public init(rule: Rule, severity: Severity, count: Int) {
      self.rule = rule
      self.severity = severity
      self.count = count
    }
  }

  public init(
    scope: String, severities: SeverityCounts, rules: [RuleCount], exitCode: Int32, failure: String?, summary: String
  ) {
    self.scope = scope
    self.severities = severities
    self.rules = rules
    self.exitCode = exitCode
    self.failure = failure
    self.summary = summary
  }
}

/// The number of findings of each severity.
public struct SeverityCounts: Sendable, Equatable {
  public var errors = 0
  public var warnings = 0
  public var notes = 0

  public init() {}

  public subscript(severity: Severity) -> Int {
    get {
      switch severity {
      case .error: errors
      case .warning: warnings
      case .note: notes
      }
    }
    set {
      switch severity {
      case .error: errors = newValue
      case .warning: warnings = newValue
      case .note: notes = newValue
      }
    }
  }

  public var total: Int { errors + warnings + notes }

  mutating func add(_ counts: FindingCounts) {
    for severity in [Severity.error, .warning, .note] { self[severity] += counts.total(severity) }
  }

  /// Returns the number of findings with at least this severity.
  public func atLeast(_ severity: Severity) -> Int {
    [Severity.error, .warning, .note].filter { $0 >= severity }.reduce(0) { $0 + self[$1] }
  }

  /// The counts as text, such as "2 errors, 1 warning, 0 notes".
  public var text: String {
    [counted(errors, "error"), counted(warnings, "warning"), counted(notes, "note")].joined(separator: ", ")
  }
}

/// A limit on the findings of each severity. Findings beyond the limit are only counted.
public struct FindingLimit: Sendable {
  private let most: Int
  private var seen = SeverityCounts()

  public init(_ most: Int) { self.most = most }

  public mutating func admits(_ finding: Finding) -> Bool {
    seen[finding.severity] += 1
    return seen[finding.severity] <= most
  }

  /// Returns the number of findings of this severity that are still below the limit.
  public func remaining(for severity: Severity) -> Int { max(0, most - seen[severity]) }

  /// Counts findings that are not written.
  public mutating func passOver(_ counts: FindingCounts) { seen.add(counts) }

  /// The number of findings of each severity that were not written.
  var left: SeverityCounts {
    var left = SeverityCounts()
    for severity in [Severity.error, .warning, .note] { left[severity] = max(0, seen[severity] - most) }
    return left
  }
}
