import Foundation
import Support
import Testing

/// What `index` refuses, leaves, and says.
@Suite(.waiting) struct IndexCommandTests {
  private let bench: IndexFixture

  init() throws { bench = try IndexFixture() }

  @Test func aPlanIsShownAndNothingIsDone() throws {
    try bench.originalPlan()
    let before = try bench.everything()
    let shown = try bench.run("--dry-run", "--prune")
    #expect(shown.exitCode == 0)
    #expect(shown.printed.done == [])
    #expect(shown.printed.places("drop").contains("users/access_token_1"))
    #expect(shown.errors.contains("change") && shown.errors.contains("is not unique"))
    #expect(try bench.run("--check").exitCode == 1)
    #expect(try bench.everything() == before)
  }

  @Test func onlySomeCollections() throws {
    let done = try bench.run("--collection", "data_keys", "--collection", "insights,data_keys")
    #expect(done.exitCode == 0)
    #expect(Set(done.printed.state.map(\.collection)) == ["data_keys", "insights"])
    #expect(try Set(bench.indexes().keys.map { $0.prefix { $0 != "/" } }) == ["data_keys", "insights"])
    #expect(try bench.run("--collection", "insights", "--check").exitCode == 0)
    // What the option was called before.
    #expect(try bench.run("--only", "insights,data_keys", "--check").exitCode == 0)
    #expect(try bench.run("--only", "users", "--check").exitCode == 1)
    #expect(try bench.run("--check").exitCode == 1)
  }

  @Test func duplicatesAreFoundBeforeAUniqueIndex() throws {
    try bench.python(
      """
      db.activities.insert_many([{'_id': ObjectId(f'{n:024x}'), 'strava_activity_id': Int64(91000000000 + n % 3)}
        for n in range(1, 8)])
      db.activities.insert_many([{'_id': 'a', 'strava_activity_id': None}, {'_id': 'b'}])
      """)
    let documents = try bench.database.pymongo.dump()
    let done = try bench.run()
    #expect(done.exitCode == 1)
    #expect(done.printed.findings["SS082"] == 4)
    for id in 1...7 { #expect(done.errors.contains(String(format: "%024x", id)), "\(done.errors)") }
    #expect(done.errors.contains("91000000001 (_id"))
    #expect(done.errors.contains("none (_id a, b)"))
    #expect(try bench.wrong() == ["activities: 0 indexes on strava_activity_id"], "the rest is done")
    #expect(try bench.database.pymongo.dump() == documents)

    try bench.python("db.activities.delete_many({'_id': {'$nin': [ObjectId(f'{n:024x}') for n in (1, 2, 3)]}})")
    #expect(try bench.run().exitCode == 0)
    #expect(try bench.wrong() == [])
  }

  @Test func rebuildingBuildsTheReplacementFirstWhereItCan() throws {
    try bench.originalPlan()
    #expect(try bench.run("--prune").exitCode == 0)
    let before = try bench.indexes()
    let one = try bench.run("--rebuild", "user_id_1_distance_-1")
    #expect(one.exitCode == 0, "\(one.errors)")
    #expect(one.printed.done.map(\.index) == ["user_id_1_distance_-1"])
    #expect(try bench.indexes() == before)

    let all = try bench.run("--rebuild", "all")
    #expect(all.exitCode == 1)
    #expect(all.printed.findings == ["SS085": 3], "a unique index has no second one beside it")
    #expect(all.errors.contains("--drop-first"))
    #expect(all.printed.done.count == 17)
    #expect(try bench.indexes() == before)

    let dropping = try bench.run("--rebuild", "all", "--drop-first")
    #expect(dropping.exitCode == 0, "\(dropping.errors)")
    #expect(dropping.printed.done.count == 20)
    #expect(try bench.indexes() == before)
  }

  @Test func theIndexOfAShardKeyIsNeverDropped() throws {
    try bench.python("db.activities.create_index([('athlete_id', 1), ('name', 1)]); db.activities.create_index('name')")
    func config(_ call: String) throws {
      try bench.python("client.config.collections.\(call)({'_id': f'{db.name}.activities', 'key': {'athlete_id': 1}})")
    }
    try config("insert_one")
    let done = try bench.run("--prune")
    try config("delete_one")
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.printed.places("extra") == ["activities/athlete_id_1_name_1"])
    #expect(try bench.indexes()["activities/name_1"] == nil)
  }

  @Test func aViewInTheWayIsReported() throws {
    try bench.python("db.create_collection('other'); db.create_collection('insights', viewOn='other')")
    let done = try bench.run()
    #expect(done.exitCode == 1)
    #expect(done.printed.places("blocked") == ["insights/"])
    #expect(done.errors.contains("insights is a view"))
    #expect(try bench.wrong().allSatisfy { $0.hasPrefix("insights") }, "the rest is done")
  }

  @Test(arguments: [
    ["--check", "--dry-run"], ["--check", "--rebuild", "all"], ["--rebuild", "nothing"], ["--validation", "lax"],
    ["--collection", "users,nobody"],
  ])
  func wrongUsage(_ arguments: [String]) throws {
    #expect(try bench.command(arguments).run().exitCode == 64)
    #expect(try bench.indexes().isEmpty)
  }

  @Test func anUnreachableServerIsTheEnvironmentsFailure() throws {
    let run = try bench.run(uri: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300")
    #expect(run.exitCode == 2)
    #expect(run.errors.contains("cannot connect to"))
    #expect(run.printed.failure?.contains("cannot connect to") == true)
    #expect(run.printed.done == [])
  }
}
