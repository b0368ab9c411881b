import ArgumentParser
import Glibc
import Reporting

@main
struct StravaStore: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "strava-store",
    abstract: "Imports Strava data into MongoDB; every record is stored, or reported with the reason.",
    version: "0.1.0",
    subcommands: [
      ImportCommand.self, ExportCommand.self, ValidateCommand.self, EncryptMigrateCommand.self, SchemaCommand.self,
      IndexCommand.self, KeysCommand.self,
    ])

  static let examples = [
    "strava-store keys generate --key-file ~/strava-keys.json",
    "strava-store import dumps/ --key-file ~/strava-keys.json",
    "strava-store export activities --format csv -o activities.csv",
  ]

  static func main() {
    Crash.keepMemoryPrivate()
    // A file that reaches the user's size limit then causes a write error, as on a full disk.
    signal(SIGXFSZ, SIG_IGN)
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      // ArgumentParser prints the program's own help for a command that does not exist.
      if arguments.first == "help", let mistake = CommandMistake(in: arguments) {
        throw ValidationError(mistake.message)
      }
      var command = try parseAsRoot()
      try command.run()
      leave(.success)
    } catch let code as ExitCode {
      leave(code)
    } catch {
      leave(show(error, CommandHelp(arguments: arguments)))
    }
  }

  /// Prints help, or an error of the command line. At this time no work has begun.
  ///
  /// - Returns: The exit code.
  private static func show(_ error: any Error, _ help: CommandHelp) -> ExitCode {
    let code = exitCode(for: error)
    let text = help.text(for: error)
    let console = Console()
    guard code == .success else {
      console.print(text)
      return code
    }
    do {
      try StandardOutput.print(text.hasSuffix("\n") ? text : text + "\n", console)
      return code
    } catch {
      return error as? ExitCode ?? .environment
    }
  }

  /// Ends the process as `exit` does, but without the cleanup of the libraries. The cleanup would free what libmongoc's
  /// monitors still use, and a monitor that then begins a TLS handshake aborts.
  private static func leave(_ code: ExitCode) -> Never {
    fflush(nil)
    _exit(code.rawValue)
  }
}
