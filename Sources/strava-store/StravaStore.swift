import ArgumentParser
import Glibc

@main
struct StravaStore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "strava-store",
    abstract: "Gets Strava data into MongoDB: every record stored, or told why not.",
    version: "0.1.0",
    subcommands: [
      ImportCommand.self, ExportCommand.self, ValidateCommand.self, EncryptMigrateCommand.self, SchemaCommand.self,
      IndexCommand.self, KeysCommand.self,
    ])

  static func main() {
    // A file that reaches the user's limit of size is an error of the write, as one on a full disk is.
    signal(SIGXFSZ, SIG_IGN)
    main(nil)
  }
}
