import Findings

/// Findings on their way into a form that other programs read. Each call gives the next piece of the text, so that
/// a report of any length needs no memory (but for JUnit, whose counts stand first).
///
/// Same calls, same bytes: nothing of the time, the machine or the threads goes in.
public protocol FindingReport: Sendable {
  mutating func begin() -> String
  /// The input, or the collection, whose findings follow.
  mutating func input(_ name: String) -> String
  mutating func add(_ finding: Finding) -> String
  /// Counts findings of a file that are not added.
  mutating func passOver(_ counts: FindingCounts, of file: String)
  mutating func end(_ outcome: ReportOutcome) -> String
}

extension FindingReport {
  public mutating func begin() -> String { "" }
  public mutating func input(_ name: String) -> String { "" }
}

/// How a check ended.
public struct ReportOutcome: Sendable {
  /// What was checked, and the result in words: "148 records in 3 inputs, 2 rejected".
  public var scope: String
  /// All findings, those too that were not written.
  public var severities: SeverityCounts
  public var rules: [RuleCount]
  public var exitCode: Int32
  /// Why the check is not whole, in words for the user.
  public var failure: String?
  /// The object that `--json` prints, in one line.
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

/// A count for each severity.
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

  /// Those that weigh as much, or more.
  public func atLeast(_ severity: Severity) -> Int {
    [Severity.error, .warning, .note].filter { $0 >= severity }.reduce(0) { $0 + self[$1] }
  }

  /// As people say it: `2 errors, 1 warning, 0 notes`.
  public var text: String {
    [counted(errors, "error"), counted(warnings, "warning"), counted(notes, "note")].joined(separator: ", ")
  }
}

/// Lets a number of findings of each severity through, and counts the rest.
public struct FindingLimit: Sendable {
  private let most: Int
  private var seen = SeverityCounts()

  public init(_ most: Int) { self.most = most }

  public mutating func admits(_ finding: Finding) -> Bool {
    seen[finding.severity] += 1
    return seen[finding.severity] <= most
  }

  /// How many more of this severity are let through.
  public func room(for severity: Severity) -> Int { max(0, most - seen[severity]) }

  /// Counts findings that are not let through.
  public mutating func passOver(_ counts: FindingCounts) { seen.add(counts) }

  /// Those not let through.
  var left: SeverityCounts {
    var left = SeverityCounts()
    for severity in [Severity.error, .warning, .note] { left[severity] = max(0, seen[severity] - most) }
    return left
  }
}
