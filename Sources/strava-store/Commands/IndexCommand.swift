import ArgumentParser
import Foundation
import Reporting
import Upkeep

struct IndexCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Create, update and check the validators and indexes of a database.",
    discussion: """
      Prints a plan, then brings the database to the declared state. Indexes are compared by key and options, not by \
      name. A wrong index is replaced after the new one is built. Indexes that are not declared, and validators that \
      another author wrote, are reported and kept. At the end the database is read again and compared.

      Needs no key file. The sealed classes come from store_settings; without it, they are secret and identity.

      Exit codes: 0 success: the database is as declared; 1 something differs, each with a finding; 2 the environment \
      failed: server, login or file; 64 wrong usage; 129, 130 or 143 interrupted; run it again.
      """)

  static let examples = [
    "strava-store index --dry-run",
    "strava-store index --check --db stravaai",
    "strava-store index --collection activities --validation strict",
  ]

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Show the plan, but change nothing.")
  var dryRun = false

  @Flag(help: "Change nothing, and exit with 1 if the database is not as declared.")
  var check = false

  @Flag(help: "Drop indexes that are not declared. With --check: report them as errors.")
  var prune = false

  @Flag(help: "Replace validators that another author wrote. The plan shows their rules.")
  var replaceValidators = false

  @Option(
    help: ArgumentHelp("Build this declared index again, or all of them. Repeatable.", valueName: "name|all"))
  var rebuild: [String] = []

  @Flag(
    help: ArgumentHelp(
      "Drop an index before its replacement is built. Stop all writers first.",
      discussion: "For indexes with the same key, which MongoDB cannot have at the same time."))
  var dropFirst = false

  @OptionGroup var collections: CollectionOption<DeclaredCollections>

  @Option(
    help: ArgumentHelp(
      "Validation level. Default: strict if it is strict now, otherwise moderate.",
      discussion: "strict refuses every write of an invalid document, moderate allows updates of documents that are "
        + "invalid already, warn only logs invalid documents, off does nothing.",
      valueName: "strict|moderate|warn|off"))
  var validation: IndexTask.Validation?

  @Flag(
    name: [.short, .long],
    help: ArgumentHelp(
      "Enforce validators even if they refuse some of the newest documents.",
      discussion: "Otherwise the command asks. It looks at 1,000 documents of each collection."))
  var yes = false

  func validate() throws {
    guard !(dryRun && check) else {
      throw ValidationError("--dry-run and --check cannot be used together; use one of them")
    }
    if check, !rebuild.isEmpty || dropFirst || replaceValidators {
      throw ValidationError("--check changes nothing; remove --rebuild, --drop-first and --replace-validators")
    }
    for name in rebuild where name != "all" && !IndexTask.declaredIndexes.contains(name) {
      throw ValidationError("unknown index '\(name)'; `strava-store index --dry-run` lists the declared indexes")
    }
  }

  func run() throws {
    let console = Console()
    var task = IndexTask(connection: try connection.choice(console))
    task.mode = dryRun ? .dryRun : check ? .check : .apply
    if let names = collections.names { task.collections = task.collections.filter(names.contains) }
    task.prune = prune
    task.replaceValidators = replaceValidators
    task.replaceValidatorsName = "--replace-validators"
    task.rebuild = rebuild.contains("all") ? Set(IndexTask.declaredIndexes) : Set(rebuild)
    task.dropFirst = dropFirst
    task.dropFirstName = "--drop-first"
    task.validation = validation

    let (isConfirmed, isQuestion) = (yes, isatty(STDIN_FILENO) == 1)
    task.confirm = { text in
      if isConfirmed || !isQuestion { return isConfirmed }
      let question = "\(text). Type `yes` to enforce them:"
      return (try? Confirmation.ask([(question, "yes")], console)) != nil
    }
    task.confirmName = "--yes"
    let run = CommandRun(console, output)
    let job = IndexJob(task) { event in
      if !run.isQuiet { IndexReport.line(event).map(run.console.print) }
    }
    try run.run(job, IndexProgress(), IndexReport.self)
  }
}

extension IndexTask.Validation: WordArgument {}

extension IndexProgress: ShownProgress {
  func line() -> @Sendable () -> String {
    {
      let now = self.current
      return
        "\(now.text) · \(now.done) of \(now.total) \(now.total == 1 ? "step" : "steps") done · \(duration(now.seconds))"
    }
  }
}
