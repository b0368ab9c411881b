import Findings

/// A finding as one line of text, in the format of compilers: location, severity, message, rule.
public struct FindingText {
  private let hasColor: Bool

  public init(hasColor: Bool) { self.hasColor = hasColor }

  public func render(_ finding: Finding) -> String {
    var location = (finding.file ?? finding.document ?? "").visible
    if let position = finding.position { location += ":\(position.line):\(position.column)" }
    var text = location.isEmpty ? "" : "\(location): "
    text += paint("\(finding.severity.rawValue):", finding.severity) + " \(finding.sentence)"
    text += " [\(finding.rule.rawValue)]"
    if let snippet = finding.snippet {
      text += "\n" + snippet.split(separator: "\n").map { "  | \($0.visibleInColumns)" }.joined(separator: "\n")
    }
    return text
  }

  private func paint(_ text: String, _ severity: Severity) -> String {
    guard hasColor else { return text }
    let code =
      switch severity {
      case .error: "31"
      case .warning: "33"
      case .note: "36"
      }
    return "\u{1B}[1;\(code)m\(text)\u{1B}[0m"
  }
}

extension Finding {
  /// The message, followed by the record number and the pointer inside the record.
  var sentence: String {
    var inside = record.map { ["record \($0)"] } ?? []
    if let pointer, !pointer.isEmpty { inside.append(pointer.visible) }
    return message.visible + (inside.isEmpty ? "" : " (\(inside.joined(separator: ", ")))")
  }
}

/// A printer that shows each finding when it is reported, up to a limit for each severity. The limit keeps the summary
/// visible even after a million findings. The counts include all findings.
public struct FindingPrinter {
  private let console: Console
  private let text: FindingText
  private let isQuiet: Bool
  private var limit: FindingLimit

  /// - Parameter isQuiet: whether notes are omitted.
  public init(_ console: Console, isQuiet: Bool, limit: Int = 100) {
    self.console = console
    self.isQuiet = isQuiet
    self.limit = FindingLimit(limit)
    text = FindingText(hasColor: console.hasColor)
  }

  /// Returns the number of findings of this severity that may still be shown. The number never grows.
  public func remaining(for severity: Severity) -> Int {
    isQuiet && severity == .note ? 0 : limit.remaining(for: severity)
  }

  public mutating func show(_ finding: Finding) {
    if isQuiet, finding.severity == .note { return }
    if limit.admits(finding) {
      console.print(text.render(finding))
    } else if limit.left[finding.severity] == 1 {
      printOmission(finding.severity)
    }
  }

  /// Counts findings that are not shown.
  public mutating func passOver(_ counts: FindingCounts) {
    let before = limit.left
    limit.passOver(counts)
    for severity in [Severity.error, .warning, .note] where !(isQuiet && severity == .note) {
      if before[severity] == 0, limit.left[severity] > 0 { printOmission(severity) }
    }
  }

  private func printOmission(_ severity: Severity) {
    console.print("more \(severity.rawValue)s follow; they are counted but not shown")
  }
}
