import Foundation
import Support
import Testing

/// The behavior of an export when its server, its cursor or the reader of its output goes away.
@Suite(.waiting) struct ExportFaultTests {
  private let failing: FailpointServer
  private var server: TestServer { failing.server }

  init() throws { failing = try FailpointServer() }

  /// The server is killed in the middle and starts again: the export continues after the documents that it has.
  @Test func aServerThatDiesAndComesBackIsWaitedFor() throws {
    let server = try TestServer()
    let fixture = try ExportFixture(server: server)
    try fixture.fill()
    let running = try fixture.slowlyRead(fixture.command(["activities", "--fields", "_id,description"]))
    try server.kill()
    try fixture.folder.write("", to: "go")
    try server.start()
    let outcome = try running.wait()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("trying again"), "it did not notice: the pipeline held everything")
    #expect(try fixture.copiedIDs() == Array(0..<ExportFixture.filling))
  }

  /// Ctrl-C while the output is read slowly: the JSON array has no end, and the exit code says so.
  @Test func anInterruptedArrayHasNoEnd() throws {
    let fixture = try ExportFixture()
    try fixture.fill()
    let export = try fixture.command(["activities", "--format", "json"])
    let noting = Command(
      "/bin/sh", ["-c", #"echo $$ > "$0/pid"; exec "$@""#, fixture.folder.path, export.executable] + export.arguments,
      environment: export.environment)
    let running = try fixture.slowlyRead(noting)
    let pid = try #require(
      pid_t(String(decoding: fixture.folder.read("pid"), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    )
    kill(pid, SIGINT)
    while running.isRunning, !running.errorsSoFar.contains("interrupted") {
      // The message comes after the blocked write has ended.
      if !FileManager.default.fileExists(atPath: fixture.folder.path("go")) { try fixture.folder.write("", to: "go") }
      usleep(5000)
    }
    let outcome = try running.wait()
    #expect(outcome.exitCode == 130, "\(outcome.errors)")
    let copy = try String(decoding: fixture.folder.read("copy"), as: UTF8.self)
    #expect(copy.hasPrefix("[\n{") && !copy.hasSuffix("]\n"))
  }

  /// The server does not answer: a signal ends the export, and no file is left.
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))] as [(Int32, Int32)])
  func anInterruptedFileIsNone(signal: Int32, code: Int32) throws {
    let server = try TestServer.shared
    let fixture = try ExportFixture(server: server)
    try fixture.pymongo.run(
      "db.activities.insert_many([{'strava_activity_id': n, 'user_id': n % 300} for n in range(3000)])")
    for (output, split) in [
      ("activities.json", []), ("folder", ["--split-by", "size:10k"]),
      ("folder", ["--split-by", "user", "--compress", "gz"]),
    ] {
      let proxy = try LossyProxy(to: server, losing: ["hold@getMore:activities:2"])
      let command = try fixture.command(
        ["activities", "--format", "json", "--json", "-o", fixture.folder.path(output)] + split, uri: proxy.uri)
      let running = try command.start()
      while running.isRunning, proxy.lost.isEmpty { usleep(5000) }
      running.send(signal)
      let result = try fixture.read(running.wait())
      #expect(result.exitCode == code)
      #expect(result.files.isEmpty)
      #expect(try fixture.names() == ["keys.json"])
      #expect(result.total.unfinished > 0 && result.total.written == 0)
    }
  }

  private func fillWithNumbers(_ fixture: ExportFixture) throws {
    try fixture.pymongo.run("db.activities.insert_many([{'_id': n, 'strava_activity_id': n} for n in range(5000)])")
  }

  private static let numbers = (0..<5000).map { "{\"_id\":\($0)}\n" }.joined()

  /// Code 43 is CursorNotFound, the error for a cursor that was idle for too long.
  @Test(arguments: [43, 11600, 50, 112])
  func aCursorThatTheServerGaveUpIsOpenedAgain(code: Int) throws {
    let fixture = try ExportFixture(server: server)
    try fillWithNumbers(fixture)
    try fixture.store.database.arm(.code(code), on: ["getMore"], times: 1)
    let outcome = try fixture.command(["activities", "--fields", "_id"]).run()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("trying again"))
    #expect(outcome.output == Self.numbers)
  }

  @Test(arguments: Failpoint.passingByKind)
  func whatPassesIsRepeated(_ failpoint: Failpoint) throws {
    let fixture = try ExportFixture(server: server)
    try fillWithNumbers(fixture)
    try fixture.store.database.arm(failpoint, on: ["find", "getMore", "count"], times: 4)
    let printed = try fixture.printed(
      ["activities", "--fields", "_id", "-o", "a.ndjson"], uri: fixture.store.database.impatientURI)
    #expect(printed.exitCode == 0)
    #expect(printed.total.written == 5000)
    #expect(try fixture.folder.read("a.ndjson") == Array(Self.numbers.utf8))
  }

  /// A right is missing in the middle: no file is written, and the documents read count as unfinished.
  @Test func whatDoesNotPassEndsItWithoutAFile() throws {
    let fixture = try ExportFixture(server: server)
    try fillWithNumbers(fixture)
    try fixture.store.database.arm(.code(13), on: ["getMore"], times: 1)
    let printed = try fixture.printed(["activities", "--fields", "_id", "-o", "a.ndjson"])
    #expect(printed.exitCode == 2)
    #expect(printed.failure?.isEmpty == false)
    #expect(printed.total.unfinished == printed.total.read && printed.files.isEmpty)
    #expect(try fixture.names() == ["keys.json"])
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
    let fixture = try ExportFixture(server: server)
    try fillWithNumbers(fixture)
    let proxy = try LossyProxy(to: server, losing: faults)
    let printed = try fixture.printed(["activities", "--fields", "_id", "-o", "a.ndjson"], uri: proxy.uri)
    #expect(proxy.lost == Set(faults))
    #expect(printed.exitCode == 0 && printed.total.written == 5000)
    #expect(try fixture.folder.read("a.ndjson") == Array(Self.numbers.utf8))
  }

  /// The server sends few documents and then loses the cursor, again and again. Each time the export continues after
  /// the last document, whatever its `_id` and whatever the sort field. To know that all documents with one key have
  /// been read, it needs the first document with the next key.
  @Test(arguments: ["", "--sort -_id", "--sort distance", "--sort -distance"])
  func aScanGoesOnBehindAnyType(options: String) throws {
    let fixture = try ExportFixture(server: server)
    // Servers accept neither an array nor a regular expression as _id.
    try fixture.pymongo.run(
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
    let whole = try fixture.command(command).run()
    #expect(whole.exitCode == 0, "\(whole.errors)")
    let count = 21
    #expect(Set(whole.output.split(separator: "\n")).count == count)
    let isByField = options.contains("distance")
    let times = isByField ? count / 2 : count
    let proxy = try LossyProxy(
      to: server, losing: (1...times).map { "batch+\(isByField ? 3 : 1)@find:activities:\($0)" })
    try fixture.store.database.arm(.code(43), on: ["getMore"], times: times)
    let outcome = try fixture.command(command, uri: proxy.uri).run()
    try fixture.store.database.disarm()
    #expect(proxy.lost.count == times)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output == whole.output)
  }
}
