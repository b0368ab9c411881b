import ArgumentParser
import Reporting
import SourceText
import StoreEngine

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Checks Strava JSON dumps as import would, with no server and no key.",
    discussion: """
      PATH is a file, a directory (read recursively), or - for standard input, in the wrappings and compressions \
      of import, and the checks are its own.

      Exit codes: 0 every record valid or of a kind that is skipped; 1 findings; 2 something cannot be read; 64 usage.
      """)

  @Argument(help: "What to check.")
  var paths: [String] = []

  @Flag(help: "Unknown fields and values are errors.")
  var strict = false

  @Option(help: "Strava id of the athlete for activities that name none.")
  var athlete: Int64?

  @Option(
    help: ArgumentHelp("Print what a rule means, why, and how to mend it; `all` is the whole page.", valueName: "rule"))
  var explain: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard let explain else {
      if paths.isEmpty { throw ValidationError("give a path, or --explain RULE") }
      return
    }
    guard explain == "all" || Rule(rawValue: explain) != nil else {
      throw ValidationError("there is no rule '\(explain)'; `--explain all` has them")
    }
  }

  func run() throws {
    if let explain {
      print(Rule(rawValue: explain).map(FindingsPage.text) ?? FindingsPage.markdown(), terminator: "")
      if explain != "all" { print() }
      return
    }
    var options = ImportOptions(paths: paths, connection: ConnectionChoice(uri: ""))
    options.isDryRun = true
    options.isStrict = strict
    options.athlete = athlete
    try ImportRun(options, output, command: "validate").run(Console())
  }
}
