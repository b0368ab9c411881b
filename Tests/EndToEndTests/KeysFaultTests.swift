import Foundation
import Support
import Testing

/// The `keys` commands on servers that fail: each has the same result as without faults, and counts its work once.
@Suite(.waiting) struct KeysFaultTests {
  private let failing: FailpointServer
  private var server: TestServer { failing.server }
  private static let athletes = 8
  private let keys: KeysFixture

  init() throws {
    failing = try FailpointServer()
    keys = try Self.keys(on: failing.server)
  }

  private static func keys(on server: TestServer) throws -> KeysFixture {
    try KeysFixture(
      server: server, importing: SyntheticDump.noted(60, athletes: athletes) + SyntheticDump.people(athletes))
  }

  private func run(_ task: [String], uri: String) throws -> KeysOutcome {
    try KeysOutcome(keys.run(["keys"] + task + ["--json", "--uri", uri]))
  }

  /// Rotates both kinds of keys and purges. The decrypted documents are the same before and after.
  private func rotateAndPurge(_ through: (_ task: [String]) throws -> KeysOutcome) throws {
    try rotateAndPurge(keys, through)
  }

  private func rotateAndPurge(_ keys: KeysFixture, _ through: (_ task: [String]) throws -> KeysOutcome) throws {
    let decrypted = try keys.decrypted()
    let rotated = try through(["rotate-data", "--all"])
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(rotated.done("data_keys_made") == Self.athletes && rotated.done("data_keys_retired") == Self.athletes)
    let master = try through(["rotate-master"])
    #expect(master.exitCode == 0, "\(master.errors)")
    #expect(master.done("masters_made") == 1 && master.printed.masters?.last?.dataKeys == 2 * Self.athletes)
    try keys.age(byHours: 24)
    let purged = try through(["purge"])
    #expect(purged.exitCode == 0, "\(purged.errors)")
    #expect(purged.done("data_keys_deleted") == Self.athletes && purged.printed.dataKeys?.total == Self.athletes)
    #expect(try keys.keys("verify").exitCode == 0)
    #expect(try keys.decrypted() == decrypted)
  }

  @Test(arguments: [Failpoint.code(91), .code(112), .closeConnection, .writeConcern])
  func whatPassesIsRepeated(_ failpoint: Failpoint) throws {
    try rotateAndPurge { task in
      let database = keys.store.database
      try database.arm(
        failpoint, on: ["insert", "update", "delete"] + (failpoint.isOfWrites ? [] : ["find", "getMore", "count"]),
        times: 3)
      let done = try run(task, uri: database.impatientURI)
      try database.disarm()
      #expect(done.errors.contains("trying again in"), "\(task)")
      return done
    }
  }

  @Test func lostAnswersDoNotMatter() throws {
    let faults = [
      "rotate-data": [
        "insert:data_keys:1", "update:store_settings:1", "reset@update:users:1", "cut@update:activities:1",
        "cut@update:data_keys:1", "delay@find:data_keys:1",
      ],
      "rotate-master": ["update:store_settings:1", "cut@update:data_keys:1", "reset@find:data_keys:2"],
      "purge": ["delete:data_keys:1", "reset@update:store_settings:1", "cut@find:users:1"],
    ]
    try rotateAndPurge { task in
      let wanted = try #require(faults[task[0]])
      let proxy = try LossyProxy(to: server, losing: wanted)
      let done = try run(task, uri: proxy.uri)
      #expect(proxy.lost == Set(wanted), "\(task)")
      return done
    }
  }

  @Test func logInsThatBreakOffDoNotMatter() throws {
    let faults = [
      "rotate-data": ["drop+4@update:activities:1", "cut@update:data_keys:1"],
      "rotate-master": ["demote+4@update:store_settings:1"], "purge": ["drop+4@delete:data_keys:1"],
    ]
    let keys = try Self.keys(on: TestServer.guarded)
    try rotateAndPurge(keys) { task in
      let wanted = try #require(faults[task[0]])
      let proxy = try LossyProxy(to: TestServer.guarded, losing: wanted)
      let done = try KeysOutcome(keys.run(["keys"] + task + ["--json", "--uri", proxy.uri]))
      #expect(proxy.lost == Set(wanted), "\(task)")
      #expect(proxy.failedLogins == 4, "\(task)")
      return done
    }
  }

  /// The server is killed right before it receives the write of each task.
  @Test func aServerThatIsKilledOnTheWayIsWaitedFor() throws {
    let targets = [
      "rotate-data": "update:activities:1", "rotate-master": "update:data_keys:1", "purge": "delete:data_keys:1",
    ]
    try rotateAndPurge { task in
      let folder = try TemporaryFolder()
      let target = try #require(targets[task[0]])
      // The write makes the earlier writes durable, including those of the test itself.
      let proxy = try LossyProxy(
        to: keys.store.database, before: target,
        do: """
          import pathlib, time
          db.client["lasting"].command("insert", "all", documents=[{}], writeConcern={"j": True})
          pathlib.Path("\(folder.path("here"))").touch()
          while not pathlib.Path("\(folder.path("gone"))").exists(): time.sleep(0.01)
          """)
      let running = try keys.command(["keys"] + task + ["--json", "--uri", proxy.uri]).start()
      while !FileManager.default.fileExists(atPath: folder.path("here")), running.isRunning { usleep(5000) }
      try server.kill()
      try folder.write("", to: "gone")
      try server.start()
      let done = try KeysOutcome(running.wait())
      #expect(proxy.acted == [target])
      return done
    }
  }

  /// A right is missing in the middle: it is reported, and the next run continues.
  @Test func whatDoesNotPassEndsItAndARerunFinishes() throws {
    let decrypted = try keys.decrypted()
    try keys.store.database.arm(.code(13), on: ["update"], afterTheFirst: 2)
    let failed = try keys.keys("rotate-data", "--all")
    try keys.store.database.disarm()
    #expect(failed.exitCode == 2)
    #expect(failed.printed.failure?.isEmpty == false)
    #expect(try keys.keys("verify").exitCode == 0)
    let again = try keys.keys("rotate-data", "--all")
    #expect(again.exitCode == 0 && again.done("data_keys_made") == 0, "\(again.errors)")
    #expect(again.printed.dataKeys?.superseded == 0 && again.printed.dataKeys?.retired == Self.athletes)
    #expect(try keys.decrypted() == decrypted)
  }

  /// Another process does all the work right before this one's write arrives.
  @Test(arguments: [
    ("rotate-data --all", "update:data_keys:1", "data_keys_retired"),
    ("rotate-master", "update:data_keys:1", "rewrapped"),
    ("purge", "delete:data_keys:1", "data_keys_deleted"),
  ])
  func twoSideBySideCountEachKeyOnce(task: String, write: String, deed: String) throws {
    if task == "purge" {
      #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
      try keys.age(byHours: 24)
    }
    let words = task.split(separator: " ").map(String.init)
    let folder = try TemporaryFolder()
    let proxy = try LossyProxy(
      to: keys.store.database, before: write,
      do: """
        import json, pathlib, subprocess
        other = subprocess.run(
            \(keys.python(["keys"] + words + ["--json", "--uri", server.uri])), check=True, stdout=subprocess.PIPE)
        pathlib.Path("\(folder.path("other"))").write_text(str(json.loads(other.stdout)["done"]["\(deed)"]))
        """)
    let done = try run(words, uri: proxy.uri)
    #expect(proxy.acted == [write])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(String(decoding: try folder.read("other"), as: UTF8.self) == "\(Self.athletes)")
    #expect(done.done(deed) == 0)
    #expect(try keys.keys("verify").exitCode == 0)
  }

  /// The text for people names them, too, because people have to know which keys exist.
  @Test func whatWasDoneIsReportedWhereTheTaskFailed() throws {
    try keys.store.database.arm(.code(13), on: ["update"], afterTheFirst: 2)
    let failed = try keys.run(["keys", "rotate-data", "--all"])
    try keys.store.database.disarm()
    #expect(failed.exitCode == 2)
    #expect(failed.errors.contains("error: "))
    #expect(
      failed.errors.contains("completed before the error: created \(Self.athletes) data keys"), "\(failed.errors)")
  }
}
