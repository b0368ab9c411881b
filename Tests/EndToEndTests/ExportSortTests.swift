import Foundation
import Support
import Testing

/// `--sort` gives the same order as a sort by another program, whatever the index's order of documents with an equal
/// key. A sort that no index provides needs a limit.
@Suite(.waiting) struct ExportSortTests {
  /// Three thousand documents in random order, with one of 40 starts or none, and one of five distances. More documents
  /// have the first distance than are held in memory at a time.
  private static let fixture = Result {
    let fixture = try ExportFixture()
    try fixture.pymongo.run(
      """
      import datetime, random
      random.seed(7)
      documents = []
      for number in range(3000):
          document = {"_id": bson.ObjectId(f"{random.getrandbits(96):024x}"), "strava_activity_id": number,
                      "user_id": number % 3, "name": f"Run {number}", "average_heartrate": 100.0 + number % 7,
                      "distance": random.choice([0, bson.Int64(0), 0.0, 5000.5, 21097]) if number % 10 == 0 else 0,
                      "description": "d" * 4000}
          if number % 11: document["start_date"] = datetime.datetime(2024, 1, 1) + datetime.timedelta(days=number % 40)
          documents.append(document)
      db.activities.insert_many(documents)
      db.activities.create_index([("start_date", -1)])
      db.activities.create_index("distance")
      db.activities.create_index([("user_id", 1), ("start_date", -1)])
      db.activities.create_index("name", sparse=True)
      db.activities.create_index("average_heartrate", partialFilterExpression={"average_heartrate": {"$gt": 1}})
      db.activities.create_index("max_heartrate", collation={"locale": "de"})
      """)
    return fixture
  }

  /// Options, and the sort and selection in Python.
  @Test(arguments: [
    ("--sort start_date", "start", false, "all"), ("--sort -start_date", "start", true, "all"),
    ("--sort distance", "one['distance']", false, "all"), ("--sort -distance", "one['distance']", true, "all"),
    (#"--sort -start_date --filter {"user_id":1}"#, "start", true, "[one for one in all if one['user_id'] == 1]"),
    ("--sort distance --limit 1500", "one['distance']", false, "all"),
    ("--sort start_date --limit 301", "start", false, "all"),
    ("--sort average_heartrate --limit 50", "one['average_heartrate']", false, "all"),
    ("--sort strava_activity_id --limit 20", "one['strava_activity_id']", false, "all"),
  ])
  func orderIsThatOfAReferenceSort(options: String, key: String, isDescending: Bool, selection: String) throws {
    let fixture = try Self.fixture.get()
    let options = options.split(separator: " ").map(String.init)
    let outcome = try fixture.command(["activities", "--fields", "_id,strava_activity_id"] + options).run()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let wanted = try fixture.pymongo.run(
      """
      import datetime
      all = list(db.activities.find())
      chosen = sorted(\(selection), key=lambda one: one["_id"])
      def key(one):
          start = one.get("start_date", datetime.datetime.min)
          return \(key)
      # A sort that keeps the order of what is equal, in both directions.
      chosen.sort(key=key, reverse=\(isDescending ? "True" : "False"))
      for one in chosen[:\(options.last.flatMap { Int($0) } ?? 3000)]: print(one["strava_activity_id"])
      """
    ).split(separator: "\n").map(String.init)
    let found = outcome.output.split(separator: "\n").map { line in
      String(line.dropLast().split(separator: ":").last ?? "")
    }
    #expect(wanted.count > 10)
    #expect(found == wanted)
  }

  /// The cursor is lost before and among documents with an equal key.
  @Test(arguments: ["--sort distance", "--sort -start_date"])
  func aLostCursorGoesOnBehindTheLastWholeKey(options: String) throws {
    let fixture = try Self.fixture.get()
    let command = ["activities", "--fields", "_id"] + options.split(separator: " ").map(String.init)
    let whole = try fixture.command(command).run()
    let faults = ["getMore:activities:1", "getMore:activities:2", "cut@find:activities:3", "find:activities:5"]
    let proxy = try LossyProxy(to: TestServer.shared, losing: faults)
    let outcome = try fixture.command(command, uri: proxy.uri).run()
    #expect(proxy.lost.count >= 2)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output == whole.output && Set(outcome.output.split(separator: "\n")).count == 3000)
  }

  /// The key of an array is its least or greatest element; an empty array sorts before null.
  @Test func arraysAreWhereAServerHasThem() throws {
    let fixture = try ExportFixture()
    try fixture.pymongo.run(
      """
      values = [3, [1, 9], [5], [], None, [None, 4], 7, "text", ["a", 2], 2.0]
      db.activities.insert_many([{"_id": n, "strava_activity_id": n, "distance": v} for n, v in enumerate(values)])
      db.activities.insert_one({"_id": 10, "strava_activity_id": 10})
      db.activities.create_index("distance")
      """)
    func ids(_ sort: String) throws -> [Int] {
      try fixture.text("activities", "--fields", "_id", "--sort", sort).matches(of: /:(\d+)/).compactMap { Int($0.1) }
    }
    #expect(try ids("distance") == [3, 4, 5, 10, 1, 8, 9, 0, 2, 6, 7])
    #expect(try ids("-distance") == [7, 8, 1, 6, 2, 5, 0, 9, 4, 10, 3])
  }

  /// Sparse and partial indexes lack documents, and one with a collation orders texts differently.
  @Test(arguments: [
    "average_heartrate", "-average_heartrate", "name", "max_heartrate", "moving_time", "map.resource_state",
  ])
  func whatNoIndexServesNeedsALimit(sort: String) throws {
    let fixture = try Self.fixture.get()
    let folder = try TemporaryFolder()
    let refused = try fixture.command(["activities", "--sort", sort, "--json", "-o", folder.path("a.json")]).run()
    let printed = try fixture.read(refused)
    #expect(printed.exitCode == 2)
    #expect(printed.total.read == 0 && printed.files.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    let field = sort.hasPrefix("-") ? String(sort.dropFirst()) : sort
    for words in ["cannot sort all selected activities by \(field)", "no index", "start_date", "--limit"] {
      #expect(refused.errors.contains(words), "\(refused.errors)")
    }
    let limited = try fixture.text("activities", "--sort", sort, "--limit", "12")
    #expect(limited.split(separator: "\n").count == 12)
  }

  @Test func whatAMissingIndexWouldServeSaysSo() throws {
    let fixture = try ExportFixture()
    try fixture.pymongo.run(
      "db.insights.insert_one({'user_id': bson.ObjectId('\(String(repeating: "a", count: 24))')})")
    let sorted = ["insights", "--user-id", String(repeating: "a", count: 24), "--sort", "created_at"]
    let refused = try fixture.command(sorted).run()
    #expect(refused.exitCode == 2 && refused.output.isEmpty)
    #expect(refused.errors.contains("user_id_1_created_at_-1"), "\(refused.errors)")
    #expect(refused.errors.contains("strava-store index"))
    try fixture.pymongo.run("db.insights.create_index([('user_id', 1), ('created_at', -1)])")
    #expect(try fixture.command(sorted).run().exitCode == 0)
    // A collection that does not exist, or has one document, needs no sort.
    #expect(try fixture.text("users", "--sort", "athlete_updated_at").isEmpty)
    try fixture.pymongo.run("db.users.insert_one({'_id': bson.ObjectId('\(String(repeating: "a", count: 24))')})")
    let one = try fixture.text("users", "--user-id", String(repeating: "a", count: 24), "--sort", "username")
    #expect(one.split(separator: "\n").count == 1)
  }

  /// The client splits the documents, so a sort orders the documents of each file.
  @Test func filesOfASplitAreSorted() throws {
    let fixture = try Self.fixture.get()
    let folder = try TemporaryFolder()
    let printed = try fixture.printed(
      ["activities", "--split-by", "month", "--sort", "-start_date", "--fields", "start_date", "-o", folder.path("f")])
    #expect(printed.exitCode == 0)
    #expect(
      printed.files.map { String($0.path.dropFirst(folder.path("f").count + 1)) }
        == ["activities-2024-01.ndjson", "activities-2024-02.ndjson", "activities-undated.ndjson", "SHA256SUMS"])
    for file in printed.files.dropLast() {
      let starts = try String(contentsOfFile: file.path, encoding: .utf8).matches(of: /"start_date":"([^"]+)"/)
        .map { String($0.1) }
      #expect(starts == starts.sorted(by: >))
    }
  }
}
