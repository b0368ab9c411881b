import Foundation
import Support
import Testing

/// Connections to a server that requires a login are lost in the middle of a command. A fault in the logins after that
/// is temporary, as a broken connection is.
@Suite(.waiting) struct LoginFaultTests {
  typealias Counts = PrintedSummary.Counts

  private static let records = SyntheticDump.summaries(40, athletes: 4)
  private static let options = ["--batch-size", "10", "--writers", "1"]

  /// Each new connection is one more login. The driver opens one for a request and one for its own repetition of it.
  @Test(arguments: ["drop+4", "demote+4"], ["insert:activities:2", "find:users:1", "insert:users:1"])
  func anImportWaitsForLoginsThatBreakOff(_ fault: String, _ command: String) throws {
    let store = try TestStore(on: TestServer.guarded)
    let proxy = try LossyProxy(to: TestServer.guarded, losing: ["\(fault)@\(command)"])
    let done = try store.importing(Self.records, Self.options, uri: proxy.uri)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(proxy.lost == ["\(fault)@\(command)"])
    #expect(proxy.failedLogins == 4)
    #expect(done.errors.contains("trying again in"))
    #expect(done.summary.activities == Counts(read: 40, new: 40))
    #expect(done.summary.stubs == 4)
    #expect(try store.untrue("db.activities.count_documents({}) == 40", "db.users.count_documents({}) == 4") == [])
  }

  /// The errors with which a server that steps down or shuts down answers a login: InterruptedAtShutdown,
  /// PrimarySteppedDown, NotWritablePrimary and ShutdownInProgress.
  @Test(arguments: [11600, 189, 10107, 91]) func anImportWaitsForAServerThatStepsDownDuringALogin(_ code: Int) throws {
    let store = try TestStore(on: TestServer.guarded)
    let proxy = try LossyProxy(to: TestServer.guarded, losing: ["demote+3+\(code)@insert:activities:2"])
    let done = try store.importing(Self.records, Self.options, uri: proxy.uri)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(proxy.failedLogins == 3)
    #expect(done.summary.activities == Counts(read: 40, new: 40))
    #expect(try store.untrue("db.activities.count_documents({}) == 40", "db.users.count_documents({}) == 4") == [])
  }

  /// The server is killed (SIGKILL) in the middle of a login, and starts again.
  @Test func anImportWaitsForAServerThatIsKilledDuringALogin() throws {
    let server = try TestServer(loggingIn: [])
    defer { try? server.kill() }
    let store = try TestStore(on: server)
    let proxy = try LossyProxy(to: server, losing: ["stall+1@insert:activities:2"])
    let running = try store.starting([store.file(Self.records.lines)] + Self.options, uri: proxy.uri)
    while proxy.failedLogins == 0, running.command.isRunning { usleep(5000) }
    try server.kill()
    try server.start()
    let done = try running.ended()
    #expect(proxy.failedLogins == 1)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("trying again in"))
    #expect(done.summary.activities == Counts(read: 40, new: 40))
    #expect(done.summary.stubs == 4)
    #expect(try store.untrue("db.activities.count_documents({}) == 40", "db.users.count_documents({}) == 4") == [])
  }

  /// The import is killed (SIGKILL) in the middle of a login: the next import finishes its work.
  @Test func anImportThatIsKilledDuringALoginIsFinishedByTheNext() throws {
    let store = try TestStore(on: TestServer.guarded)
    let proxy = try LossyProxy(to: TestServer.guarded, losing: ["stall+1@insert:activities:3"])
    let running = try store.starting([store.file(Self.records.lines)] + Self.options, uri: proxy.uri)
    while proxy.failedLogins == 0, running.command.isRunning { usleep(5000) }
    try running.command.kill()
    #expect(proxy.failedLogins == 1)
    #expect(try store.untrue("db.activities.count_documents({}) == 20") == [])
    let again = try store.importing(Self.records, Self.options)
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(again.summary.activities == Counts(read: 40, new: 20, unchanged: 20))
    #expect(try store.untrue("db.activities.count_documents({}) == 40", "db.users.count_documents({}) == 4") == [])
  }

  /// If the server itself refuses the login, that is final, at any time.
  @Test func aPasswordThatWasChangedMeanwhileEndsTheImport() throws {
    let server = try TestServer(loggingIn: [])
    defer { try? server.kill() }
    let store = try TestStore(on: server)
    let proxy = try LossyProxy(to: server, losing: ["drop+1@insert:activities:2"])
    let file = try store.file(Self.records.lines)
    let held = try HeldCommand(
      store.command([file] + Self.options, uri: proxy.uri), on: store.database,
      in: TemporaryFolder(), when: "db.activities.estimated_document_count() >= 10",
      during: "client.admin.command('updateUser', 'root', pwd='another')")
    let done = try ImportOutcome(held.ended())
    #expect(done.exitCode == 2)
    #expect(done.errors.contains("uthentication failed"), "\(done.errors)")
    #expect(!done.errors.contains("root:root") && !done.errors.contains("another"))
    let counts = done.summary.activities
    #expect(counts.new >= 10 && counts.new + counts.unwritten == counts.read)
  }

  /// The program does not wait for the first connection.
  @Test func aFirstLoginThatBreaksOffIsReportedAtOnce() throws {
    let store = try TestStore(on: TestServer.guarded)
    let proxy = try LossyProxy(to: TestServer.guarded, losing: ["drop+9@ping::1"])
    let began = ContinuousClock.now
    let done = try store.importing(Self.records, Self.options, uri: proxy.uri)
    #expect(done.exitCode == 2)
    #expect(done.errors.contains("cannot connect to"))
    #expect(!done.errors.contains("trying again in"))
    #expect(began.duration(to: .now) < .seconds(20))
  }

  @Test func keysAndIndexesWaitForLoginsToo() throws {
    let server = try TestServer.guarded
    let indexes = try IndexFixture(on: server)
    try indexes.originalPlan()
    let proxy = try LossyProxy(to: server, losing: ["drop+4@createIndexes:activities:2"])
    let indexed = try indexes.run(uri: proxy.uri)
    #expect(indexed.exitCode == 0, "\(indexed.errors)")
    #expect(proxy.failedLogins == 4)
    try indexes.reachesTheDeclaredState()

    let keys = try KeysFixture(server: server, importing: SyntheticDump.noted(20, athletes: 4))
    let way = try LossyProxy(to: server, losing: ["demote+4@update:data_keys:1"])
    let rotated = try KeysOutcome(keys.run(["keys", "rotate-master", "--json", "--uri", way.uri]))
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(way.failedLogins == 4 && rotated.done("rewrapped") == 4)
    #expect(try keys.keys("verify").exitCode == 0)
  }
}
