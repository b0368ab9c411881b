import Foundation
import Support
import Testing

/// Temporary errors that the stand-in server does not produce by itself. None of them is a verdict about a record, and
/// none ends a command while the server answers.
@Suite(.waiting) struct PassingErrorTests {
  typealias Counts = PrintedSummary.Counts

  private static let records = SyntheticDump.summaries(40, athletes: 4)
  private static let options = ["--batch-size", "10", "--writers", "1"]
  /// LockTimeout, LockBusy, NoProgressMade, WriteConflict, ConflictingOperationInProgress, StaleEpoch, StaleDbVersion,
  /// ObjectIsBusy, MovePrimaryInProgress, TemporarilyUnavailable, ResourceExhausted, RateLimitExceeded,
  /// IngressRequestRateLimitExceeded and StaleConfig, and codes that only their labels mark as temporary.
  private static let passing = [
    "24", "46", "82", "112", "117", "150", "249", "314", "319", "365", "402", "449", "13388",
    "462+RetryableError+SystemOverloadedError+NoWritesPerformed", "59999+RetryableWriteError",
    "59999+RetryableError", "59999+SystemOverloadedError",
  ]

  private func importing(_ faults: [String]) throws -> (TestStore, ImportOutcome) {
    let store = try TestStore()
    let proxy = try LossyProxy(to: TestServer.shared, losing: faults)
    let done = try store.importing(Self.records, Self.options, uri: proxy.uri)
    #expect(proxy.lost == Set(faults))
    return (store, done)
  }

  @Test(arguments: passing) func documentsAreWrittenAgain(_ error: String) throws {
    let (store, done) = try importing([
      "each+\(error)@insert:users:1", "half+\(error)@insert:activities:1", "each+\(error)@insert:activities:2",
      "half+\(error)@insert:activities:4",
    ])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("trying again in"))
    #expect(done.summary.activities == Counts(read: 40, new: 40))
    #expect(done.summary.stubs == 4)
    #expect(done.summary.findings == [:])
    #expect(try store.untrue("db.activities.count_documents({}) == 40", "db.users.count_documents({}) == 4") == [])
  }

  @Test(arguments: passing) func commandsAreWaitedOut(_ error: String) throws {
    let commands = [
      "ping::1", "listCollections::1", "createIndexes:activities:1", "find:store_settings:1", "find:users:1",
      "insert:users:1", "insert:activities:1", "update:users:1",
    ]
    let (store, done) = try importing(commands.map { "fail+\(error)@\($0)" })
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("trying again in"))
    #expect(done.summary.activities == Counts(read: 40, new: 40))
    #expect(try store.untrue("db.activities.count_documents({}) == 40") == [])
  }

  /// A label belongs to the whole reply, and does not change a verdict in it.
  @Test(arguments: [121, 2]) func aVerdictAmongThemStaysOne(_ code: Int) throws {
    let labels = code == 121 ? "+RetryableError+SystemOverloadedError" : ""
    let (_, done) = try importing(["half+\(code)\(labels)@insert:activities:2"])
    #expect(done.exitCode == 1)
    #expect(done.summary.activities == Counts(read: 40, new: 35, rejected: 5))
    #expect(done.summary.findings == ["SS060": 5])
  }

  /// NoWritesPerformed alone describes the failed attempt. It does not mean that another attempt may succeed.
  @Test func noWritesPerformedAloneIsNotAReasonToRepeat() throws {
    let (_, done) = try importing(["fail+59999+NoWritesPerformed@insert:activities:2"])
    #expect(done.exitCode == 2)
    #expect(!done.errors.contains("trying again in"))
    #expect(done.summary.activities.new == 10)
  }

  /// The codes of BackgroundOperationInProgressForNamespace and IndexBuildAborted.
  @Test(arguments: ["12587", "276", "365", "462+RetryableError+SystemOverloadedError"])
  func indexesAreMadeAllTheSame(_ error: String) throws {
    let fixture = try IndexFixture()
    try fixture.originalPlan()
    let faults = [
      "createIndexes:activities:1", "collMod:users:1", "dropIndexes:insights:1", "create:data_keys:1",
      "listIndexes:users:1",
    ].map { "fail+\(error)@\($0)" }
    let proxy = try LossyProxy(to: TestServer.shared, losing: faults)
    let done = try fixture.run(uri: proxy.uri)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(proxy.lost == Set(faults))
    #expect(try fixture.wrong() == [])
  }

  @Test func keysAreRotatedAllTheSame() throws {
    let keys = try KeysFixture(importing: SyntheticDump.noted(20, athletes: 4))
    let faults = [
      "each+365@update:store_settings:1", "half+365@update:data_keys:1",
      "fail+462+RetryableError+SystemOverloadedError@find:data_keys:1",
    ]
    let proxy = try LossyProxy(to: TestServer.shared, losing: faults)
    let rotated = try KeysOutcome(keys.run(["keys", "rotate-master", "--json", "--uri", proxy.uri]))
    #expect(rotated.exitCode == 0, "\(rotated.errors)")
    #expect(proxy.lost == Set(faults))
    #expect(rotated.done("rewrapped") == 4)
    #expect(try keys.keys("verify").exitCode == 0)
  }
}
