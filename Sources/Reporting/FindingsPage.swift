import Findings

/// The rules for people: what each finding means, why it matters, how to mend it.
public enum FindingsPage {
  /// One rule as plain text.
  public static func text(_ rule: Rule) -> String {
    let guide = rule.guide
    return """
      \(rule.rawValue) \(guide.title) (\(rule.severity.rawValue))

      Why: \(guide.why)
      How to mend: \(guide.mend)
      """
  }

  /// All rules as a page in Markdown.
  public static func markdown() -> String {
    var lines = [
      "# Findings", "",
      "What `strava-store` finds wrong, or worth knowing, by the rule in brackets at the end of each line it prints. Ids are",
      "stable: one that goes is not used again. An error rejects its record and the exit code is 1; a warning or a note does",
      "not. `strava-store validate --explain SS012` prints an entry.", "",
      "<!-- Rendered by `make findings` from Sources/Findings/RuleGuide*.swift. -->", "",
    ]
    for rule in Rule.allCases {
      let guide = rule.guide
      lines += [
        "## \(rule.rawValue): \(guide.title)", "", "*\(rule.severity.rawValue)*", "", guide.why, "",
        "**How to mend:** \(guide.mend)", "",
      ]
    }
    return lines.dropLast().joined(separator: "\n") + "\n"
  }
}
