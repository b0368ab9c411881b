import ArgumentParser
import Findings
import Importing
import Reporting
import StoreAccess
import StravaRecords
import Upkeep

struct ValidateCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check Strava JSON files, or the documents of a database (--db).",
    discussion: """
      Reads the same files as import and makes the same checks, without a server or a key file.

      With --db NAME instead of paths, it checks the documents of a database against the schema. With a key file it \
      also decrypts and checks sealed values.

      The format text goes to standard error. Every other format goes to standard output, and the summary to standard \
      error. --json prints one JSON object with the counts; --format json adds the findings.

      Exit codes: 0 success: no finding reaches --fail-level; 1 findings; 2 an input or the database cannot be read; \
      64 wrong usage; 129, 130 or 143 interrupted.
      """)

  static let examples = [
    "strava-store validate dumps/",
    "strava-store validate dumps/ --baseline known.json --write-baseline",
    "strava-store validate --db stravaai --key-file ~/strava-keys.json",
  ]

  @Argument(help: "Files, directories (searched recursively), or - for standard input.")
  var paths: [String] = []

  @Option(help: "Format of the findings.")
  var format: ReportFormat = .text

  @Option(
    help: ArgumentHelp(
      "Severity of a rule: \(RuleSettings.Level.allCases.map(\.rawValue).joined(separator: ", ")). Repeatable.",
      valueName: "rule=level"))
  var rule: [RuleSetting] = []

  @Flag(help: "Report unknown fields and values as errors.")
  var strict = false

  @Option(help: "Least severe finding that fails the check.")
  var failLevel: Severity = .error

  @Option(help: ArgumentHelp("Report records of other kinds than this one. Repeatable.", valueName: "kind"))
  var kind: [RecordKind] = []

  @Option(
    help: ArgumentHelp(
      "Maximum number of findings of each severity to list; all are counted.",
      discussion: "Default: 100 for text and markdown, 10 for github, 1000 for junit, 5000 for sarif, otherwise all.",
      valueName: "n"))
  var maxFindings: Int?

  @Option(help: ArgumentHelp("Strava id of the athlete who owns activities that name no athlete.", valueName: "id"))
  var athlete: StravaID?

  @Option(
    help: ArgumentHelp("Explain a rule and how to fix its findings, or explain all rules.", valueName: "rule|all"))
  var explain: String?

  @Option(help: ArgumentHelp("Ignore the findings in this file; fail for new ones only.", valueName: "path"))
  var baseline: String?

  @Flag(help: "Write the findings to the file of --baseline instead.")
  var writeBaseline = false

  @OptionGroup var input: InputOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let maxFindings, maxFindings < 1 { throw ValidationError("--max-findings must be 1 or more") }
    if output.json, format != .text, format != .json {
      throw ValidationError(
        "--json and --format \(format.rawValue) both write to standard output; use one of them")
    }
    if baseline == "" { throw ValidationError("--baseline is empty; give the path of a file") }
    if writeBaseline, baseline == nil { throw ValidationError("--write-baseline needs --baseline FILE") }
    guard let explain else {
      return try validateScope()
    }
    guard explain == "all" || Rule(rawValue: explain) != nil else {
      throw ValidationError("unknown rule '\(explain)'; `strava-store validate --explain all` lists the rules")
    }
  }

  /// Checks whether the input is files or documents, because each has its own options.
  private func validateScope() throws {
    guard let database = connection.db else {
      if paths.isEmpty { throw ValidationError("nothing to check: give a path, --db NAME, or --explain RULE") }
      if connection.uri != nil || key.isGiven {
        throw ValidationError(
          "--uri, --key-file and --passphrase-fd need --db: checking files needs no server and no key file")
      }
      return
    }
    if database.isEmpty { throw ValidationError("--db is empty; give the name of a database") }
    if !paths.isEmpty { throw ValidationError("--db and a path cannot be used together; use one of them") }
    if strict || !kind.isEmpty || athlete != nil || !input.exclude.isEmpty || !input.include.isEmpty {
      throw ValidationError("--strict, --kind, --athlete, --exclude and --include apply to files; remove them or --db")
    }
  }

  func run() throws {
    let console = Console()
    if let explain {
      let text = Rule(rawValue: explain).map { FindingsPage.text($0) + "\n" } ?? FindingsPage.markdown()
      return try StandardOutput.print(text, console)
    }
    var output = output
    // The object of the format contains that of `--json`.
    if format == .json { output.json = false }
    let known = try baseline.map { try BaselineCheck($0, writes: writeBaseline, console) }
    let run = ValidateRun(
      output: output, format: format, failLevel: failLevel, mostFindings: maxFindings, baseline: known)
    if connection.db != nil {
      var options = StoredCheckOptions(connection: try connection.choice(console))
      options.keyFile = key.choice
      let audit = try key.audit("validate --db", console)
      if let audit { options.keyFile.use = audit.use }
      options.rules = rules
      return try run.check(options, audit, console)
    }
    var options = ImportOptions(paths: paths, connection: ConnectionChoice(uri: ""))
    options.isDryRun = true
    options.selection = input.selection
    options.rules = rules
    options.wantedKinds = Set(kind)
    options.reportsNotes = true
    options.athlete = athlete?.value
    options.athleteName = "--athlete"
    try run.check(options, console)
  }

  /// Severities for single rules override `--strict`; the last one for a rule counts.
  private var rules: RuleSettings {
    var settings = strict ? RuleSettings.strict : .standard
    for one in rule { settings.set(one.rule, to: one.level) }
    return settings
  }
}

/// A severity for a rule, such as `SS012=off`.
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
