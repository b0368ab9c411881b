import Findings

/// Explains the rules: what each finding means, why it matters and how to fix it.
public enum FindingsPage {
  /// Returns one rule as plain text.
  public static func text(_ rule: Rule) -> String {
    let guide = rule.guide
    return """
      \(rule.rawValue) \(guide.title) (\(rule.severity.rawValue))

      Why: \(guide.why)

      How to fix: \(guide.fix)

      \(guide.example.form.caption):
      \(indented(guide.example.input))

      Corrected:
      \(indented(guide.example.corrected))
      """
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
  }

  /// Returns all rules as a page in Markdown.
  public static func markdown() -> String {
    var lines = [
      "# Findings", "",
      "Look up the rule of a finding here, or in the terminal. The rule is the id in brackets at the end of each finding:",
      "", "```sh", "strava-store validate --explain SS005", "```", "",
      "An *error* rejects its record, and the exit code is 1. A *warning* or a *note* does neither. Rule ids are stable,",
      "and the id of a removed rule is never used again.", "",
      "Each rule has an example and its corrected form. Corrected commands run after the example's commands, in the same",
      "directory.", "",
      "<!-- Rendered by `make findings` from Sources/Findings/Rule+*Guide.swift. -->", "",
    ]
    for rule in Rule.allCases {
      let guide = rule.guide
      let (example, language) = (guide.example, guide.example.form.language)
      lines += [
        "## \(rule.rawValue): \(guide.title)", "", "*\(rule.severity.rawValue)*", "", guide.why, "",
        "**How to fix:** \(guide.fix)", "",
        "**\(example.form.caption):**", "", "```\(language)", example.input, "```", "",
        "**Corrected:**", "", "```\(language)", example.corrected, "```", "",
      ]
    }
    return lines.dropLast().joined(separator: "\n") + "\n"
  }
}

extension RuleExample.Form {
  fileprivate var caption: String {
    switch self {
    case .file: "Example file"
    case .importedFile: "Example file, reported by import only"
    case .commands: "Example commands"
    case .database: "Example in the database"
    }
  }

  /// The language of the fenced code block.
  fileprivate var language: String {
    switch self {
    case .file, .importedFile: "json"
    case .commands: "sh"
    case .database: "js"
    }
  }
}
