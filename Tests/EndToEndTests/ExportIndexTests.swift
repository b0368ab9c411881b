import Foundation
import Support
import Testing

/// A selection is served by an index: the query that an export sends is explained by the server.
@Suite(.waiting) struct ExportIndexTests {
  private struct Plan: Decodable {
    let indexes: [String]
    let examined: Int
    let returned: Int
    let text: String
  }

  private static let bench = Result {
    let bench = try ExportBench(importing: [ExportBench.fixtures])
    let indexed = try StravaStore.command(
      ["index", "--db", bench.store.database.name],
      environment: ["MONGODB_URI": bench.store.database.uri, "STRAVA_STORE_KEY_FILE": bench.store.keyFile]
    ).run()
    guard indexed.exitCode == 0 else { throw HarnessError("no indexes: \(indexed.errors)") }
    return bench
  }

  /// Options, and how the names of indexes begin that serve them. Among those with one first field the stand-in takes
  /// any; with a condition beyond an index's fields (`--local`), or with several sports, it takes none, other servers do.
  @Test(arguments: [
    ("activities --athlete 900000002", "user_id_1"),
    ("activities --athlete 900000001 --sport Run --since 2024-05-02", "user_id_1"),
    ("activities --since 2024-06-01 --until 2024-08-01", "start_date_-1"),
    ("insights --athlete 900000001", "user_id_1"),
    ("users --athlete 900000001", "_id_"),
  ])
  func theServerFindsTheDocumentsByAnIndex(options: String, index: String) throws {
    let bench = try Self.bench.get()
    let options = options.split(separator: " ").map(String.init)
    let folder = try TemporaryFolder()
    let proxy = try LossyProxy(
      to: bench.store.database, before: "find:\(options[0]):\(options[0] == "users" ? 2 : 1)",
      do: """
        import json
        query = {part: command[part] for part in ("find", "filter", "sort") if part in command}
        told = db.command({"explain": query, "verbosity": "executionStats"})
        stages, indexes = [told["queryPlanner"]["winningPlan"]], []
        while stages:
            stage = stages.pop()
            stages += [part for part in stage.values() if isinstance(part, dict)]
            stages += [inner for part in stage.values() if isinstance(part, list) for inner in part if isinstance(inner, dict)]
            if "indexName" in stage: indexes.append(stage["indexName"])
            if "IDHACK" in stage.get("stage", ""): indexes.append("_id_")
        stats = told["executionStats"]
        with open('\(folder.path("plan.json"))', "w") as file:
            json.dump({"indexes": indexes, "examined": stats["totalDocsExamined"], "returned": stats["nReturned"],
                       "text": str(told["queryPlanner"]["winningPlan"])}, file)
        """)
    let exported = try bench.command(options, uri: proxy.uri).run()
    #expect(exported.exitCode == 0, "\(exported.errors)")
    #expect(proxy.acted.count == 1)
    let plan = try JSONDecoder().decode(Plan.self, from: Data(folder.read("plan.json")))
    #expect(plan.indexes.count == 1 && plan.indexes.allSatisfy { $0.hasPrefix(index) }, "\(plan.text)")
    #expect(plan.returned > 0 && plan.examined == plan.returned)
    #expect(exported.output.split(separator: "\n").count == plan.returned)
  }
}
