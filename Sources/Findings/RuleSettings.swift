/// The severity of each rule in one check: the severity of the rule itself, unless the user chose another one.
///
/// ```swift
/// var settings = RuleSettings.strict
/// settings.set(.unknownValue, to: .off)
/// settings.severity(of: .unknownField)  // .error
/// settings.weighed(findings)  // without those of unknown values, and with the severities of these settings
/// ```
public struct RuleSettings: Sendable, Equatable {
  public enum Level: String, Sendable, CaseIterable {
    /// Findings of the rule are not reported.
    case off
    case note, warning, error

    var severity: Severity? { Severity(rawValue: rawValue) }
  }

  private var levels: [Rule: Level] = [:]

  public init() {}

  /// Settings in which every rule has its own severity.
  public static let standard = RuleSettings()

  /// Settings in which unknown fields and values are errors.
  public static let strict: RuleSettings = {
    var settings = RuleSettings()
    settings.set(.unknownField, to: .error)
    settings.set(.unknownValue, to: .error)
    return settings
  }()

  /// Whether every rule has its own severity.
  public var isStandard: Bool { levels.isEmpty }

  public mutating func set(_ rule: Rule, to level: Level) { levels[rule] = level }

  /// Returns the severity of a rule; nil if the rule is off.
  public func severity(of rule: Rule) -> Severity? {
    guard !levels.isEmpty, let level = levels[rule] else { return rule.severity }
    return level.severity
  }

  /// Returns the findings with their severities in these settings, without those whose rule is off.
  public func weighed(_ findings: [Finding]) -> [Finding] {
    levels.isEmpty ? findings : findings.compactMap(weighed)
  }

  /// Returns the finding with its severity in these settings; nil if its rule is off.
  public func weighed(_ finding: Finding) -> Finding? {
    guard !levels.isEmpty, let level = levels[finding.rule] else { return finding }
    guard let severity = level.severity else { return nil }
    var weighed = finding
    weighed.severity = severity
    return weighed
  }
}

extension Rule {
  /// False for rules whose severity cannot be changed: text that cannot be read is never valid, and an input that
  /// cannot be opened was not checked.
  public var canBeSet: Bool {
    switch self {
    case .syntax, .truncated, .invalidUTF8, .loneSurrogate, .duplicateKey, .nulInKey, .tooDeep, .inexactNumber,
      .tooLarge, .notJSON, .notAnObject, .unreadable, .sealedReject, .wrongKey, .badRow, .unknownHeader,
      .archiveWithoutAthlete, .athletesDisagree:
      false
    default: true
    }
  }
}
