import Foundation
import Support
import Testing

/// Commands that fail as a whole, caused by failpoints: temporary errors are repeated, others end the import. The
/// counts agree with the database in both cases.
@Suite(.waiting) struct FailingServerTests {
  typealias Counts = PrintedSummary.Counts

  private let failing: FailpointServer
  private var server: TestServer { failing.server }
  private static let records = SyntheticDump.summaries(40, athletes: 4)
  private static let options = ["--batch-size", "10", "--writers", "1"]

  init() throws { failing = try FailpointServer() }

  @Test(arguments: Failpoint.passing)
  func whatPassesIsRepeated(_ failpoint: Failpoint) throws {
    let store = try TestStore(on: server)
    // This is more than the driver repeats by itself.
    try store.database.arm(failpoint, on: ["insert", "update", "find"], times: 3)
    let done = try store.importing(Self.records, Self.options, uri: store.database.impatientURI)
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("trying again in"))
    #expect(done.summary.activities == Counts(read: 40, new: 40))
    #expect(done.summary.stubs == 4)
    #expect(try store.untrue("db.activities.count_documents({}) == 40", "db.users.count_documents({}) == 4") == [])
  }

  /// A server refuses bulks again and again, while it answers everything else: they are repeated with pauses, for as
  /// long as the program waits for a server (in the soak it never recovers), and no record is reported as invalid.
  @Test(arguments: [50, 112])
  func aBulkThatKeepsFailingIsRepeatedWithPauses(_ code: Int) throws {
    let isForEver = Soak.isOn
    let store = try TestStore(on: server)
    try store.importing((0..<4).map { .athlete(SyntheticDump.firstAthlete + $0) })
    try store.database.arm(.code(code), on: ["insert"], times: isForEver ? 1_000_000 : 4)
    let done = try store.importing(Self.records, Self.options)
    try store.database.disarm()
    let pauses = done.errors.matches(of: /trying again in ([\d.]+) s/).compactMap { Double($0.1) }
    #expect(pauses.count >= 4)
    #expect(pauses.allSatisfy { $0 <= 5 })
    if isForEver {
      #expect(done.exitCode == 2)
      let counts = done.summary.activities
      #expect(counts == Counts(read: counts.read, unwritten: counts.read))
      #expect(pauses.count <= 30 && pauses.max() ?? 0 > 2)
    } else {
      #expect(done.exitCode == 0, "\(done.errors)")
      #expect(done.summary.activities == Counts(read: 40, new: 40))
    }
  }

  /// A write that failed only in its durability was applied: it counts once, as what it was.
  @Test func writesWhoseDurabilityIsUnknownAreLookedFor() throws {
    let store = try TestStore(on: server)
    try store.database.arm(.writeConcern, on: ["insert", "update"], times: 3)
    let first = try store.importing(Self.records, Self.options)
    #expect(first.exitCode == 0, "\(first.errors)")
    #expect(first.summary.activities == Counts(read: 40, new: 40))
    #expect(first.summary.stubs == 4)
    try store.database.arm(.writeConcern, on: ["insert", "update"], times: 2)
    let second = try store.importing(
      (0..<40).map { .detail(SyntheticDump.firstActivity + Int64($0), athlete: 900_000_001) }, Self.options)
    #expect(second.exitCode == 0, "\(second.errors)")
    #expect(second.summary.activities == Counts(read: 40, updated: 40))
    #expect(try store.untrue("db.activities.count_documents({'resource_state': 3}) == 40") == [])
  }

  /// A right is missing in the middle: the remaining records count as not written.
  @Test func whatDoesNotPassEndsTheImportWithTrueCounts() throws {
    let store = try TestStore(on: server)
    try store.importing((0..<4).map { .athlete(SyntheticDump.firstAthlete + $0) })
    try store.database.arm(.code(13), on: ["insert"], afterTheFirst: 2)
    let done = try store.importing(Self.records, Self.options)
    try store.database.disarm()
    #expect(done.exitCode == 2)
    #expect(done.summary.failure?.isEmpty == false)
    #expect(
      done.summary.activities
        == Counts(read: done.summary.activities.read, new: 20, unwritten: done.summary.activities.read - 20))
    #expect(try store.untrue("db.activities.count_documents({}) == 20") == [])
    // The next run writes the remaining records.
    let again = try store.importing(Self.records, Self.options)
    #expect(again.summary.activities == Counts(read: 40, new: 20, unchanged: 20))
  }

  /// Documents of more than 16 MiB together travel as two commands: the first one counts, even if the second one fails.
  @Test func whatABulksFirstPartDidIsSettledBeforeItsSecondPartsFailure() throws {
    let store = try TestStore(on: server)
    try store.importing([.athlete(SyntheticDump.firstAthlete)])
    try store.python("db.command('collMod', 'activities', validator={'name': {'$ne': 'Refused'}})")
    // These are smaller than a full bulk. The next record fits into a document, but not into a command beside the
    // others.
    let padding = (small: String(repeating: "x", count: 100_000), large: String(repeating: "x", count: 15_900_000))
    var records = (0..<10).map { number in
      SyntheticRecord.summary(SyntheticDump.firstActivity + Int64(number), name: number == 4 ? "Refused" : "Run")
        .with("padding", "\"\(padding.small)\"")
    }
    records.append(.summary(SyntheticDump.firstActivity + 10).with("padding", "\"\(padding.large)\""))
    try store.database.arm(.code(13), on: ["insert"], afterTheFirst: 1)
    let done = try store.importing(records, ["--writers", "1"])
    try store.database.disarm()
    #expect(done.exitCode == 2)
    #expect(done.summary.failure?.isEmpty == false)
    #expect(done.summary.activities == Counts(read: 11, new: 9, rejected: 1, unwritten: 1))
    #expect(done.summary.findings == ["SS060": 1])
    #expect(done.errorFindings.map(\.line) == [5])
    #expect(
      try store.untrue("db.activities.count_documents({'name': 'Run'}) == 9 == db.activities.count_documents({})") == []
    )
  }

  /// Upserts insert because the documents were deleted meanwhile, and are rolled back because no majority acknowledged
  /// them: they are looked up and written again.
  @Test func anUpsertWhoseDurabilityIsUnknownCountsOnceItIsFound() throws {
    let store = try TestStore(on: server)
    try store.importing(Self.records)
    let commands = ["update:activities:1", "find:activities:2"]
    let proxy = try LossyProxy(
      to: store.database, before: commands.joined(separator: ","), do: "db.activities.delete_many({})")
    try store.database.arm(.writeConcern, on: ["update"], times: 1)
    let details = (0..<40).map { SyntheticRecord.detail(SyntheticDump.firstActivity + Int64($0)) }
    let done = try store.importing(details, ["--writers", "1"], uri: proxy.uri)
    #expect(proxy.acted == Set(commands))
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("writing activities: "))
    #expect(done.summary.activities == Counts(read: 40, new: 40))
    #expect(try store.untrue("db.activities.count_documents({'resource_state': 3}) == 40") == [])
  }
}
