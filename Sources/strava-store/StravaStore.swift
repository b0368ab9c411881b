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
    do {
      try checkHelpTopic(CommandLine.arguments.dropFirst())
      var command = try parseAsRoot()
      try command.run()
      leave(.success)
    } catch let code as ExitCode {
      leave(code)
    } catch {
      // The command line's: nothing has begun.
      exit(withError: error)
    }
  }

  /// ArgumentParser prints the program's own help for a command that does not exist.
  private static func checkHelpTopic(_ arguments: ArraySlice<String>) throws {
    guard arguments.first == "help" else { return }
    var commands = configuration.subcommands
    for name in arguments.dropFirst() where !name.hasPrefix("-") {
      guard let found = commands.first(where: { $0.configuration.commandName == name }) else {
        throw ValidationError("there is no command '\(name)'")
      }
      commands = found.configuration.subcommands
    }
  }

  /// Ends the process as `exit` does, but leaves the libraries as they are: their cleaning up would take away what
  /// libmongoc's monitors still use, and one that then begins a TLS handshake aborts.
  private static func leave(_ code: ExitCode) -> Never {
    fflush(nil)
    _exit(code.rawValue)
  }
}
