import Glibc

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

  /// Severities of rules for the files whose paths match a pattern.
  public struct PathLevels: Sendable, Equatable {
    private let pattern: String
    private let folder: String
    fileprivate let levels: [Rule: Level]

    /// - Parameters:
    ///   - pattern: a shell pattern. Without a slash, it matches a name at any depth.
    ///   - folder: the absolute path of the folder that paths with a slash start from.
    public init(pattern: String, folder: String, levels: [(rule: Rule, level: Level)]) {
      self.pattern = pattern.hasPrefix("./") ? String(pattern.dropFirst(2)) : pattern
      self.folder = folder.hasSuffix("/") ? folder : folder + "/"
      self.levels = Dictionary(levels.map { ($0.rule, $0.level) }) { $1 }
    }

    /// - Parameter path: the absolute path of a file, or of a member of an archive.
    fileprivate func matches(_ path: String) -> Bool {
      guard path.hasPrefix(folder) else { return false }
      let inner = path.dropFirst(folder.count)
      if pattern.contains("/") { return fnmatch(pattern, String(inner), 0) == 0 }
      return inner.split(separator: "/").contains { fnmatch(pattern, String($0), 0) == 0 }
    }
  }

  private var levels: [Rule: Level] = [:]
  private var paths: [PathLevels] = []
  /// The rules whose severity no path changes.
  private var fixed: Set<Rule> = []

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
  public var isStandard: Bool { levels.isEmpty && paths.isEmpty }

  public mutating func set(_ rule: Rule, to level: Level) { levels[rule] = level }

  /// Sets the severity of a rule for all files, whatever their paths are.
  public mutating func fix(_ rule: Rule, to level: Level) {
    levels[rule] = level
    fixed.insert(rule)
  }

  /// Adds severities for some files. For the same file and rule, the last addition counts.
  public mutating func add(_ some: PathLevels) { paths.append(some) }

  /// Returns the settings for one file.
  ///
  /// - Parameter file: the path as the user wrote it, or `-` for standard input.
  public func settings(forFile file: String) -> RuleSettings {
    if paths.isEmpty { return self }
    var settings = self
    settings.paths = []
    let path = Self.absolute(file)
    for some in paths where some.matches(path) {
      for (rule, level) in some.levels where !fixed.contains(rule) { settings.levels[rule] = level }
    }
    return settings
  }

  private static func absolute(_ file: String) -> String {
    var parts: [Substring] = []
    let current = getcwd(nil, 0)
    defer { free(current) }
    let start = file.hasPrefix("/") ? "" : current.map { String(cString: $0) } ?? ""
    for part in (start + "/" + file).split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Returns the severity of a rule; nil if the rule is off.
  public func severity(of rule: Rule) -> Severity? {
    guard !levels.isEmpty, let level = levels[rule] else { return rule.severity }
    return level.severity
  }

  /// Returns the findings with their severities in these settings, without those whose rule is off.
  public func weighed(_ findings: [Finding]) -> [Finding] {
    isStandard ? findings : findings.compactMap(weighed)
  }

  /// Returns the finding with its severity in these settings; nil if its rule is off.
  public func weighed(_ finding: Finding) -> Finding? {
    if !paths.isEmpty, let file = finding.file { return settings(forFile: file).weighed(finding) }
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
