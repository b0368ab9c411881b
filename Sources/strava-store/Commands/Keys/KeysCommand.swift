import ArgumentParser
import Reporting
import StoreAccess
import Upkeep

struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Makes and keeps the keys that digests and sealed values need.",
    discussion: """
      The key file holds master keys and the index key; the database holds a data key for each athlete, wrapped by a \
      master key. Every task can be stopped anywhere and run again: it goes on where it was.

      Exit codes: 0 everything asked for is true; 1 something is not as it should be, with a finding; 2 the \
      environment failed, or the task was refused; 64 usage; 130 or 143 interrupted, with a true summary.
      """,
    subcommands: [
      KeysGenerateCommand.self, KeysStatusCommand.self, KeysVerifyCommand.self, KeysRotateMasterCommand.self,
      KeysDropMasterCommand.self, KeysRotateDataCommand.self, KeysPurgeCommand.self, KeysDestroyCommand.self,
    ])
}

extension KeysOptions {
  /// - Throws: the exit code.
  func run(_ task: KeysTask, _ console: Console = Console()) throws {
    let connection = try connection.choice(console)
    let job = KeysJob(task, connection, key.choice)
    try CommandRun(console, output).run(job, DocumentProgress(), KeysReport.self)
  }
}
