import Foundation
import Support
import Testing

/// The server refuses some documents: the others are stored, the refused ones are reported, and the counts are correct.
@Suite(.waiting) struct RefusalTests {
  typealias Counts = PrintedSummary.Counts

  @Test func aRecordThatFailsTheValidatorIsRejectedAloneAndInItsPlace() throws {
    let store = try TestStore()
    try store.importing([.summary(91_000_000_001), .summary(91_000_000_002)])
    let before = try store.everything()
    try store.python(
      """
      db.command('collMod', 'activities', validator={'$jsonSchema': {'properties': {
        'distance': {'bsonType': 'double', 'maximum': 10000}}}})
      """)
    func far(_ id: Int64) -> SyntheticRecord { .detail(id).with("distance", "43210.5") }
    // A refused update, a refused new record with its copy, and valid records around them.
    let records: [SyntheticRecord] = [
      far(91_000_000_001), .summary(91_000_000_003), far(91_000_000_004), far(91_000_000_004),
      .detail(91_000_000_005),
    ]
    let done = try store.importing(records)
    #expect(done.exitCode == 1)
    #expect(done.summary.activities == Counts(read: 5, new: 2, rejected: 3))
    #expect(done.summary.findings == ["SS060": 3])
    let result = done.errors.split(separator: "\n").filter { $0.contains("SS060") }
    #expect(result.count == 3)
    #expect([1, 3, 4].allSatisfy { line in result.contains { $0.contains("records.json:\(line):1") } }, "\(result)")
    #expect(result.allSatisfy { $0.contains("validator") && $0.contains("distance") && !$0.contains("43210") })
    #expect(
      try store.untrue(
        "sorted(db.activities.distinct('strava_activity_id')) == [91000000000 + n for n in (1, 2, 3, 5)]",
        "activity(91000000001)['resource_state'] == 2"
      ) == [])
    #expect(Set(try store.everything()).isSuperset(of: before.filter { $0.hasPrefix("activities") }))
  }

  @Test func anActivityWhoseUserIsRefusedIsRejected() throws {
    let store = try TestStore()
    try store.python(
      "db.create_collection('users', validator={'$jsonSchema': {'properties': {'strava_id': {'maximum': 900000005}}}})")
    let done = try store.importing([
      .summary(91_000_000_001, athlete: 900_000_001), .summary(91_000_000_002, athlete: 900_000_009),
      .athlete(900_000_008),
    ])
    #expect(done.exitCode == 1)
    #expect(done.summary.activities == Counts(read: 2, new: 1, rejected: 1))
    #expect(done.summary.athletes == Counts(read: 1, rejected: 1))
    #expect(done.summary.stubs == 1)
    #expect(done.summary.findings == ["SS060": 2])
    #expect(
      try store.untrue(
        "db.users.distinct('strava_id') == [900000001]", "db.activities.distinct('athlete_id') == [900000001]") == [])
  }

  /// A refused record does not count as an imported activity.
  @Test func aRefusedActivityDoesNotMoveTheTimeOfTheLastOne() throws {
    let store = try TestStore()
    try store.importing([.athlete(900_000_001)])
    try store.python("db.command('collMod', 'activities', validator={'distance': {'$lt': 100}})")
    let done = try store.importing([.summary(91_000_000_001)])
    #expect(done.summary.activities == Counts(read: 1, rejected: 1))
    #expect(try store.untrue("'last_activity_sync' not in user(900000001)") == [])
  }

  @Test func aUniqueIndexOfAnotherUserRejectsWhatOffendsIt() throws {
    let store = try TestStore()
    try store.importing([.summary(91_000_000_001, name: "One"), .summary(91_000_000_002, name: "Two")])
    try store.python("db.activities.create_index('name', unique=True)")
    let done = try store.importing([
      // The unique value belongs to another document, for a new record and for an update.
      .summary(91_000_000_003, name: "One"), .detail(91_000_000_002, name: "One"),
      .summary(91_000_000_004, name: "Four"), .summary(91_000_000_001, name: "One"),
    ])
    #expect(done.exitCode == 1)
    #expect(done.summary.activities == Counts(read: 4, new: 1, unchanged: 1, rejected: 2))
    #expect(done.summary.findings == ["SS060": 2])
    #expect(done.errors.contains("name"))
    #expect(
      try store.untrue(
        "sorted(db.activities.distinct('name')) == ['Four', 'One', 'Two']", "db.activities.count_documents({}) == 3")
        == [])
  }

  // MARK: Before the first write

  private func refused(_ store: TestStore) throws -> Outcome {
    try store.command([store.file([SyntheticRecord.summary(91_000_000_001)].lines)]).run()
  }

  @Test func duplicatesFoundAtTheStartEndTheImportWithTheirIDs() throws {
    let store = try TestStore()
    try store.python(
      """
      db.activities.insert_many([{'_id': ObjectId(f'{n:024x}'), 'strava_activity_id': Int64(91000000000 + n % 2)}
        for n in range(1, 4)])
      """)
    let before = try store.everything()
    let outcome = try refused(store)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("91000000001"))
    #expect(outcome.errors.contains("000000000000000000000001") && outcome.errors.contains("000000000000000000000003"))
    #expect(!outcome.errors.contains("91000000000"))
    #expect(try store.everything() == before)
  }

  @Test func anIndexThatIsNotUniqueInTheWayEndsTheImport() throws {
    let store = try TestStore()
    try store.python("db.users.create_index('strava_id')")
    let outcome = try refused(store)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains("strava_id") && outcome.errors.contains("run `strava-store index` to replace it"))
    #expect(try store.untrue("db.activities.count_documents({}) == 0 == db.users.count_documents({})") == [])
  }
}
