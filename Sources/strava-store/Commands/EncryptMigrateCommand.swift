import ArgumentParser
import Foundation
import Reporting
import StoreAccess
import Upkeep

struct EncryptMigrateCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "encrypt-migrate",
    abstract: "Seal the values that a database stores in clear, while it is in use.",
    discussion: """
      Reads every document, seals the values of the sealed classes, reads each document back and decrypts it as a check. \
      Writes of other programs during the migration are kept. You can stop it at any time and run it again. A program \
      that does not seal can write new values in clear; --verify finds them.

      Exit codes: 0 success; 1 some documents were not migrated or verified, each with a finding; 2 the environment \
      failed: server, login, file or key; 64 wrong usage; 129, 130 or 143 interrupted; the summary then counts what \
      was done.
      """)

  static let examples = [
    "strava-store encrypt-migrate --dry-run",
    "strava-store encrypt-migrate --seal location,health",
    "strava-store encrypt-migrate --adopt --dry-run",
  ]

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var sealing: SealOption
  @OptionGroup var output: OutputOptions

  @Flag(help: "Count the values to seal, by collection and path, but write nothing.")
  var dryRun = false

  @Flag(help: "Check that every value is sealed and can be decrypted, but write nothing.")
  var verify = false

  @Flag(help: "Decrypt every sealed value in the database. Asks for confirmation twice.")
  var decrypt = false

  @Flag(
    help: ArgumentHelp(
      "Adopt a database that the platform's backend writes. Seals nothing.",
      discussion: "Records the platform's form and adds the fields that activities lack. --dry-run and --verify work "
        + "with it. docs/adopting.md explains it."))
  var adopt = false

  @Flag(
    help: ArgumentHelp(
      "With --adopt: convert an adopted database to the specification's form.",
      discussion: "Only when no program writes the platform's form any more. Asks for confirmation, unless --yes is "
        + "given. --dry-run works with it."))
  var finish = false

  @Flag(name: .shortAndLong, help: "Do not ask before --finish.")
  var yes = false

  @Option(
    help: ArgumentHelp(
      "File of Fernet keys, one per line, newest first: decrypt such tokens.",
      discussion: "Tokens that the platform's backend encrypted with Fernet are decrypted and sealed. With --decrypt, "
        + "tokens become Fernet tokens of the first key.", valueName: "path"))
  var fernetKeyFile: String?

  @OptionGroup var collections: CollectionOption<SealedCollections>

  @Option(help: ArgumentHelp("Number of documents in one batch, 1 to 1000.", valueName: "n"))
  var batchSize = 500

  @Option(help: ArgumentHelp("Maximum number of documents written per second. Default: no limit.", valueName: "n"))
  var maxRate: Int?

  func validate() throws {
    guard (1...1000).contains(batchSize) else { throw ValidationError("--batch-size must be from 1 to 1000") }
    if let maxRate, maxRate < 1 { throw ValidationError("--max-rate must be 1 or more") }
    guard [dryRun, verify, decrypt].count(where: { $0 }) <= 1 else {
      throw ValidationError("--dry-run, --verify and --decrypt cannot be used together; use one of them")
    }
    if adopt, decrypt || sealing.seal != nil || collections.names != nil || fernetKeyFile != nil {
      throw ValidationError(
        "--adopt seals and decrypts nothing; remove --decrypt, --seal, --fernet-key-file and --collection")
    }
    if finish, !adopt || verify { throw ValidationError("--finish works with --adopt, and not with --verify") }
    if yes, !finish { throw ValidationError("--yes answers the question of --finish only; remove it") }
    if decrypt, sealing.seal != nil { throw ValidationError("--decrypt decrypts every class; remove --seal") }
  }

  func run() throws {
    let console = Console()
    var options = MigrationOptions(connection: try connection.choice(console), keyFile: key.choice)
    options.task = dryRun ? .dryRun : verify ? .verify : decrypt ? .decrypt : .seal
    if finish {
      options.task = dryRun ? .finishDryRun : .finish
    } else if adopt {
      options.task = dryRun ? .adoptDryRun : verify ? .adoptVerify : .adopt
    }
    if let names = collections.names { options.collections = names }
    options.batchSize = batchSize
    options.maxRate = maxRate
    options.fernetKeys = fernetKeyFile
    options.seal = sealing.seal
    if decrypt {
      try Confirmation.ask(
        [
          ("This decrypts the tokens and personal data of every athlete. Type `decrypt` to continue:", "decrypt"),
          ("Anyone who can read the database or a backup can then read them. Type `in clear` to confirm:", "in clear"),
        ], console)
    }

    if finish, !dryRun, !yes {
      let question =
        "This changes user_id of every activity and insight, and removes strava_id and activity_type. A backend that "
        + "reads the platform's form finds nothing afterwards. Type `finish` to continue:"
      try Confirmation.ask([(question, "finish")], console)
    }

    let task = options.task == .seal ? "" : " --\(options.task.rawValue)"
    let audit = try key.audit("encrypt-migrate\(task)", console)
    if let audit { options.keyFile.use = audit.use }
    let run = CommandRun(console, output, audit)
    if finish {
      try run.run(FinishJob(options), DocumentProgress(), MigrationReport.self)
    } else if adopt {
      try run.run(AdoptionJob(options), DocumentProgress(), MigrationReport.self)
    } else {
      try run.run(MigrationJob(options), DocumentProgress(), MigrationReport.self)
    }
  }
}
