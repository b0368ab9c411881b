import Foundation
import SeededRandom
import Support
import Testing

/// Several importers at the same time, and importers beside other writers.
@Suite(.waiting) struct ConcurrencyTests {
  typealias Counts = PrintedSummary.Counts

  @Test func fourImportersAtOnceEndLikeOne() throws {
    let records = SyntheticDump.everything(activities: 200, athletes: 20)
    let one = try TestStore()
    try one.importing(records)

    let four = try TestStore()
    var numbers = Seeded(4)
    let running = try (0..<4).map { importer in
      let path = try four.file(records.shuffled(using: &numbers).lines, "\(importer).ndjson")
      return try four.starting([path, "--batch-size", "100"])
    }
    let done = try running.map { try $0.ended() }
    #expect(done.map(\.exitCode) == [0, 0, 0, 0], "\(done.map(\.errors))")
    #expect(try four.content() == one.content())

    // Every document was new to exactly one importer.
    let sum = done.reduce(Counts()) { $0 + $1.summary.activities }
    #expect(sum.read == 4 * 333)
    #expect(sum.new == 200)
    #expect(sum.rejected + sum.unwritten + sum.skipped == 0)
    #expect(done.reduce(0) { $0 + $1.summary.insights.new } == 20)
    #expect(done.reduce(0) { $0 + $1.summary.athletes.new + $1.summary.tokens.new + $1.summary.stubs } == 20)

    let again = try four.importing(records)
    #expect(again.summary.total.new + again.summary.total.updated == 0)
  }

  /// Another writer of the platform uses its own ids. Each record has one document, and none is lost.
  @Test func anImporterBesideAnotherWriter() throws {
    let (count, athletes, head) = (800, 80, 40)
    let store = try TestStore()
    var numbers = Seeded(5)
    let order = (0..<count).shuffled(using: &numbers).map {
      "\(SyntheticDump.athlete(of: $0, among: athletes)) \(SyntheticDump.firstActivity + Int64($0))\n"
    }
    let records = SyntheticDump.summaries(count, athletes: athletes)
    let path = try store.file(records.lines)
    let rival = try store.database.pymongo.start(file: "rival.py", ["\(head)"], input: .text(order.joined()))
    while !rival.outputSoFar.contains("begun") {
      try #require(rival.isRunning, "\(rival.errorsSoFar)")
      Thread.sleep(forTimeInterval: 0.005)
    }
    let done = try store.starting([path, "--batch-size", "200"]).ended()
    let other = try rival.wait()
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(other.exitCode == 0, "\(other.errors)")

    let won = other.output.split(whereSeparator: \.isWhitespace).dropFirst().compactMap { Int($0) }
    try #require(won.count == 2)
    let (users, activities) = (won[0], won[1])
    #expect(activities >= head)
    #expect(
      done.summary.activities == Counts(read: count, new: count - activities, updated: activities))
    #expect(done.summary.stubs == athletes - users)
    #expect(
      try store.untrue(
        "db.activities.count_documents({}) == \(count) == len(db.activities.distinct('strava_activity_id'))",
        "db.users.count_documents({}) == \(athletes) == len(db.users.distinct('strava_id'))",
        "db.activities.count_documents({'rival': True}) == \(activities)",
        "db.users.count_documents({'rival': True, 'age': 30}) == \(users)",
        "all((a['_id'] == oid('activities', a['strava_activity_id'])) != ('rival' in a) for a in db.activities.find())",
        "{a['athlete_id']: a['user_id'] for a in db.activities.find()} == {u['strava_id']: u['_id'] for u in db.users.find()}"
      ) == [])

    // All imported values are there, as if no other writer had interfered.
    let alone = try TestStore()
    try alone.importing(records)
    func brought(_ store: TestStore) throws -> [String] {
      try store.database.pymongo.dump(
        collections: ["activities"],
        omitting: ["_id", "user_id", "rival", "source", "created_at", "updated_at"])
    }
    #expect(try brought(store) == brought(alone))
  }
}
