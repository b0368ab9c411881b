import ArgumentParser
import Findings
import Importing
import Reporting
import StoreAccess
import StravaRecords
import Upkeep

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Checks Strava JSON dumps as import would, with no server and no key; or what a database holds (--db).",
    discussion: """
      PATH is a file, a directory (read recursively), or - for standard input, in the wrappings and compressions \
      of import, and the checks are its own.

      --db NAME, in place of PATH, checks the documents of a database against the schema; where a key file is given, \
      what is sealed is opened and checked too.

      text goes to standard error, for people; every other format to standard output, with the closing lines on \
      standard error. --json prints one object with the counts alone; --format json has it and the findings.

      Exit codes: 0 nothing found that weighs as much as --fail-level; 1 findings; 2 something cannot be read; 64 usage.
      """)

  @Argument(help: "What to check.")
  var paths: [String] = []

  @Option(help: "How to tell findings: \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format: ReportFormat = .text

  @Option(
    help: ArgumentHelp(
      "What a rule weighs: \(RuleSettings.Level.allCases.map(\.rawValue).joined(separator: ", ")). Can be given several "
        + "times.", valueName: "rule=level"))
  var rule: [RuleSetting] = []

  @Flag(help: "Unknown fields and values are errors.")
  var strict = false

  @Option(help: "The least severe finding that fails the check: error, warning, note.")
  var failLevel: Severity = .error

  @Option(help: ArgumentHelp("What the records must be, such as activity. Can be given several times."))
  var kind: [RecordKind] = []

  @Option(
    help: ArgumentHelp(
      "Findings of each severity to write; all are counted. Default: 100 for text and markdown, 10 for github (which "
        + "shows no more), 1000 for junit, 5000 for sarif, else all.", valueName: "n"))
  var maxFindings: Int?

  @Option(help: ArgumentHelp("Strava id of the athlete for activities that name none.", valueName: "id"))
  var athlete: StravaID?

  @Option(
    help: ArgumentHelp("Print what a rule means, why, and how to mend it; `all` is the whole page.", valueName: "rule"))
  var explain: String?

  @OptionGroup var input: InputOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let maxFindings, maxFindings < 1 { throw ValidationError("--max-findings is 1 or more") }
    if output.json, format != .text {
      throw ValidationError(
        "--json prints the counts alone, --format \(format.rawValue) the findings: give one of them")
    }
    guard let explain else {
      return try validateScope()
    }
    guard explain == "all" || Rule(rawValue: explain) != nil else {
      throw ValidationError("there is no rule '\(explain)'; `--explain all` has them")
    }
  }

  /// Files or documents: each has options of its own.
  private func validateScope() throws {
    guard let database = connection.db else {
      if paths.isEmpty { throw ValidationError("give a path, --db NAME, or --explain RULE") }
      if connection.uri != nil || key.keyFile != nil || key.passphraseFd != nil {
        throw ValidationError("--uri, --key-file and --passphrase-fd belong to --db: files need no server and no key")
      }
      return
    }
    if database.isEmpty { throw ValidationError("--db is the name of a database") }
    if !paths.isEmpty { throw ValidationError("--db is in place of a path") }
    if strict || !kind.isEmpty || athlete != nil || !input.exclude.isEmpty || !input.include.isEmpty {
      throw ValidationError("--strict, --kind, --athlete, --exclude and --include are for files, not for --db")
    }
  }

  func run() throws {
    let console = Console()
    if let explain {
      let text = Rule(rawValue: explain).map { FindingsPage.text($0) + "\n" } ?? FindingsPage.markdown()
      return try StandardOutput.print(text, console)
    }
    let run = ValidateRun(output: output, format: format, failLevel: failLevel, mostFindings: maxFindings)
    if connection.db != nil {
      var options = StoredCheckOptions(connection: try connection.choice(console))
      options.keyFile = key.choice
      options.rules = rules
      return try run.check(options, console)
    }
    var options = ImportOptions(paths: paths, connection: ConnectionChoice(uri: ""))
    options.isDryRun = true
    options.selection = input.selection
    options.rules = rules
    options.wantedKinds = Set(kind)
    options.tellsNotes = true
    options.athlete = athlete?.value
    options.athleteName = "--athlete"
    try run.check(options, console)
  }

  /// What was asked for rule by rule outranks `--strict`; the last one counts.
  private var rules: RuleSettings {
    var settings = strict ? RuleSettings.strict : .standard
    for one in rule { settings.set(one.rule, to: one.level) }
    return settings
  }
}

/// `SS012=off`.
struct RuleSetting: ExpressibleByArgument {
  let rule: Rule
  let level: RuleSettings.Level

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, let rule = Rule(rawValue: parts[0]), rule.canBeSet,
      let level = RuleSettings.Level(rawValue: parts[1])
    else { return nil }
    self.rule = rule
    self.level = level
  }
}

extension ReportFormat: WordArgument {}
extension Severity: ExpressibleByArgument {}
extension RecordKind: WordArgument {}
