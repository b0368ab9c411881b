import Foundation
import Support
import Testing

/// `index` beside another `index`, and on servers that fail: the message is true, and a re-run finishes.
@Suite(.waitingLong) struct IndexFaultTests {
  private let failing: FailpointServer
  private var server: TestServer { failing.server }

  init() throws { failing = try FailpointServer() }

  @Test func twoAdminsAtOnce() throws {
    let bench = try IndexFixture(on: server)
    try bench.originalPlan()
    try bench.python(
      """
      user = db.users.find_one()['_id']
      db.activities.insert_many([{'strava_activity_id': Int64(96000000000 + n), 'user_id': user, 'type': 'Run',
        'start_date': datetime.datetime(2023, 1, 1) + datetime.timedelta(minutes=n)} for n in range(3000)])
      db.activities.create_index([('start_date', -1)], expireAfterSeconds=2000000000)
      """)
    let before = try bench.indexes()
    let running = try (0..<3).map { _ in try bench.command().start() }
    for command in running {
      let done = try bench.read(command.wait())
      #expect(done.exitCode == 0, "\(done.errors)")
    }
    #expect(try bench.wrong() == [])
    #expect(try bench.run("--check").exitCode == 0)
    let extras = try bench.run("--dry-run").printed.places("extra")
    #expect(extras.count == 9)
    #expect(extras.allSatisfy { before[$0] != nil }, "only what was there: \(extras)")
  }

  /// OperationFailed, NotEnoughSpace: what the server refuses for good is reported, the rest is done.
  @Test(arguments: [96, 14031])
  func aBuildThatFailsIsReportedAndARerunFinishes(_ code: Int) throws {
    let bench = try IndexFixture(on: server)
    try bench.originalPlan()
    try bench.database.arm(.code(code), on: ["createIndexes"], times: 1)
    let done = try bench.run()
    #expect(done.exitCode == 1)
    #expect(done.printed.findings["SS085"] == 1)
    #expect(done.printed.differences == 1)
    #expect(try bench.wrong() == ["users: 0 indexes on strava_id"])
    #expect(try bench.indexes()["users/strava_id_1"] != nil, "what was to be replaced is still there")
    try bench.reachesTheDeclaredState()
  }

  /// Unauthorized ends the command; so does nothing that passes.
  @Test func whatIsNotAllowedEndsIt() throws {
    let bench = try IndexFixture(on: server)
    try bench.database.arm(.code(13), on: ["createIndexes"], times: 1)
    let done = try bench.run()
    #expect(done.exitCode == 2)
    #expect(done.printed.failure != nil)
    try bench.reachesTheDeclaredState()
  }

  @Test(arguments: ["createIndexes", "dropIndexes", "collMod", "listIndexes", "listCollections"])
  func eachCommandIsRepeated(_ command: String) throws {
    let bench = try IndexFixture(on: server)
    try bench.originalPlan()
    try bench.database.arm(.code(91), on: [command], times: 2)
    let done = try bench.run(uri: bench.database.impatientURI)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(try bench.wrong() == [])
  }

  @Test(arguments: Failpoint.passingByKind + [.writeConcern])
  func whatPassesIsRepeated(_ failpoint: Failpoint) throws {
    let bench = try IndexFixture(on: server)
    try bench.originalPlan()
    let commands =
      ["createIndexes", "dropIndexes", "collMod", "create"]
      + (failpoint.isOfWrites ? [] : ["listIndexes", "listCollections", "find", "aggregate"])
    try bench.database.arm(failpoint, on: commands, times: 3)
    let done = try bench.run(uri: bench.database.impatientURI)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("trying again in"))
    try bench.reachesTheDeclaredState()
  }

  @Test(arguments: [
    [
      "createIndexes:activities:1", "createIndexes:users:1", "dropIndexes:insights:1", "collMod:users:1",
      "create:data_keys:1",
    ],
    [
      "reset@createIndexes:activities:1", "cut@createIndexes:activities:3", "delay@createIndexes:users:1",
      "reset@dropIndexes:insights:1", "cut@collMod:users:1", "cut@create:data_keys:1", "delay@listIndexes:users:1",
    ],
  ])
  func lostRepliesDoNotMatter(_ losses: [String]) throws { try expectDeclaredState(losing: losses, on: server) }

  @Test func logInsThatBreakOffDoNotMatter() throws {
    try expectDeclaredState(
      losing: ["drop+4@createIndexes:activities:2", "demote+4@dropIndexes:insights:1", "cut@collMod:users:1"],
      on: TestServer.guarded)
  }

  private func expectDeclaredState(losing losses: [String], on server: TestServer) throws {
    let bench = try IndexFixture(on: server)
    try bench.originalPlan()
    let proxy = try LossyProxy(to: server, losing: losses)
    let done = try bench.run(uri: proxy.uri)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(proxy.lost == Set(losses))
    #expect(try bench.wrong() == [])
    try bench.reachesTheDeclaredState()
  }

  @Test func aServerThatIsKilledOnTheWay() throws {
    let server = try TestServer()
    let bench = try IndexFixture(on: server)
    try bench.originalPlan()
    let folder = try TemporaryFolder()
    let index = try HeldCommand(
      bench.command(), on: bench.database, in: folder, when: "'email_hash_1' in db.users.index_information()",
      goesOn: false)
    try #require(index.command.isRunning)
    try server.kill()
    index.goOn()
    try server.start()
    let done = try bench.read(index.ended())
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(try bench.wrong() == [])
    try bench.reachesTheDeclaredState()
  }

  @Test func anInterruptionIsCleanAndARerunFinishes() throws {
    let bench = try IndexFixture(on: server)
    try bench.originalPlan()
    let running = try bench.command().start()
    while !running.errorsSoFar.contains("done: "), running.isRunning { usleep(1000) }
    running.send(SIGINT)
    let done = try bench.read(running.wait())
    // It may have been done before the signal came.
    #expect(done.exitCode == 130 || done.exitCode == 0)
    try bench.reachesTheDeclaredState()
  }
}
