import Foundation
import Support
import Testing

/// A command that is stopped at the moment when a database satisfies a condition, while a Python program runs. The
/// program gets the command's process id (`pid`), its files (`folder`) and the database (`db`).
///
/// The command is stopped (SIGSTOP) meanwhile, so the result does not depend on which process is faster. Before that, a
/// proxy delays its requests, so that it cannot end before the database is looked at again.
struct HeldCommand {
  let command: RunningCommand
  private let proxy: LossyProxy
  /// The output of the program.
  let printed: String

  /// - Parameters:
  ///   - database: The database of the condition.
  ///   - condition: A Python expression over `db`, which is evaluated repeatedly.
  ///   - goesOn: If false, the command stays stopped until `goOn()`.
  init(
    _ command: Command, on database: TestDatabase, in folder: TemporaryFolder, when condition: String,
    during program: String = "", goesOn: Bool = true
  ) throws {
    // The watcher starts first, so it misses nothing.
    let watching = """
      import pathlib, signal, time, uuid
      folder, wanted = sys.argv[1], compile(sys.argv[2], "condition", "eval")
      pathlib.Path(folder, "watching").touch()
      until = time.monotonic() + 240
      while not eval(wanted) and time.monotonic() < until: time.sleep(0.002)
      pid = int(pathlib.Path(folder, "pid").read_text())
      os.kill(pid, signal.SIGSTOP)
      try:
          exec(sys.argv[3])
      finally:
          if sys.argv[4] == "goes on": os.kill(pid, signal.SIGCONT)
      """
    let watcher = try database.pymongo.start(
      watching, [folder.path, condition, program, goesOn ? "goes on" : "stays"])
    while !FileManager.default.fileExists(atPath: folder.path("watching")), watcher.isRunning { usleep(5000) }
    proxy = try LossyProxy.slow(to: database)
    self.command = try command.connecting(to: proxy.uri, instead: database.uri).start()
    // The file is renamed to its name, so it is never read half written.
    try folder.write("\(self.command.processIdentifier)", to: "pid.new")
    try FileManager.default.moveItem(atPath: folder.path("pid.new"), toPath: folder.path("pid"))
    printed = try watcher.wait()
  }

  func goOn() { command.send(SIGCONT) }

  func ended() throws -> Outcome { try command.wait() }
}

extension Command {
  /// Returns the same command with another connection string in the place of one in its environment or options.
  fileprivate func connecting(to uri: String, instead former: String) -> Command {
    var command = self
    command.arguments = arguments.map { $0 == former ? uri : $0 }
    command.environment = environment.mapValues { $0 == former ? uri : $0 }
    return command
  }
}

/// Returns an import that is held when its first activities are stored.
struct HeldImport {
  private let held: HeldCommand
  var printed: String { held.printed }

  /// - Parameter stored: The number of activities to wait for.
  init(
    _ store: TestStore, _ arguments: [String], input: Command.Input = .none, once stored: Int = 1,
    during program: String
  ) throws {
    held = try HeldCommand(
      store.command(arguments, input: input), on: store.database, in: store.folder,
      when: "db.activities.estimated_document_count() >= \(stored)", during: program)
  }

  func ended() throws -> ImportOutcome { try ImportOutcome(held.ended()) }
}
