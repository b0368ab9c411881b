import ArgumentParser

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
}
