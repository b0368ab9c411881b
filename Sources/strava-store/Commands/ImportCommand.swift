import ArgumentParser
import Findings
import Importing
import Reporting
import SourceText
import StoreAccess
import StravaRecords

struct ImportCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import users, activities and insights from Strava JSON.",
    discussion: """
      Reads the archive of a Strava account (export_12345678.zip), its folder, or its activities.csv. Reads single JSON \
      objects, arrays, NDJSON and API responses with records inside. Reads .gz, .zst, .bz2 and .xz \
      files, and .zip and .tar archives, without unpacking them to disk.

      You can import the same files again: records that have not changed are not written. A summary never replaces \
      a detailed record.

      Exit codes: 0 success: every record is stored, unchanged, older than the stored one, or of a kind that is \
      not stored; 1 some records were rejected; 2 the environment failed: server, login, file or key; 64 wrong \
      usage; 129, 130 or 143 interrupted; the summary then counts what was done.
      """)

  static let examples = [
    "strava-store import dumps/ --key-file ~/strava-keys.json",
    "strava-store import export_12345678.zip --dry-run",
    "zstd -dc dump.json.zst | strava-store import - --db stravaai",
  ]

  @Argument(help: "Files, directories (searched recursively), or - for standard input.")
  var paths: [String]

  @OptionGroup var input: InputOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var sealing: SealOption
  @OptionGroup var output: OutputOptions

  @Option(help: "Where the data comes from.")
  var origin: ImportOptions.Origin = .export

  @Option(help: ArgumentHelp("Strava id of the athlete who owns activities that name no athlete.", valueName: "id"))
  var athlete: StravaID?

  @Flag(help: "Read and check everything, but write nothing. Needs no server and no key file.")
  var dryRun = false

  @Option(
    help: ArgumentHelp("Operations in one bulk write, 1 to 1000 (default: by round trip).", valueName: "n"))
  var batchSize: Int?

  @Option(help: ArgumentHelp("Threads that write, 1 to 16 (default: by round trip).", valueName: "n"))
  var writers: Int?

  @Flag(help: "Reject records that have unknown fields or values.")
  var strict = false

  @Option(
    help: ArgumentHelp(
      "Import only part i of n, such as 2/5. Run n importers, one for each part.", valueName: "i/n"))
  var partition: Partition?

  @Option(help: ArgumentHelp("Stop when there are more errors than this number or percentage.", valueName: "N|N%"))
  var maxErrors: ImportOptions.ErrorLimit = .none

  @Option(
    help: ArgumentHelp("Write rejected records to this file, encrypted. Import can read it later.", valueName: "file"))
  var rejects: String?

  func validate() throws {
    guard (1...1000).contains(batchSize ?? 1) else { throw ValidationError("--batch-size must be from 1 to 1000") }
    guard (1...16).contains(writers ?? 1) else { throw ValidationError("--writers must be from 1 to 16") }
  }

  func run() throws {
    let console = Console()
    var options = try options(console)
    let audit = try key.audit("import", console)
    if let audit { options.keyFile.use = audit.use }
    let run = CommandRun(console, output, audit)
    try run.run(ImportJob(options, remainingFindings: run.remainingFindings), ImportProgress(), ImportReport.self)
  }

  private func options(_ console: Console) throws -> ImportOptions {
    var options = ImportOptions(paths: paths, connection: try connection.choice(console))
    options.selection = input.selection
    options.keyFile = key.choice
    options.origin = origin
    options.athlete = athlete?.value
    options.athleteName = "--athlete"
    options.isDryRun = dryRun
    options.batchSize = batchSize
    options.writers = writers
    if strict { options.rules = .strict }
    options.partition = partition
    options.errorLimit = maxErrors
    options.rejects = rejects
    options.seal = sealing.seal
    return options
  }
}

extension ImportOptions.Origin: WordArgument {}

extension Partition: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension ImportOptions.ErrorLimit: ExpressibleByArgument {
  public init?(argument: String) {
    if argument.hasSuffix("%") {
      guard let share = Double(argument.dropLast()), (0...100).contains(share) else { return nil }
      self = .percent(share)
    } else {
      guard let count = Int(argument), count >= 0 else { return nil }
      self = .count(count)
    }
  }
}
