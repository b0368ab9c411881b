import Support
import Testing

/// A dump that holds several versions of one record settles: its second import writes nothing.
@Suite(.waiting) struct RecordVersionTests {
  private static let activity: Int64 = 91_000_000_001

  private static func activities(_ names: String...) -> [SyntheticRecord] {
    names.map { .summary(activity, name: $0) }
  }

  /// Returns the documents without `last_activity_sync`, which holds the time of an import.
  private func documents(_ store: TestStore) throws -> [String] {
    try store.database.pymongo.dump(collections: ["users", "activities"], omitting: ["last_activity_sync"])
  }

  @Test(arguments: [[], ["--batch-size", "1"], ["--writers", "4"]])
  func theSecondImportWritesNothing(_ options: [String]) throws {
    let store = try TestStore()
    let records =
      Self.activities("A", "B", "A", "C") + [
        .athlete(weight: 60), .athlete(weight: 61), .token(expires: 1_900_000_000, number: 1),
        .token(expires: 1_900_000_000, number: 2),
      ]
    let first = try store.importing(records, options)
    #expect(first.exitCode == 0)
    let before = try documents(store)
    for _ in 0..<2 {
      let again = try store.importing(records, options).summary.total
      #expect(again.updated == 0 && again.new == 0)
      // These are the two records that are kept, and their copies in the file.
      #expect(again.unchanged == 3 && again.superseded == records.count - 3)
      #expect(try documents(store) == before)
    }
    #expect(
      try store.untrue(
        "activity(\(Self.activity))['name'] == 'C'", "len(activity(\(Self.activity))['source']['also']) == 2",
        "all(len(digest) == 32 for digest in activity(\(Self.activity))['source']['also'])",
        "len(user(900000001)['source']['athlete']['also']) == 1",
        "len(user(900000001)['source']['token']['also']) == 1"
      ) == [])
  }

  @Test func seventeenVersionsSettleAndNoMoreAreKept() throws {
    let store = try TestStore()
    let names = (1...17).map { "Version \($0)" }
    try store.importing(names.map { .summary(Self.activity, name: $0) })
    #expect(try store.untrue("len(activity(\(Self.activity))['source']['also']) == 16") == [])
    let again = try store.importing(names.map { .summary(Self.activity, name: $0) }).summary.total
    #expect(again.updated == 0 && again.unchanged == 1 && again.superseded == 16)
    // This is one version more than the list holds, so the oldest is removed.
    let more = (names + ["Version 18"]).map { SyntheticRecord.summary(Self.activity, name: $0) }
    let fresh = try TestStore()
    try fresh.importing(more)
    #expect(
      try fresh.untrue(
        "len(activity(\(Self.activity))['source']['also']) == 16",
        "activity(\(Self.activity))['name'] == 'Version 18'"
      ) == [])
    // It replaces a version that another run wrote, so the list begins empty.
    try store.importing(more)
    #expect(
      try store.untrue(
        "'also' not in activity(\(Self.activity))['source']", "activity(\(Self.activity))['name'] == 'Version 18'"
      ) == [])
  }

  /// A record of another dump replaces this one, and the list begins empty.
  @Test func anotherRunsVersionIsNotAPastOne() throws {
    let store = try TestStore()
    try store.importing(Self.activities("A", "B"))
    #expect(try store.importing(Self.activities("C")).summary.total.updated == 1)
    #expect(try store.untrue("'also' not in activity(\(Self.activity))['source']") == [])
    // The document no longer shows that A came before B.
    #expect(try store.importing(Self.activities("A")).summary.total.updated == 1)
    #expect(try store.untrue("activity(\(Self.activity))['name'] == 'A'") == [])
  }

  @Test func aReturnToAnOlderVersionOfTheDumpIsSuperseded() throws {
    let store = try TestStore()
    try store.importing(Self.activities("A", "B"))
    let back = try store.importing(Self.activities("A")).summary.total
    #expect(back.superseded == 1 && back.updated == 0)
    #expect(try store.untrue("activity(\(Self.activity))['name'] == 'B'") == [])
  }

  @Test func whatTheListHoldsIsCheckedLikeAnyStoredField() throws {
    let store = try TestStore()
    try store.importing(Self.activities("A", "B"))
    try store.python("db.activities.update_one({}, {'$set': {'source.also': ['text']}})")
    let checked = try StravaStore.run(["validate", "--json"] + store.connection())
    #expect(checked.exitCode == 1)
    #expect(checked.errors.contains("/source/also/0"))
    // Import ignores a value that is not a digest.
    #expect(try store.importing(Self.activities("A")).summary.total.updated == 1)
  }
}
