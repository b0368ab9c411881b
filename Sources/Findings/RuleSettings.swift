/// What each rule weighs in one check: its own severity, unless somebody asked for another.
public struct RuleSettings: Sendable, Equatable {
  public enum Level: String, Sendable, CaseIterable {
    /// The rule is not told at all.
    case off
    case note, warning, error

    var severity: Severity? { Severity(rawValue: rawValue) }
  }

  private var levels: [Rule: Level] = [:]

  public init() {}

  /// Every rule at its own severity.
  public static let standard = RuleSettings()

  /// Fields and values that are not known are errors.
  public static let strict: RuleSettings = {
    var settings = RuleSettings()
    settings.set(.unknownField, to: .error)
    settings.set(.unknownValue, to: .error)
    return settings
  }()

  /// Whether every rule has its own severity.
  public var isStandard: Bool { levels.isEmpty }

  public mutating func set(_ rule: Rule, to level: Level) { levels[rule] = level }

  /// Nil where the rule is off.
  public func severity(of rule: Rule) -> Severity? {
    guard !levels.isEmpty, let level = levels[rule] else { return rule.severity }
    return level.severity
  }

  /// The findings as they weigh here, without those whose rule is off.
  public func weighed(_ findings: [Finding]) -> [Finding] {
    levels.isEmpty ? findings : findings.compactMap(weighed)
  }

  /// The finding as it weighs here; nil where its rule is off.
  public func weighed(_ finding: Finding) -> Finding? {
    guard !levels.isEmpty, let level = levels[finding.rule] else { return finding }
    guard let severity = level.severity else { return nil }
    var weighed = finding
    weighed.severity = severity
    return weighed
  }
}

extension Rule {
  /// False where nothing more can be said of what the rule is about: text that cannot be read is never right, and an
  /// input that cannot be opened was not checked.
  public var canBeSet: Bool {
    switch self {
    case .syntax, .truncated, .invalidUTF8, .loneSurrogate, .duplicateKey, .nulInKey, .tooDeep, .inexactNumber,
      .tooLarge, .notJSON, .notAnObject, .unreadable, .sealedReject, .wrongKey:
      false
    default: true
    }
  }
}
