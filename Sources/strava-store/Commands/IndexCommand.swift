import ArgumentParser
import Foundation
import Reporting
import Upkeep

struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Brings validators and indexes to the declared state, and shows what it does before it does it.",
    discussion: """
      An index is known by what it does, not by its name or its spelling. One that is not declared is reported and left \
      alone. A wrong one is replaced: the right one is built first. After the work everything is read again and compared.

      Needs no key. Which classes are sealed is taken from store_settings; without them, secret and identity.

      Exit codes: 0 the database is as declared; 1 something is not, each with a finding; 2 the environment failed; \
      64 usage; 130 or 143 interrupted: run it again.
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Show the plan; change nothing.")
  var dryRun = false

  @Flag(help: "Change nothing; exit with 1 where anything is not as declared. Other indexes do not count.")
  var check = false

  @Flag(help: "Drop indexes that are not declared; with --check, they count.")
  var prune = false

  @Option(
    help: ArgumentHelp("Build this declared index anew, or all of them. Can be given several times.", valueName: "name")
  )
  var rebuild: [String] = []

  @Flag(
    help: "Drop an index before its replacement is built: MongoDB does not have two alike. Stop writers meanwhile.")
  var dropFirst = false

  @OptionGroup var collections: CollectionOption<DeclaredCollections>

  @Option(
    help: ArgumentHelp(
      "What the server does with documents that fail the validator: strict refuses every write of one; moderate lets "
        + "those that fail already be changed; off refuses nothing. Default: moderate, or strict where it is so.",
      valueName: "strict|moderate|off"))
  var validation: IndexTask.Validation?

  func validate() throws {
    guard !(dryRun && check) else { throw ValidationError("--dry-run and --check exclude each other") }
    if check, !rebuild.isEmpty || dropFirst { throw ValidationError("--check changes nothing") }
    for name in rebuild where name != "all" && !IndexTask.declaredIndexes.contains(name) {
      throw ValidationError("no index '\(name)' is declared; `strava-store index --dry-run` shows those that are")
    }
  }

  func run() throws {
    let console = Console()
    var task = IndexTask(connection: try connection.choice(console))
    task.mode = dryRun ? .dryRun : check ? .check : .apply
    if let names = collections.names { task.collections = task.collections.filter(names.contains) }
    task.prune = prune
    task.rebuild = rebuild.contains("all") ? Set(IndexTask.declaredIndexes) : Set(rebuild)
    task.dropFirst = dropFirst
    task.dropFirstName = "--drop-first"
    task.validation = validation

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
      return "\(now.text) · \(now.done) of \(now.total) steps done · \(duration(now.seconds))"
    }
  }
}
