import ArgumentParser
import Findings
import Importing
import Reporting
import SourceText
import StravaRecords

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Stores users, activities and insights from Strava JSON dumps.",
    discussion: """
      PATH is a file, a directory (read recursively), or - for standard input. JSON in any wrapping: objects, arrays, \
      NDJSON, envelopes; .gz, .zst, .bz2, .xz, .zip and .tar archives are read as streams.

      Importing again writes nothing. A summary never takes anything from a detailed record.

      Exit codes: 0 every record stored, unchanged, superseded or of a kind that is skipped; 1 records rejected; \
      2 the environment failed; 64 usage; 130 or 143 interrupted, with a true summary.
      """)

  @Argument(help: "What to import.")
  var paths: [String]

  @OptionGroup var input: InputOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var sealing: SealOption
  @OptionGroup var output: OutputOptions

  @Option(help: "Where the dumps come from: \(ImportOptions.Origin.allCases.map(\.rawValue).joined(separator: ", ")).")
  var origin: ImportOptions.Origin = .export

  @Option(help: ArgumentHelp("Strava id of the athlete for activities that name none.", valueName: "id"))
  var athlete: StravaID?

  @Flag(help: "Read and check everything, write nothing; needs no server and no key.")
  var dryRun = false

  @Option(help: "Operations in one bulk write, 1 to 1000.")
  var batchSize = 1000

  @Option(help: "Threads that write, 1 to 16.")
  var writers = 2

  @Flag(help: "Unknown fields and values reject their record.")
  var strict = false

  @Option(
    help: ArgumentHelp(
      "Import one share of the records only, such as 2/5, beside importers of the other shares.", valueName: "i/n"))
  var partition: Partition?

  @Option(help: ArgumentHelp("Stop after more errors than this: a number, or a share such as 5%.", valueName: "N|N%"))
  var maxErrors: ImportOptions.ErrorLimit = .none

  @Option(help: ArgumentHelp("Keep rejected records here, sealed; import can take the file again.", valueName: "file"))
  var rejects: String?

  func validate() throws {
    guard (1...1000).contains(batchSize) else { throw ValidationError("--batch-size is 1 to 1000") }
    guard (1...16).contains(writers) else { throw ValidationError("--writers is 1 to 16") }
  }

  func run() throws {
    let console = Console()
    let options = try options(console)
    let run = CommandRun(console, output)
    try run.run(ImportJob(options, room: run.room), ImportProgress(), ImportReport.self)
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
