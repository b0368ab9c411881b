import Foundation
import Support
import Testing

/// Commands that fail as a whole, by failpoints: those that pass are repeated, the rest ends the import; either way the
/// counts agree with the database. One server, and one failpoint at a time.
@Suite(.serialized) struct FailingServerTests {
  typealias Counts = PrintedSummary.Counts

  private static let server = Result { try TestServer(arguments: ["--enable-test-commands"]) }
  private static let records = SyntheticDump.summaries(40, athletes: 4)
  private static let options = ["--batch-size", "10", "--writers", "1"]

  private func failing(_ store: TestStore, mode: String, data: String) throws {
    try store.python(
      """
      client.admin.command('configureFailPoint', 'failCommand', mode=\(mode),
        data={'appName': 'strava-store', \(data)})
      """)
  }

  /// NotWritablePrimary, ShutdownInProgress, WriteConflict.
  @Test(arguments: [10107, 91, 112])
  func whatPassesIsRepeated(_ code: Int) throws {
    let store = try TestStore(on: Self.server.get())
    // Beyond what the driver repeats by itself.
    try failing(
      store, mode: "{'times': 3}", data: "'failCommands': ['insert', 'update', 'find'], 'errorCode': \(code)")
    // A server that has really changed its role tells the driver's monitor at once; here the monitor has to ask.
    let done = try store.importing(
      Self.records, Self.options, uri: store.database.uri + "/?heartbeatFrequencyMS=500")
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.summary.activities == Counts(read: 40, new: 40))
    #expect(done.summary.stubs == 4)
    #expect(try store.untrue("db.activities.count_documents({}) == 40", "db.users.count_documents({}) == 4") == [])
  }

  /// What failed for its durability only was applied: it counts once, as what it was.
  @Test func writesWhoseDurabilityIsUnknownAreLookedFor() throws {
    let store = try TestStore(on: Self.server.get())
    let concern = """
      'failCommands': ['insert', 'update'], 'writeConcernError': {'code': 64, 'codeName': 'WriteConcernTimeout', \
      'errmsg': 'waiting for replication timed out'}
      """
    try failing(store, mode: "{'times': 3}", data: concern)
    let first = try store.importing(Self.records, Self.options)
    #expect(first.exitCode == 0, "\(first.errors)")
    #expect(first.summary.activities == Counts(read: 40, new: 40))
    #expect(first.summary.stubs == 4)
    try failing(store, mode: "{'times': 2}", data: concern)
    let second = try store.importing(
      (0..<40).map { .detail(SyntheticDump.firstActivity + Int64($0), athlete: 900_000_001) }, Self.options)
    #expect(second.exitCode == 0, "\(second.errors)")
    #expect(second.summary.activities == Counts(read: 40, updated: 40))
    #expect(try store.untrue("db.activities.count_documents({'resource_state': 3}) == 40") == [])
  }

  /// Unauthorized, in the middle: the rest is counted as not written.
  @Test func whatDoesNotPassEndsTheImportWithTrueCounts() throws {
    let store = try TestStore(on: Self.server.get())
    try store.importing((0..<4).map { .athlete(SyntheticDump.firstAthlete + $0) })
    try failing(store, mode: "{'skip': 2, 'times': 1000}", data: "'failCommands': ['insert'], 'errorCode': 13")
    let done = try store.importing(Self.records, Self.options)
    try store.python("client.admin.command('configureFailPoint', 'failCommand', mode='off')")
    #expect(done.exitCode == 2)
    #expect(done.summary.failure?.isEmpty == false)
    #expect(
      done.summary.activities
        == Counts(read: done.summary.activities.read, new: 20, unwritten: done.summary.activities.read - 20))
    #expect(try store.untrue("db.activities.count_documents({}) == 20") == [])
    // What was left is done by the next run.
    let again = try store.importing(Self.records, Self.options)
    #expect(again.summary.activities == Counts(read: 40, new: 20, unchanged: 20))
  }
}
