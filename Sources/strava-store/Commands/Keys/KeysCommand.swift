import ArgumentParser
import Reporting
import StoreAccess
import Upkeep

struct KeysCommand: ExplainedCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Create, check, rotate and delete encryption keys.",
    discussion: """
      The key file holds master keys and the index key. The database holds data keys for each athlete, encrypted with a \
      master key. You can stop every task at any time; run it again, and it continues.

      Exit codes: 0 success; 1 a key or a value is not as it should be, each with a finding; 2 the environment failed \
      (server, login, file or key), or the task was refused; 64 wrong usage; 129, 130 or 143 interrupted; the summary \
      then counts what was done.
      """,
    subcommands: [
      KeysGenerateCommand.self, KeysStatusCommand.self, KeysVerifyCommand.self, KeysRotateMasterCommand.self,
      KeysDropMasterCommand.self, KeysRotateDataCommand.self, KeysPurgeCommand.self, KeysDestroyCommand.self,
    ])

  static let examples = [
    "strava-store keys generate --key-file ~/strava-keys.json",
    "strava-store keys status",
  ]
}

extension KeysOptions {
  /// - Throws: The exit code.
  func run(_ task: KeysTask, keyOut: String? = nil, _ console: Console = Console()) throws {
    let connection = try connection.choice(console)
    let audit = try key.audit("keys \(task.name)", console)
    var choice = key.choice(output: keyOut)
    if let audit { choice.use = audit.use }
    let job = KeysJob(task, connection, choice)
    try CommandRun(console, output, audit).run(job, DocumentProgress(), KeysReport.self)
  }
}
