import Foundation
import Support
import Testing

/// `encrypt-migrate` on servers that fail: every document ends as it would have without, and the counts are true. One
/// server, and one failpoint at a time.
@Suite(.serialized) struct MigrationFaultTests {
  private static let server = Result { try TestServer(arguments: ["--enable-test-commands"]) }
  private static let before = Result { try MigrationBench(on: server.get(), activities: 60) }
  /// What comes of it without faults.
  private static let undisturbed = Result {
    let bench = try before.get().copy(on: server.get())
    let done = try bench.migrate()
    return (content: try bench.content(), changed: done.sum(\.changed))
  }

  private func bench() throws -> MigrationBench { try Self.before.get().copy(on: Self.server.get()) }

  private func expectAllDone(_ done: MigrationOutcome, _ bench: MigrationBench) throws {
    let (content, changed) = try Self.undisturbed.get()
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.sum(\.changed) == changed)
    #expect(try bench.content() == content)
    #expect(try bench.migrate("--verify").exitCode == 0)
  }

  @Test(arguments: Failpoint.passingByKind)
  func whatPassesIsRepeated(_ failpoint: Failpoint) throws {
    let bench = try bench()
    try bench.store.database.arm(failpoint, on: ["find", "update", "count"], times: 3)
    try expectAllDone(bench.migrate(uri: bench.store.database.impatientURI), bench)
  }

  /// Refused again and again, while the server answers everything else.
  @Test(arguments: [50, 112])
  func aBulkThatKeepsFailingIsRepeatedWithPauses(_ code: Int) throws {
    let bench = try bench()
    try bench.store.database.arm(.code(code), on: ["update"], after: 1, times: 5)
    let done = try bench.migrate()
    #expect(done.errors.matches(of: /writing \w+: .*trying again in/).count >= 5)
    try expectAllDone(done, bench)
  }

  /// What is written is there: it counts once.
  @Test func writesWhoseDurabilityIsUnknownAreLookedFor() throws {
    let bench = try bench()
    try bench.store.database.arm(.writeConcern, on: ["update"], times: 3)
    try expectAllDone(bench.migrate(), bench)
  }

  @Test(arguments: [
    ["update:users:1", "update:activities:1", "update:activities:2", "update:store_settings:1", "find:data_keys:1"],
    [
      "reset@update:users:1", "cut@update:activities:1", "delay@update:activities:3", "cut@find:activities:1",
      "reset@find:users:1", "cut@update:store_settings:1", "delay@find:data_keys:1",
    ],
  ])
  func lostAnswersDoNotMatter(_ faults: [String]) throws {
    let bench = try bench()
    let proxy = try LossyProxy(to: Self.server.get(), losing: faults)
    let done = try bench.migrate(uri: proxy.uri)
    #expect(proxy.lost == Set(faults))
    try expectAllDone(done, bench)
  }

  /// Unauthorized, in the middle.
  @Test func whatDoesNotPassEndsItAndARerunFinishes() throws {
    let bench = try bench()
    try bench.store.database.arm(.code(13), on: ["update"], after: 3, times: 1000)
    let done = try bench.migrate()
    try bench.store.database.disarm()
    #expect(done.exitCode == 2)
    #expect(done.failure?.isEmpty == false)
    #expect(done.sum(\.unfinished) > 0)
    let again = try bench.migrate()
    #expect(again.exitCode == 0, "\(again.errors)")
    let (content, changed) = try Self.undisturbed.get()
    #expect(done.sum(\.changed) + again.sum(\.changed) == changed)
    #expect(try bench.content() == content)
  }

  @Test func aServerThatIsKilledOnTheWayIsWaitedFor() throws {
    let server = try TestServer()
    let bench = try Self.before.get().copy(on: server)
    let running = try bench.command(["--max-rate", "40"]).start()
    Thread.sleep(forTimeInterval: 0.7)
    try server.kill()
    #expect(running.isRunning)
    try server.start()
    let done = try MigrationOutcome(running.wait())
    try expectAllDone(done, bench)
  }
}
