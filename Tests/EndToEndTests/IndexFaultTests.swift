import Foundation
import Support
import Testing

/// `index` beside another `index`, and on servers that fail: the message is correct, and another run finishes the work.
@Suite(.waitingLong) struct IndexFaultTests {
  private let failing: FailpointServer
  private var server: TestServer { failing.server }

  init() throws { failing = try FailpointServer() }

  @Test func twoAdminsAtOnce() throws {
    let fixture = try IndexFixture(on: server)
    try fixture.originalPlan()
    try fixture.python(
      """
      user = db.users.find_one()['_id']
      db.activities.insert_many([{'strava_activity_id': Int64(96000000000 + n), 'user_id': user, 'type': 'Run',
        'start_date': datetime.datetime(2023, 1, 1) + datetime.timedelta(minutes=n)} for n in range(3000)])
      db.activities.create_index([('start_date', -1)], expireAfterSeconds=2000000000)
      """)
    let before = try fixture.indexes()
    let running = try (0..<3).map { _ in try fixture.command().start() }
    for command in running {
      let done = try fixture.read(command.wait())
      #expect(done.exitCode == 0, "\(done.errors)")
    }
    #expect(try fixture.wrong() == [])
    #expect(try fixture.run("--check").exitCode == 0)
    let extras = try fixture.run("--dry-run").printed.objects("extra")
    #expect(extras.count == 9)
    #expect(extras.allSatisfy { before[$0] != nil }, "only what was there: \(extras)")
  }

  /// OperationFailed and NotEnoughSpace: an operation that the server refuses for good is reported, and the others are
  /// done.
  @Test(arguments: [96, 14031])
  func aBuildThatFailsIsReportedAndARerunFinishes(_ code: Int) throws {
    let fixture = try IndexFixture(on: server)
    try fixture.originalPlan()
    try fixture.database.arm(.code(code), on: ["createIndexes"], times: 1)
    let done = try fixture.run()
    #expect(done.exitCode == 1)
    #expect(done.printed.findings["SS085"] == 1)
    #expect(done.printed.differences == 1)
    #expect(try fixture.wrong() == ["users: 0 indexes on strava_id"])
    #expect(try fixture.indexes()["users/strava_id_1"] != nil, "what was to be replaced is still there")
    try fixture.reachesTheDeclaredState()
  }

  /// A missing right ends the command, and so does every other permanent error.
  @Test func whatIsNotAllowedEndsIt() throws {
    let fixture = try IndexFixture(on: server)
    try fixture.database.arm(.code(13), on: ["createIndexes"], times: 1)
    let done = try fixture.run()
    #expect(done.exitCode == 2)
    #expect(done.printed.failure != nil)
    try fixture.reachesTheDeclaredState()
  }

  @Test(arguments: ["createIndexes", "dropIndexes", "collMod", "listIndexes", "listCollections"])
  func eachCommandIsRepeated(_ command: String) throws {
    let fixture = try IndexFixture(on: server)
    try fixture.originalPlan()
    try fixture.database.arm(.code(91), on: [command], times: 2)
    let done = try fixture.run(uri: fixture.database.impatientURI)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(try fixture.wrong() == [])
  }

  @Test(arguments: Failpoint.passingByKind + [.writeConcern])
  func whatPassesIsRepeated(_ failpoint: Failpoint) throws {
    let fixture = try IndexFixture(on: server)
    try fixture.originalPlan()
    let commands =
      ["createIndexes", "dropIndexes", "collMod", "create"]
      + (failpoint.isOfWrites ? [] : ["listIndexes", "listCollections", "find", "aggregate"])
    try fixture.database.arm(failpoint, on: commands, times: 3)
    let done = try fixture.run(uri: fixture.database.impatientURI)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("trying again in"))
    try fixture.reachesTheDeclaredState()
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
    let fixture = try IndexFixture(on: server)
    try fixture.originalPlan()
    let proxy = try LossyProxy(to: server, losing: losses)
    let done = try fixture.run(uri: proxy.uri)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(proxy.lost == Set(losses))
    #expect(try fixture.wrong() == [])
    try fixture.reachesTheDeclaredState()
  }

  @Test func aServerThatIsKilledOnTheWay() throws {
    let server = try TestServer()
    let fixture = try IndexFixture(on: server)
    try fixture.originalPlan()
    let folder = try TemporaryFolder()
    let index = try HeldCommand(
      fixture.command(), on: fixture.database, in: folder, when: "'email_hash_1' in db.users.index_information()",
      goesOn: false)
    try #require(index.command.isRunning)
    try server.kill()
    index.goOn()
    try server.start()
    let done = try fixture.read(index.ended())
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(try fixture.wrong() == [])
    try fixture.reachesTheDeclaredState()
  }

  @Test func anInterruptionIsCleanAndARerunFinishes() throws {
    let fixture = try IndexFixture(on: server)
    try fixture.originalPlan()
    let running = try fixture.command().start()
    while !running.errorsSoFar.contains("done: "), running.isRunning { usleep(1000) }
    running.send(SIGINT)
    let done = try fixture.read(running.wait())
    // It may have been done before the signal came.
    #expect(done.exitCode == 130 || done.exitCode == 0)
    try fixture.reachesTheDeclaredState()
  }
}
