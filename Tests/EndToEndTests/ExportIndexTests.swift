import Foundation
import Support
import Testing

/// How a server finds the documents of an export: the server explains the query that the export sends.
///
/// In the order of `_id` the server chooses the index. If the selection is a small part of the collection, that is an
/// index on the fields of the filter; if it is a large part, it is the index on `_id`, which has the order. In the
/// order of another field, the query names the index (`hint`).
@Suite(.waiting) struct ExportIndexTests {
  private struct Plan: Decodable {
    let indexes: [String]
    let examined: Int
    let returned: Int
    /// The index that the query names.
    let hint: String?
    let text: String
  }

  private static let fixture = Result {
    let fixture = try ExportFixture(importing: [ExportFixture.fixtures])
    let indexed = try StravaStore.command(
      // The stand-in's validator refuses the activity with the keys `$ref` and `$id` in its raw data.
      ["index", "--yes", "--db", fixture.store.database.name],
      environment: ["MONGODB_URI": fixture.store.database.uri, "STRAVA_STORE_KEY_FILE": fixture.store.keyFile]
    ).run()
    guard indexed.exitCode == 0 else { throw HarnessError("no indexes: \(indexed.errors)") }
    return fixture
  }

  /// Options, and the beginnings of the names of indexes that serve them. A real MongoDB server may use the index on
  /// `_id` instead. The stand-in server takes any of the indexes with the same first field. With a condition on a field
  /// outside the index (`--local`) or with several sports it uses none, and other servers do.
  @Test(arguments: [
    ("activities --athlete 900000002", "athlete_id_1"),
    ("activities --athlete 900000001 --since 2024-05-02", "athlete_id_1"),
    ("activities --since 2024-06-01 --until 2024-08-01", "start_date_-1"),
    ("insights --athlete 900000001", "user_id_1"),
    ("users --athlete 900000001", "_id_"),
  ])
  func theServerFindsTheDocumentsByAnIndex(options: String, index: String) throws {
    let (plan, hint, lines) = try explained(options)
    #expect(hint == nil)
    let name = try #require(plan.indexes.first, "\(plan.text)")
    #expect(plan.indexes.count == 1 && (name.hasPrefix(index) || name == "_id_"), "\(plan.text)")
    #expect(plan.returned > 0 && lines == plan.returned)
    if name != "_id_" || index == "_id_" { #expect(plan.examined == plan.returned) }
  }

  /// Options, and the index that provides their order.
  @Test(arguments: [
    ("activities --sort start_date", "start_date_-1"),
    ("activities --sort -start_date --since 2024-06-01", "start_date_-1"),
    ("activities --sort strava_activity_id", "strava_activity_id_1"),
    ("activities --athlete 900000001 --sort start_date", "user_id_1_start_date_-1"),
    ("activities --athlete 900000001 --sort -distance --limit 5", "user_id_1_distance_-1"),
    ("activities --athlete 900000001 --sport Run --sort -start_date", "user_id_1_sport_type_1_start_date_-1"),
    (
      #"activities --filter {"type":{"$eq":"Run"}} --athlete 900000001 --sort start_date"#,
      "user_id_1_type_1_start_date_-1"
    ),
    ("insights --athlete 900000001 --sort -confidence_score", "user_id_1_confidence_score_-1"),
    ("users --sort -strava_id", "strava_id_1"),
  ])
  func aSortNamesTheIndexWhoseOrderItIs(options: String, index: String) throws {
    let (plan, hint, lines) = try explained(options)
    #expect(hint == index)
    #expect(plan.indexes == [index], "\(plan.text)")
    // MongoDB needs no sort if the fields before it in the key are equal; the stand-in server sorts in that case.
    if !index.hasPrefix("user_id") { #expect(!plan.text.contains("'SORT'"), "\(plan.text)") }
    let limit = options.contains("--limit") ? 5 : plan.returned
    #expect(lines == limit && lines > 0)
  }

  /// Runs an export whose query is explained before the server gets it.
  ///
  /// - Returns: The index that the query names, and the number of exported documents, too.
  private func explained(_ options: String) throws -> (plan: Plan, hint: String?, documents: Int) {
    let fixture = try Self.fixture.get()
    let options = options.split(separator: " ").map(String.init)
    // The first query looks for the athlete's user.
    let isLookedUp = options[0] == "users" && options.contains("--athlete")
    let folder = try TemporaryFolder()
    let proxy = try LossyProxy(
      to: fixture.store.database, before: "find:\(options[0]):\(isLookedUp ? 2 : 1)",
      do: """
        import json
        query = {part: command[part] for part in ("find", "filter", "sort", "hint") if part in command}
        result = db.command({"explain": query, "verbosity": "executionStats"})
        stages, indexes = [result["queryPlanner"]["winningPlan"]], []
        while stages:
            stage = stages.pop()
            stages += [part for part in stage.values() if isinstance(part, dict)]
            stages += [inner for part in stage.values() if isinstance(part, list) for inner in part if isinstance(inner, dict)]
            if "indexName" in stage: indexes.append(stage["indexName"])
            if "IDHACK" in stage.get("stage", ""): indexes.append("_id_")
        stats = result["executionStats"]
        with open('\(folder.path("plan.json"))', "w") as file:
            json.dump({"indexes": indexes, "examined": stats["totalDocsExamined"], "returned": stats["nReturned"],
                       "hint": command.get("hint"), "text": str(result["queryPlanner"]["winningPlan"])}, file)
        """)
    let exported = try fixture.command(options, uri: proxy.uri).run()
    #expect(exported.exitCode == 0, "\(exported.errors)")
    #expect(proxy.acted.count == 1)
    let plan = try JSONDecoder().decode(Plan.self, from: Data(folder.read("plan.json")))
    return (plan, plan.hint, exported.output.split(separator: "\n").count)
  }
}
