import Foundation
import Support
import Testing

/// A command or its reply is lost: nothing is stored twice, and the counts stay correct.
@Suite(.waiting) struct LostReplyTests {
  typealias Counts = PrintedSummary.Counts

  private static let server = Result { try TestServer() }

  /// The records in the database before the test: a summary of each activity, and the profiles of two athletes.
  private static let before =
    SyntheticDump.summaries(30, athletes: 8)
    + [.athlete(900_000_002, weight: 90), .athlete(900_000_003, weight: 90)]
  /// The records that are imported through the proxy.
  private static let records = SyntheticDump.everything(activities: 60, athletes: 16)
  /// One writer, so that the first two commands of a name are a command and its repetition by the driver.
  private static let options = ["--writers", "1", "--batch-size", "50"]

  /// Imports the same records without losses.
  private static let undisturbed = Result {
    let store = try TestStore(on: server.get())
    try store.importing(before)
    let done = try store.importing(records, options)
    return (summary: done.summary, content: try store.content())
  }

  @Test(arguments: [
    [
      "listIndexes:users:1", "insert:users:1", "find:users:1", "update:users:1", "insert:activities:1",
      "find:activities:1", "update:activities:1", "insert:insights:1",
    ],
    // Here the driver's own repetition is lost as well.
    [
      "insert:activities:1", "insert:activities:2", "find:activities:1", "find:activities:2", "update:activities:1",
      "update:activities:2", "insert:insights:1", "insert:insights:2",
    ],
    [
      "listIndexes:users:1", "listIndexes:users:2", "insert:users:1", "insert:users:2", "insert:users:3",
      "insert:users:4", "find:users:1", "find:users:2", "update:users:1", "update:users:2", "update:users:4",
      "update:users:5",
    ],
    // Connections break before the command arrives or in the middle of the reply, and replies are late.
    [
      "reset@insert:users:1", "cut@insert:activities:1", "reset@find:activities:1", "delay@update:activities:1",
      "cut@find:users:1", "reset@insert:insights:1",
    ],
    [
      "reset@insert:activities:1", "cut@insert:activities:2", "cut@find:activities:1", "reset@find:activities:2",
      "reset@update:activities:1", "reset@update:activities:2", "cut@insert:insights:1",
    ],
    // The stand-in server never shows this race: an insert or upsert finds a document, and the look-up finds none.
    [
      "duplicate@insert:users:1", "duplicate@insert:activities:1", "duplicate@insert:activities:2",
      "duplicate@update:activities:1", "duplicate@update:activities:2", "duplicate@insert:insights:1",
    ],
    // Single operations are refused temporarily.
    ["busy@insert:users:1", "busy@insert:activities:1", "busy@insert:activities:2", "busy@update:activities:1"],
  ])
  func countsStayTrue(_ faults: [String]) throws { try expectTrueCounts(faults, on: Self.server.get()) }

  /// The same on a server that requires a login, with connections that break during the logins after a fault.
  @Test(arguments: [
    ["insert:activities:1", "cut@find:activities:1", "reset@update:activities:1", "duplicate@insert:insights:1"],
    ["drop+4@update:users:1", "drop+4@insert:activities:1", "demote+4@update:activities:1"],
  ])
  func countsStayTrueBehindALogin(_ faults: [String]) throws { try expectTrueCounts(faults, on: TestServer.guarded) }

  private func expectTrueCounts(_ faults: [String], on server: TestServer) throws {
    let (reference, content) = try Self.undisturbed.get()
    let store = try TestStore(on: server)
    try store.importing(Self.before)
    let proxy = try LossyProxy(to: server, losing: faults)
    let done = try store.importing(Self.records, Self.options, uri: proxy.uri)
    #expect(proxy.lost == Set(faults))
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(try store.content() == content)
    #expect(done.summary.kinds == reference.kinds)
    #expect(done.summary.stubs == reference.stubs)
    let run = "Binary.from_uuid(__import__('uuid').UUID('\(done.summary.run)'))"
    let insights = done.summary.insights
    #expect(
      try store.untrue(
        "db.insights.count_documents({'source.run': \(run)}) == \(insights.new)",
        // Each document that the run stored counts once: as new, or as a replacement of the earlier one.
        "db.activities.count_documents({'source.run': \(run), 'strava_activity_id': {'$gt': 92000000030}}) == 30",
        "db.activities.count_documents({}) == 60", "db.users.count_documents({}) == 16"
      ) == [])
  }

  /// A mongod may answer an upsert with a duplicate key error if another process inserted the document meanwhile. The
  /// look-up then finds the document or does not find it; the upsert is repeated, and its record counts once.
  @Test(arguments: [3, 60])
  func aRaceIsRunAgainButNotForEver(_ lost: Int) throws {
    let server = try Self.server.get()
    let store = try TestStore(on: server)
    let summaries = SyntheticDump.summaries(20, athletes: 1)
    try store.importing(summaries)
    let proxy = try LossyProxy(to: server, losing: (1...lost).map { "duplicate@update:activities:\($0)" })
    let details = (0..<20).map { SyntheticRecord.detail(SyntheticDump.firstActivity + Int64($0)) }
    let done = try store.importing(details, Self.options, uri: proxy.uri)
    if lost == 3 {
      #expect(proxy.lost.count == 3)
      #expect(done.exitCode == 0, "\(done.errors)")
      #expect(done.summary.activities == Counts(read: 20, updated: 20))
      #expect(try store.untrue("db.activities.count_documents({'resource_state': 3}) == 20") == [])
    } else {
      #expect(proxy.lost.count < lost, "the number of tries has a bound")
      #expect(done.exitCode == 1)
      #expect(done.summary.activities == Counts(read: 20, rejected: 20))
      #expect(try store.untrue("db.activities.count_documents({'resource_state': 2}) == 20") == [])
    }
  }

  @Test func indexesAreMadeDespiteLostReplies() throws {
    let server = try Self.server.get()
    let store = try TestStore(on: server)
    let losses = ["createIndexes:users:1", "createIndexes:activities:1", "createIndexes:activities:2"]
    let proxy = try LossyProxy(to: server, losing: losses)
    let done = try store.importing([.summary(91_000_000_001)], uri: proxy.uri)
    // The second command is sent only if the result of the first one is not visible.
    #expect(proxy.lost.isSuperset(of: losses.prefix(2)))
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.summary.activities == Counts(read: 1, new: 1))
    #expect(
      try store.untrue(
        "db.users.index_information()['strava_id_1']['unique']",
        "db.activities.index_information()['strava_activity_id_1']['unique']"
      ) == [])
  }

  /// The server is killed in the middle, with lost replies and connections, and starts again.
  @Test func aServerThatDiesAndComesBackIsWaitedFor() throws {
    let server = try TestServer()
    let store = try TestStore(on: server)
    let count = 4000
    let path = try store.file(SyntheticDump.summaries(count, athletes: 50).lines)
    let folder = try TemporaryFolder()
    let held = try HeldCommand(
      store.command([path, "--batch-size", "100"]), on: store.database, in: folder,
      when: "db.activities.estimated_document_count() >= 200", goesOn: false)
    try #require(held.command.isRunning)
    try server.kill()
    held.goOn()
    try server.start()
    let done = try ImportOutcome(held.ended())
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.summary.activities == Counts(read: count, new: count))
    #expect(done.summary.stubs == 50)
    #expect(
      try store.untrue(
        "db.activities.count_documents({}) == \(count) == len(db.activities.distinct('strava_activity_id'))",
        "db.users.count_documents({}) == 50"
      ) == [])
  }
}
