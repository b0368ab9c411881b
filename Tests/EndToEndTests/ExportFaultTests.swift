import Foundation
import Support
import Testing

/// What happens to an export when its server, its cursor or its reader goes away.
@Suite(.serialized) struct ExportFaultTests {
  /// Runs an export whose reader stops in the middle until it is told to go on.
  private static let slowReader = """
    import pathlib, subprocess, sys, time
    folder, *command = sys.argv[1:]
    export = subprocess.Popen(command, stdout=subprocess.PIPE)
    head = export.stdout.read(200_000)
    pathlib.Path(folder, "reading").touch()
    while not pathlib.Path(folder, "go").exists(): time.sleep(0.005)
    rest = export.stdout.read()
    code = export.wait()
    with open(f"{folder}/copy", "wb") as copy: copy.write(head + rest)
    sys.exit(code)
    """

  private func reader(_ export: Command, _ folder: TemporaryFolder) throws -> RunningCommand {
    let running = try Command(
      try Checkout.inVenv("python"), ["-c", Self.slowReader, folder.path, export.executable] + export.arguments,
      environment: export.environment
    ).start()
    while running.isRunning, !FileManager.default.fileExists(atPath: folder.path("reading")) { usleep(5000) }
    return running
  }

  /// More than the pipeline and the cursor hold.
  private static let count = 14_000

  private func fill(_ bench: ExportBench) throws {
    try bench.pymongo.run(
      """
      text = "x" * 2000
      for start in range(0, \(Self.count), 1000):
          db.activities.insert_many([{"_id": n, "strava_activity_id": n, "description": text} for n in range(start, start + 1000)])
      """)
  }

  /// The server dies in the middle and comes back: the export goes on behind what it has.
  @Test func aServerThatDiesAndComesBackIsWaitedFor() throws {
    let server = try TestServer()
    let bench = try ExportBench(server: server)
    try fill(bench)
    let running = try reader(bench.command(["activities", "--fields", "_id,description"]), bench.folder)
    try server.kill()
    try bench.folder.write("", to: "go")
    try server.start()
    let outcome = try running.wait()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("trying again"), "it did not notice: the pipeline held everything")
    let copy = try String(decoding: bench.folder.read("copy"), as: UTF8.self).split(separator: "\n")
    let ids = copy.map { $0.dropFirst(7).prefix { $0 != "," } }
    #expect(ids.map { Int($0) } == Array(0..<Self.count))
  }

  /// Ctrl-C while the reader is slow: the array has no end, and the exit code says so.
  @Test func anInterruptedArrayHasNoEnd() throws {
    let bench = try ExportBench()
    try fill(bench)
    let export = try bench.command(["activities", "--format", "json"])
    let noting = Command(
      "/bin/sh", ["-c", #"echo $$ > "$0/pid"; exec "$@""#, bench.folder.path, export.executable] + export.arguments,
      environment: export.environment)
    let running = try reader(noting, bench.folder)
    let pid = try #require(
      pid_t(String(decoding: bench.folder.read("pid"), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
    kill(pid, SIGINT)
    while running.isRunning, !running.errorsSoFar.contains("interrupted") {
      // What it has to say comes once its writer is let go.
      if !FileManager.default.fileExists(atPath: bench.folder.path("go")) { try bench.folder.write("", to: "go") }
      usleep(5000)
    }
    let outcome = try running.wait()
    #expect(outcome.exitCode == 130, "\(outcome.errors)")
    let copy = try String(decoding: bench.folder.read("copy"), as: UTF8.self)
    #expect(copy.hasPrefix("[\n{") && !copy.hasSuffix("]\n"))
  }

  /// A server that does not answer: a signal ends the export, and no file is left.
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))] as [(Int32, Int32)])
  func anInterruptedFileIsNone(signal: Int32, code: Int32) throws {
    let server = try TestServer.shared
    let bench = try ExportBench(server: server)
    try bench.pymongo.run("db.activities.insert_many([{'strava_activity_id': n} for n in range(3000)])")
    for output in ["activities.json", "folder"] {
      let proxy = try LossyProxy(to: server, losing: ["hold@getMore:activities:2"])
      let split = output == "folder" ? ["--split-by", "size:10k"] : []
      let command = try bench.command(
        ["activities", "--format", "json", "--json", "-o", bench.folder.path(output)] + split, uri: proxy.uri)
      let running = try command.start()
      while running.isRunning, proxy.lost.isEmpty { usleep(5000) }
      running.send(signal)
      let told = try bench.read(running.wait())
      #expect(told.exitCode == code)
      #expect(told.files.isEmpty)
      #expect(try bench.names() == ["keys.json"])
      #expect(told.total.unfinished > 0 && told.total.written == 0)
    }
  }

  /// Codes that a lost cursor and a change of primary have: 43 CursorNotFound, 11600 InterruptedAtShutdown.
  @Test(arguments: [43, 11600])
  func aCursorThatTheServerGaveUpIsOpenedAgain(code: Int) throws {
    let server = try Self.failing.get()
    let bench = try ExportBench(server: server)
    try bench.pymongo.run("db.activities.insert_many([{'_id': n, 'strava_activity_id': n} for n in range(5000)])")
    try bench.pymongo.run(
      """
      client.admin.command('configureFailPoint', 'failCommand', mode={'times': 1},
        data={'appName': 'strava-store', 'failCommands': ['getMore'], 'errorCode': \(code)})
      """)
    let outcome = try bench.command(["activities", "--fields", "_id"]).run()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("trying again"))
    #expect(outcome.output == (0..<5000).map { "{\"_id\":\($0)}\n" }.joined())
  }

  private static let failing = Result { try TestServer(arguments: ["--enable-test-commands"]) }
}
