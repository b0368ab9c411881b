import Foundation
import Support
import Testing

/// An import to which something happens at the moment when its first activities are stored: a Python program, to which
/// the import's process id (`pid`), its files (`folder`) and the database (`db`) are known.
///
/// The import is stopped meanwhile (SIGSTOP), so that nothing depends on who is faster.
struct HeldImport {
  private let command: RunningCommand
  /// What the program printed.
  let printed: String

  /// - Parameter stored: how many activities to wait for.
  init(
    _ bench: ImportBench, _ arguments: [String], input: Command.Input = .none, once stored: Int = 1,
    during program: String
  ) throws {
    // The watcher runs first: starting it takes longer than many an import.
    let watching = """
      import json, os, pathlib, pymongo, signal, sys, time
      folder, wanted = sys.argv[1], int(sys.argv[2])
      db = pymongo.MongoClient(os.environ["MONGODB_URI"])[os.environ["MONGODB_DATABASE"]]
      pathlib.Path(folder, "watching").touch()
      until = time.monotonic() + 60
      while db.activities.estimated_document_count() < wanted and time.monotonic() < until: time.sleep(0.002)
      pid = int(pathlib.Path(folder, "pid").read_text())
      os.kill(pid, signal.SIGSTOP)
      try:
          exec(sys.argv[3])
      finally:
          os.kill(pid, signal.SIGCONT)
      """
    let watcher = try Command(
      try Checkout.inVenv("python"), ["-c", watching, bench.folder.path, "\(stored)", program],
      environment: ["MONGODB_URI": bench.database.uri, "MONGODB_DATABASE": bench.database.name]
    ).start()
    while !FileManager.default.fileExists(atPath: bench.folder.path("watching")), watcher.isRunning { usleep(5000) }
    command = try bench.command(arguments, input: input).start()
    // Renamed into place, so that it is never read half written.
    try bench.folder.write("\(command.processIdentifier)", to: "pid.new")
    try FileManager.default.moveItem(atPath: bench.folder.path("pid.new"), toPath: bench.folder.path("pid"))
    let watched = try watcher.wait()
    guard watched.exitCode == 0 else { throw HarnessError("the watcher failed: \(watched.errors)") }
    printed = watched.output
  }

  func ended() throws -> ImportOutcome { try ImportOutcome(command.wait()) }
}
