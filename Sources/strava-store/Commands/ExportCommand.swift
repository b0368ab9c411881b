import ArgumentParser
import Exporting
import Reporting
import StoreAccess
import StravaRecords

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Gives documents out again: for analytics, for other programs, for the people they are about.",
    discussion: """
      Without --decrypt nothing of a sealed class leaves the store; it needs no key then. Standard error says which \
      classes do leave it in clear.

      A file is written aside and takes its name when it is whole (mode 0600); .gz and .zst compress it. On standard \
      output an export that did not end well has an exit code other than 0, and no end of its array.

      Exit codes: 0 everything asked for is written; 1 something sealed does not open, each with a finding; 2 the \
      environment failed; 64 usage; 130 or 143 interrupted.
      """)

  enum Sealed: String, CaseIterable, ExpressibleByArgument { case omit, keep }

  @Argument(help: "What to export: users, activities, insights or all.", transform: ExportCommand.collections)
  var what: [String]

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var messages: OutputOptions

  @Option(help: "\(ExportOptions.Format.allCases.map(\.rawValue).joined(separator: ", ")).")
  var format: ExportOptions.Format = .ndjson

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "A file, or a folder where several files come of it. Default: standard output.", valueName: "path"))
  var output: String?

  @Option(help: ArgumentHelp("Compress the files of a folder: gz or zst.", valueName: "how"))
  var compress: Compression?

  @Option(
    help: ArgumentHelp("Several files: by user, month, or size:N bytes (N may end in k, M or G).", valueName: "what"),
    transform: ExportOptions.Split.init(option:))
  var splitBy: ExportOptions.Split?

  @Flag(help: "Open what is sealed; needs the key file.")
  var decrypt = false

  @Option(help: "What becomes of sealed values without --decrypt: omit or keep.")
  var sealed: Sealed = .omit

  @Option(
    help: ArgumentHelp("Leave out values of these classes at any depth, sealed or not.", valueName: "classes"),
    transform: SensitivityClass.list(option:))
  var drop: [SensitivityClass] = []

  @Option(
    help: ArgumentHelp("Fields, with dots for inner ones; several with commas. Default: all.", valueName: "a,b.c"))
  var fields: String?

  @Flag(help: "CSV begins with a byte order mark, for spreadsheets.")
  var bom = false

  enum Compression: String, CaseIterable, ExpressibleByArgument { case gz, zst }

  func validate() throws {
    if messages.json, output == nil { throw ValidationError("--json prints to standard output: give --output") }
    // Connection strings play no part in it.
    if let refusal = try options(ConnectionChoice(uri: "")).refusal { throw ValidationError(refusal) }
  }

  func run() throws {
    let console = Console()
    let options = try options(connection.choice(console))
    let run = CommandRun(console, messages)
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
    return options
  }

  private static func collections(_ name: String) throws -> [String] {
    if name == "all" { return ExportOptions.everyCollection }
    guard ExportOptions.everyCollection.contains(name) else {
      throw ValidationError("'\(name)' is not users, activities, insights or all")
    }
    return [name]
  }
}

extension ExportOptions.Format: ExpressibleByArgument {}

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
      else { throw ValidationError("--split-by is user, month or size:N, not '\(option)'") }
      self = .size(bytes.partialValue)
    }
  }
}
