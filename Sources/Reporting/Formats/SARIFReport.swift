import Findings

/// A report in SARIF 2.1.0, as GitHub code scanning reads it.
struct SARIFReport: FindingReport {
  private static let rules = Rule.allCases
  private static let indexes = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1, $0) })

  private let paths: ReportPaths
  private let version: String
  private var limit: FindingLimit
  private var isFirst = true

  init(_ limit: Int, _ paths: ReportPaths, _ version: String) {
    self.limit = FindingLimit(limit)
    self.paths = paths
    self.version = version
  }

  mutating func begin() -> String {
    let driver = SARIFDriver(
      name: "strava-store", semanticVersion: version, rules: Self.rules.map(SARIFRule.init))
    let base = ["%SRCROOT%": ["description": SARIFText("The folder in which the check ran.")]]
    return """
      {"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [{
      "columnKind": "unicodeCodePoints",
      "originalUriBaseIds": \(jsonLine(base)),
      "tool": \(jsonLine(["driver": driver])),
      "results": [
      """
  }

  mutating func add(_ finding: Finding) -> String {
    guard limit.admits(finding) else { return "" }
    defer { isFirst = false }
    let result = SARIFResult(finding, index: Self.indexes[finding.rule] ?? -1, uri: finding.file.map(paths.uri))
    return (isFirst ? "\n" : ",\n") + jsonLine(result)
  }

  mutating func passOver(_ counts: FindingCounts, of file: String) { limit.passOver(counts) }

  mutating func end(_ outcome: ReportOutcome) -> String {
    let invocation = SARIFInvocation(
      executionSuccessful: outcome.exitCode <= 1, exitCode: Int(outcome.exitCode),
      toolExecutionNotifications: outcome.failure.map {
        [SARIFInvocation.Notification(level: "error", message: SARIFText($0))]
      })
    let left = ["unwritten": limit.left.total]
    return "\n],\n\"invocations\": [\(jsonLine(invocation))],\n\"properties\": \(jsonLine(left))\n}]}\n"
  }
}

// MARK: Elements of the format (with the names of the SARIF standard)

struct SARIFText: Encodable {
  let text: String

  init(_ text: String) { self.text = text }
}

struct SARIFDriver: Encodable {
  let name: String
  let semanticVersion: String
  let rules: [SARIFRule]
}

struct SARIFRule: Encodable {
  struct Configuration: Encodable {
    let level: String
  }
  struct Help: Encodable {
    let text: String
    let markdown: String
  }

  let id: String
  let name: String
  let shortDescription: SARIFText
  let fullDescription: SARIFText
  let help: Help
  let defaultConfiguration: Configuration

  init(_ rule: Rule) {
    let guide = rule.guide
    id = rule.rawValue
    name = rule.name
    shortDescription = SARIFText(guide.title)
    fullDescription = SARIFText(guide.why)
    help = Help(text: "\(guide.why)\n\(guide.fix)", markdown: "\(guide.why)\n\n**How to fix:** \(guide.fix)")
    defaultConfiguration = Configuration(level: rule.severity.rawValue)
  }
}

struct SARIFResult: Encodable {
  struct Location: Encodable {
    struct Physical: Encodable {
      struct Artifact: Encodable {
        let uri: String
        let uriBaseId: String?
      }
      struct Region: Encodable {
        let startLine: Int
        let startColumn: Int
        let snippet: SARIFText?
      }
      let artifactLocation: Artifact
      let region: Region?
    }
    struct Logical: Encodable {
      let fullyQualifiedName: String
    }
    /// The location in a file; nil if the finding is about a stored document.
    let physicalLocation: Physical?
    let logicalLocations: [Logical]?
  }
  struct Properties: Encodable {
    let record: Int?
    let pointer: String?
    let offset: Int?
  }

  let ruleId: String
  let ruleIndex: Int
  let level: String
  let message: SARIFText
  let locations: [Location]?
  let properties: Properties

  init(_ finding: Finding, index: Int, uri: String?) {
    ruleId = finding.rule.rawValue
    ruleIndex = index
    level = finding.severity.rawValue
    message = SARIFText(finding.sentence)
    properties = Properties(record: finding.record, pointer: finding.pointer, offset: finding.position?.offset)
    if let document = finding.document {
      let name = document + (finding.pointer ?? "")
      locations = [Location(physicalLocation: nil, logicalLocations: [.init(fullyQualifiedName: name)])]
      return
    }
    locations = uri.map { uri in
      let isRelative = !uri.hasPrefix("file:")
      let artifact = Location.Physical.Artifact(uri: uri, uriBaseId: isRelative ? "%SRCROOT%" : nil)
      let region = finding.position.map { position in
        Location.Physical.Region(
          startLine: position.line, startColumn: position.column,
          snippet: finding.snippet.flatMap { $0.split(separator: "\n").first }.map { SARIFText(String($0)) })
      }
      let pointer = finding.pointer.flatMap { $0.isEmpty ? nil : [Location.Logical(fullyQualifiedName: $0)] }
      return [
        Location(physicalLocation: .init(artifactLocation: artifact, region: region), logicalLocations: pointer)
      ]
    }
  }
}

struct SARIFInvocation: Encodable {
  struct Notification: Encodable {
    let level: String
    let message: SARIFText
  }

  let executionSuccessful: Bool
  let exitCode: Int
  let toolExecutionNotifications: [Notification]?
}
