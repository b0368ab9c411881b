import Foundation
import Support
import Testing

/// `encrypt-migrate` on servers that fail: every document has the same result as without faults, and the counts are
/// correct.
@Suite(.waiting) struct MigrationFaultTests {
  private let failing: FailpointServer
  private var server: TestServer { failing.server }
  private static let before = Result { try MigrationFixture(activities: 60) }
  /// The result without faults.
  private static let undisturbed = Result {
    let fixture = try before.get().copy()
    let done = try fixture.migrate()
    return (content: try fixture.content(), changed: done.sum(\.changed))
  }

  init() throws { failing = try FailpointServer() }

  private func fixture() throws -> MigrationFixture { try Self.before.get().copy(on: server) }

  private func expectAllDone(_ done: MigrationOutcome, _ fixture: MigrationFixture) throws {
    let (content, changed) = try Self.undisturbed.get()
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.sum(\.changed) == changed)
    #expect(try fixture.content() == content)
    #expect(try fixture.migrate("--verify").exitCode == 0)
  }

  @Test(arguments: Failpoint.passingByKind)
  func whatPassesIsRepeated(_ failpoint: Failpoint) throws {
    let fixture = try fixture()
    try fixture.store.database.arm(failpoint, on: ["find", "update", "count"], times: 3)
    try expectAllDone(fixture.migrate(uri: fixture.store.database.impatientURI), fixture)
  }

  /// The server refuses one command again and again, while it answers everything else.
  @Test(arguments: [50, 112])
  func aBulkThatKeepsFailingIsRepeatedWithPauses(_ code: Int) throws {
    let fixture = try fixture()
    let faults = (1...5).map { "fail+\(code)@update:users:\($0)" }
    let proxy = try LossyProxy(to: server, losing: faults)
    let done = try fixture.migrate(uri: proxy.uri)
    #expect(proxy.lost == Set(faults))
    #expect(done.errors.matches(of: /writing \w+: .*trying again in/).count >= 5)
    try expectAllDone(done, fixture)
  }

  /// A write whose durability is unknown was applied: it counts once.
  @Test func writesWhoseDurabilityIsUnknownAreLookedFor() throws {
    let fixture = try fixture()
    try fixture.store.database.arm(.writeConcern, on: ["update"], times: 3)
    try expectAllDone(fixture.migrate(), fixture)
  }

  @Test(arguments: [
    ["update:users:1", "update:activities:1", "update:activities:2", "update:store_settings:1", "find:data_keys:1"],
    [
      "reset@update:users:1", "cut@update:activities:1", "delay@update:activities:3", "cut@find:activities:1",
      "reset@find:users:1", "cut@update:store_settings:1", "delay@find:data_keys:1",
    ],
  ])
  func lostAnswersDoNotMatter(_ faults: [String]) throws { try expectAllDone(losing: faults, on: server) }

  @Test func logInsThatBreakOffDoNotMatter() throws {
    try expectAllDone(
      losing: ["drop+4@update:users:1", "demote+4@update:activities:2", "cut@update:store_settings:1"],
      on: TestServer.guarded)
  }

  private func expectAllDone(losing faults: [String], on server: TestServer) throws {
    let fixture = try Self.before.get().copy(on: server)
    let proxy = try LossyProxy(to: server, losing: faults)
    let done = try fixture.migrate(uri: proxy.uri)
    #expect(proxy.lost == Set(faults))
    try expectAllDone(done, fixture)
  }

  /// A right is missing in the middle.
  @Test func whatDoesNotPassEndsItAndARerunFinishes() throws {
    let fixture = try fixture()
    try fixture.store.database.arm(.code(13), on: ["update"], afterTheFirst: 3)
    let done = try fixture.migrate()
    try fixture.store.database.disarm()
    #expect(done.exitCode == 2)
    #expect(done.failure?.isEmpty == false)
    #expect(done.sum(\.unfinished) > 0)
    let again = try fixture.migrate()
    #expect(again.exitCode == 0, "\(again.errors)")
    let (content, changed) = try Self.undisturbed.get()
    #expect(done.sum(\.changed) + again.sum(\.changed) == changed)
    #expect(try fixture.content() == content)
  }

  @Test func aServerThatIsKilledOnTheWayIsWaitedFor() throws {
    let server = try TestServer()
    let fixture = try Self.before.get().copy(on: server)
    let folder = try TemporaryFolder()
    let migration = try HeldCommand(
      fixture.command(["--max-rate", "40"]), on: fixture.store.database, in: folder,
      when: "any(isinstance(activity.get('calories'), bytes) for activity in db.activities.find())", goesOn: false)
    try #require(migration.command.isRunning)
    try server.kill()
    migration.goOn()
    try server.start()
    let done = try MigrationOutcome(migration.ended())
    try expectAllDone(done, fixture)
  }
}
