import ArgumentParser
import Exporting
import Reporting
import StoreAccess
import StravaRecords

struct ExportCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Export documents as NDJSON, JSON, CSV, Extended JSON or BSON.",
    discussion: """
      Without --decrypt, values of sealed classes are left out, and no key file is needed. Before it writes, export \
      prints to standard error which classes it exports in clear.

      A file is written under a temporary name, with mode 0600, and gets its own name when it is complete. A name that \
      ends in .gz or .zst is compressed. If an export to standard output fails, its exit code is not 0, and a JSON array \
      has no closing bracket.

      Exit codes: 0 success; 1 some sealed values could not be decrypted, each with a finding; 2 the environment failed: server, \
      login, file or key; 64 wrong usage; \
      129, 130 or 143 interrupted.
      """)

  static let examples = [
    "strava-store export activities --format csv -o activities.csv",
    "strava-store export all --athlete 12345 --decrypt -o athlete-12345/",
    "strava-store export activities --since 2024-01-01 --sport Run | jq .distance",
  ]

  enum Sealed: String, WordArgument { case omit, keep }

  @Argument(
    help: ArgumentHelp("Collection to export: users, activities, insights or all.", valueName: "collection"),
    transform: ExportCommand.collections)
  var what: [String]

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var messages: OutputOptions

  @Option(help: "Output format.")
  var format: ExportOptions.Format = .ndjson

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "Output file, or folder for several files. Default: standard output.", valueName: "path"))
  var output: String?

  @Option(help: ArgumentHelp("Compress each file in the folder.", valueName: "format"))
  var compress: Compression?

  @Option(
    help: ArgumentHelp(
      "Split into files by user, month, or size:N bytes (N may end in k, M or G).", valueName: "user|month|size:N"),
    transform: ExportOptions.Split.init(option:))
  var splitBy: ExportOptions.Split?

  @Flag(help: "Decrypt sealed values. Needs the key file.")
  var decrypt = false

  @Option(help: "Without --decrypt: omit sealed values, or keep them encrypted.")
  var sealed: Sealed = .omit

  @Option(
    help: ArgumentHelp("Omit values of these classes at any depth, whether sealed or not.", valueName: "classes"),
    transform: SensitivityClass.list(option:))
  var drop: [SensitivityClass] = []

  @Option(
    help: ArgumentHelp("Fields to export, such as name,map.summary_polyline. Default: all.", valueName: "a,b.c"))
  var fields: String?

  @Flag(help: "Begin CSV with a byte order mark, for spreadsheet programs.")
  var bom = false

  @Flag(help: "Write texts in CSV unchanged, also those that a spreadsheet would execute.")
  var exact = false

  enum Compression: String, WordArgument { case gz, zst }

  func validate() throws {
    if messages.json, output == nil {
      throw ValidationError("--json prints the summary to standard output, so the export needs --output")
    }
    // Connection strings do not affect this check.
    if let refusal = try options(ConnectionChoice(uri: "")).refusal { throw ValidationError(refusal) }
  }

  func run() throws {
    let console = Console()
    var options = try options(connection.choice(console))
    let audit = try key.audit(decrypt ? "export --decrypt" : "export", console)
    if let audit { options.keyFile.use = audit.use }
    let run = CommandRun(console, messages, audit)
    let job = ExportJob(options) { [decrypt] classes in
      if !run.isQuiet || decrypt { console.print(ExportReport.statement(classes)) }
    }
    try run.run(job, DocumentProgress(), ExportReport.self)
  }

  private func options(_ connection: ConnectionChoice) throws -> ExportOptions {
    var options = ExportOptions(collections: what, connection: connection)
    options.keyFile = key.choice
    options.format = format
    options.output = output == "-" ? nil : output
    options.compression = compress.map { ".\($0)" } ?? ""
    options.decrypts = decrypt
    options.decryptionName = "--decrypt"
    options.limitName = "--limit"
    options.keepsSealed = sealed == .keep
    options.dropped = drop
    options.fields = FieldSelection(
      fields.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? [])
    options.selection = try selection.selection()
    options.split = splitBy
    options.hasMark = bom
    options.isExact = exact
    return options
  }

  private static func collections(_ name: String) throws -> [String] {
    if name == "all" { return ExportOptions.everyCollection }
    guard ExportOptions.everyCollection.contains(name) else {
      throw ValidationError("unknown collection '\(name)'; choose users, activities, insights or all")
    }
    return [name]
  }
}

extension ExportOptions.Format: WordArgument {}

extension ExportOptions.Split {
  init(option: String) throws {
    switch option {
    case "user": self = .user
    case "month": self = .month
    default:
      let units: [Character: Int] = ["k": 1 << 10, "M": 1 << 20, "G": 1 << 30]
      let size = option.hasPrefix("size:") ? option.dropFirst("size:".count) : ""
      let unit = size.last.flatMap { units[$0] }
      guard let count = Int(unit == nil ? size : size.dropLast()), count > 0,
        let bytes = .some(count.multipliedReportingOverflow(by: unit ?? 1)), !bytes.overflow
      else { throw ValidationError("'\(option)' is not valid for --split-by; use user, month or size:N") }
      self = .size(bytes.partialValue)
    }
  }
}
