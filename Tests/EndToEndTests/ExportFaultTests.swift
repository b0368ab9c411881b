import Foundation
import Support
import Testing

/// What happens to an export when its server, its cursor or its reader goes away.
@Suite(.waiting) struct ExportFaultTests {
  private let failing: FailpointServer
  private var server: TestServer { failing.server }

  init() throws { failing = try FailpointServer() }

  /// The server dies in the middle and comes back: the export goes on behind what it has.
  @Test func aServerThatDiesAndComesBackIsWaitedFor() throws {
    let server = try TestServer()
    let bench = try ExportFixture(server: server)
    try bench.fill()
    let running = try bench.slowlyRead(bench.command(["activities", "--fields", "_id,description"]))
    try server.kill()
    try bench.folder.write("", to: "go")
    try server.start()
    let outcome = try running.wait()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("trying again"), "it did not notice: the pipeline held everything")
    #expect(try bench.copiedIDs() == Array(0..<ExportFixture.filling))
  }

  /// Ctrl-C while the reader is slow: the array has no end, and the exit code says so.
  @Test func anInterruptedArrayHasNoEnd() throws {
    let bench = try ExportFixture()
    try bench.fill()
    let export = try bench.command(["activities", "--format", "json"])
    let noting = Command(
      "/bin/sh", ["-c", #"echo $$ > "$0/pid"; exec "$@""#, bench.folder.path, export.executable] + export.arguments,
      environment: export.environment)
    let running = try bench.slowlyRead(noting)
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
    let bench = try ExportFixture(server: server)
    try bench.pymongo.run(
      "db.activities.insert_many([{'strava_activity_id': n, 'user_id': n % 300} for n in range(3000)])")
    for (output, split) in [
      ("activities.json", []), ("folder", ["--split-by", "size:10k"]),
      ("folder", ["--split-by", "user", "--compress", "gz"]),
    ] {
      let proxy = try LossyProxy(to: server, losing: ["hold@getMore:activities:2"])
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

  private func fillWithNumbers(_ bench: ExportFixture) throws {
    try bench.pymongo.run("db.activities.insert_many([{'_id': n, 'strava_activity_id': n} for n in range(5000)])")
  }

  private static let numbers = (0..<5000).map { "{\"_id\":\($0)}\n" }.joined()

  /// 43 is CursorNotFound: what a cursor that was idle for too long has.
  @Test(arguments: [43, 11600, 50, 112])
  func aCursorThatTheServerGaveUpIsOpenedAgain(code: Int) throws {
    let bench = try ExportFixture(server: server)
    try fillWithNumbers(bench)
    try bench.store.database.arm(.code(code), on: ["getMore"], times: 1)
    let outcome = try bench.command(["activities", "--fields", "_id"]).run()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("trying again"))
    #expect(outcome.output == Self.numbers)
  }

  @Test(arguments: Failpoint.passingByKind)
  func whatPassesIsRepeated(_ failpoint: Failpoint) throws {
    let bench = try ExportFixture(server: server)
    try fillWithNumbers(bench)
    try bench.store.database.arm(failpoint, on: ["find", "getMore", "count"], times: 4)
    let printed = try bench.printed(
      ["activities", "--fields", "_id", "-o", "a.ndjson"], uri: bench.store.database.impatientURI)
    #expect(printed.exitCode == 0)
    #expect(printed.total.written == 5000)
    #expect(try bench.folder.read("a.ndjson") == Array(Self.numbers.utf8))
  }

  /// Unauthorized, in the middle: no file, and what was read is reported as unfinished.
  @Test func whatDoesNotPassEndsItWithoutAFile() throws {
    let bench = try ExportFixture(server: server)
    try fillWithNumbers(bench)
    try bench.store.database.arm(.code(13), on: ["getMore"], times: 1)
    let printed = try bench.printed(["activities", "--fields", "_id", "-o", "a.ndjson"])
    #expect(printed.exitCode == 2)
    #expect(printed.failure?.isEmpty == false)
    #expect(printed.total.unfinished == printed.total.read && printed.files.isEmpty)
    #expect(try bench.names() == ["keys.json"])
  }

  @Test func answersThatAreLostCutOrLate() throws {
    try expectEveryNumber(
      losing: [
        "find:activities:1", "cut@getMore:activities:1", "reset@getMore:activities:2", "getMore:activities:3",
        "delay@getMore:activities:4", "reset@count:activities:1",
      ], on: server)
  }

  @Test func logInsThatBreakOff() throws {
    try expectEveryNumber(
      losing: ["drop+4@find:activities:1", "demote+4@getMore:activities:1", "cut@getMore:activities:2"],
      on: TestServer.guarded)
  }

  private func expectEveryNumber(losing faults: [String], on server: TestServer) throws {
    let bench = try ExportFixture(server: server)
    try fillWithNumbers(bench)
    let proxy = try LossyProxy(to: server, losing: faults)
    let printed = try bench.printed(["activities", "--fields", "_id", "-o", "a.ndjson"], uri: proxy.uri)
    #expect(proxy.lost == Set(faults))
    #expect(printed.exitCode == 0 && printed.total.written == 5000)
    #expect(try bench.folder.read("a.ndjson") == Array(Self.numbers.utf8))
  }

  /// The server sends few documents, and then has no cursor any more, again and again: each time the export goes on behind
  /// these, whatever their `_id` is, and whatever the field that it sorts by. To know that all documents of one key are
  /// there takes the first of the next key.
  @Test(arguments: ["", "--sort -_id", "--sort distance", "--sort -distance"])
  func aScanGoesOnBehindAnyType(options: String) throws {
    let bench = try ExportFixture(server: server)
    // No array and no regular expression: servers take neither for an _id.
    try bench.pymongo.run(
      """
      import datetime
      values = [bson.MinKey(), None, float("nan"), float("-inf"), -1, 2.5, bson.Int64(2**40), bson.Decimal128("7.5"),
                "", "text", {}, {"a": 1}, bson.Binary(b"bytes"), bson.ObjectId(), False, True,
                datetime.datetime(2024, 1, 1), bson.Timestamp(1, 2), bson.Code("a"), bson.Code("b", {"c": 1}),
                bson.MaxKey()]
      documents = [{"_id": value, "strava_activity_id": n} for n, value in enumerate(values)]
      # Each of them as a distance too, in another order; a missing one is as None.
      for n, document in enumerate(documents):
          if n: document["distance"] = values[(n * 8 + 1) % len(values)]
      db.activities.insert_many(documents)
      db.activities.create_index("distance")
      """)
    let command = ["activities"] + options.split(separator: " ").map(String.init)
    let whole = try bench.command(command).run()
    #expect(whole.exitCode == 0, "\(whole.errors)")
    let count = 21
    #expect(Set(whole.output.split(separator: "\n")).count == count)
    let isByField = options.contains("distance")
    let times = isByField ? count / 2 : count
    let proxy = try LossyProxy(
      to: server, losing: (1...times).map { "batch+\(isByField ? 3 : 1)@find:activities:\($0)" })
    try bench.store.database.arm(.code(43), on: ["getMore"], times: times)
    let outcome = try bench.command(command, uri: proxy.uri).run()
    try bench.store.database.disarm()
    #expect(proxy.lost.count == times)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output == whole.output)
  }
}
