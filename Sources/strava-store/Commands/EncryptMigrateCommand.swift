import ArgumentParser
import Foundation
import Reporting
import StoreAccess
import Upkeep

struct EncryptMigrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encrypt-migrate",
    abstract: "Seals what a database holds in clear, in place, while others write to it.",
    discussion: """
      Reads every document once, seals the values that the policy covers, and reads each one back and opens it. A write \
      of somebody else's in between is never lost. It keeps no state: stop it anywhere, run it again. Values of writers \
      that do not seal may appear behind it; --verify tells.

      Exit codes: 0 everything asked for is true; 1 some documents are not as they should be, each with a finding; \
      2 the environment failed; 64 usage; 130 or 143 interrupted, with a true summary.
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var sealing: SealOption
  @OptionGroup var output: OutputOptions

  @Flag(help: "Count what would be sealed, by collection and path; write nothing.")
  var dryRun = false

  @Flag(help: "Check that nothing of a sealed class is in clear and that everything opens; write nothing.")
  var verify = false

  @Flag(help: "The way back: put every sealed value in clear. Asks twice.")
  var decrypt = false

  @OptionGroup var collections: CollectionOption<SealedCollections>

  @Option(help: "Documents read, written and read back at a time, 1 to 1000.")
  var batchSize = 500

  @Option(help: ArgumentHelp("Documents written in a second at most.", valueName: "n"))
  var maxRate: Int?

  func validate() throws {
    guard (1...1000).contains(batchSize) else { throw ValidationError("--batch-size is 1 to 1000") }
    if let maxRate, maxRate < 1 { throw ValidationError("--max-rate is 1 or more") }
    guard [dryRun, verify, decrypt].count(where: { $0 }) <= 1 else {
      throw ValidationError("--dry-run, --verify and --decrypt exclude each other")
    }
    if decrypt, sealing.seal != nil { throw ValidationError("--decrypt opens everything; --seal says nothing there") }
  }

  func run() throws {
    let console = Console()
    var options = MigrationOptions(connection: try connection.choice(console), keyFile: key.choice)
    options.task = dryRun ? .dryRun : verify ? .verify : decrypt ? .decrypt : .seal
    if let names = collections.names { options.collections = names }
    options.batchSize = batchSize
    options.maxRate = maxRate
    options.seal = sealing.seal
    if decrypt {
      try Confirmation.ask(
        [
          ("This puts tokens and personal data of every athlete in clear. Type `decrypt` to go on:", "decrypt"),
          ("Whoever reads the database or a backup of it reads them then. Type `in clear` to do it:", "in clear"),
        ], console)
    }

    try CommandRun(console, output).run(MigrationJob(options), DocumentProgress(), MigrationReport.self)
  }
}
