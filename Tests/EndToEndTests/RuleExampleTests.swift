import Foundation
import Support
import Testing

/// The examples of docs/findings.md: the first one of a rule causes a finding of that rule and no other, and the
/// corrected one causes none of that rule.
@Suite(.waiting) struct RuleExampleTests {
  private static let page = Result {
    try RuleExamples(String(contentsOf: Checkout.root.appending(path: "docs/findings.md"), encoding: .utf8))
  }

  /// Rules whose findings need a database with a history, another key file, a leftover of a killed program, or a program
  /// that writes at the same time.
  private static let notRun: Set = ["SS015", "SS062", "SS075", "SS076", "SS077", "SS078", "SS085", "SS120"]

  @Test func everyRuleHasAnExample() throws {
    let examples = try Self.page.get()
    #expect(examples.rules.count > 60)
    #expect(examples.rules == examples.all.map(\.rule))
    #expect(examples.all.allSatisfy { !$0.input.isEmpty && !$0.corrected.isEmpty && $0.input != $0.corrected })
  }

  @Test func examplesOfFilesAreTrue() throws {
    let examples = try Self.page.get().all.filter { $0.form == "Example file" }
    #expect(examples.count > 40)
    for example in examples {
      let folder = try TemporaryFolder()
      let input = try ValidateOutcome([folder.write(example.input, to: "input.json")])
      #expect(Set(input.rules) == [example.rule], "\(example.rule)")
      let corrected = try ValidateOutcome([folder.write(example.corrected, to: "corrected.json")])
      #expect(corrected.exitCode == 0, "\(example.rule)")
      #expect(corrected.rules == [], "\(example.rule)")
      #expect(corrected.summary.total.valid > 0, "\(example.rule)")
    }
  }

  @Test func examplesOfCommandsAreTrue() throws {
    let examples = try Self.page.get().all.filter { $0.form == "Example commands" }
    #expect(Self.notRun.isSubset(of: examples.map(\.rule)))
    for example in examples where !Self.notRun.contains(example.rule) {
      let folder = try TemporaryFolder()
      let input = try findings(of: example.input, in: folder)
      #expect(Set(input) == [example.rule], "\(example.rule)")
      let corrected = try findings(of: example.corrected, in: folder)
      #expect(!corrected.contains(example.rule), "\(example.rule)")
    }
  }

  /// `validate` accepts these, because it does not know the database.
  @Test func examplesOfImportsAreTrue() throws {
    let examples = try Self.page.get().all.filter { $0.form == "Example file, reported by import only" }
    #expect(examples.map(\.rule) == ["SS052", "SS053", "SS055"])
    for example in examples {
      for (text, isReported) in [(example.input, true), (example.corrected, false)] {
        let store = try TestStore()
        let file = try store.folder.write(text, to: "example.json")
        let outcome = try store.command([file]).run()
        let output = outcome.output + outcome.errors
        #expect(output.contains(example.rule) == isReported, "\(example.rule) \(output)")
        let rules = Set(output.matches(of: /SS\d{3}/).map { String($0.0) })
        #expect(rules == (isReported ? [example.rule] : []), "\(example.rule)")
      }
    }
  }

  /// Returns the rules of the findings when a script runs the program once.
  private func findings(of script: String, in folder: TemporaryFolder) throws -> [String] {
    let paths = [URL(filePath: StravaStore.path).deletingLastPathComponent().path, "/usr/bin", "/bin"]
    let outcome = try Command(
      "/bin/sh", ["-c", script], environment: ["PATH": paths.joined(separator: ":")], directory: folder.path
    ).run()
    #expect(outcome.errors.contains("errors,") || outcome.errors.contains("error,"), "\(outcome.errors)")
    return outcome.errors.split(separator: "\n").compactMap { ShownFinding($0)?.rule }
  }
}

/// Returns the rules and examples of a page in Markdown.
private struct RuleExamples {
  struct Example {
    let rule: String
    /// The text above the example.
    let form: String
    let input: String
    let corrected: String
  }

  let rules: [String]
  let all: [Example]

  init(_ page: String) throws {
    let block = "```\\w+\\n(.*?)\\n```\\n"
    let example = try Regex<(Substring, Substring, Substring, Substring, Substring)>(
      "(?ms)^## (SS\\d{3}): (?:(?!^## ).)*?^\\*\\*(Example [^*]*):\\*\\*\\n\\n\(block)\\n\\*\\*Corrected:\\*\\*\\n\\n\(block)"
    )
    rules = page.matches(of: #/(?m)^## (SS\d{3}): /#).map { String($0.1) }
    all = page.matches(of: example).map {
      Example(rule: String($0.1), form: String($0.2), input: String($0.3), corrected: String($0.4))
    }
  }
}
