import Foundation
import Support
import Testing

/// A database for `index`, and what the command prints.
struct IndexFixture {
  let database: TestDatabase

  init(on server: TestServer? = nil) throws { database = try (server ?? TestServer.shared).uniqueDatabase() }

  struct Printed: Decodable {
    struct Step: Decodable, Equatable {
      let collection: String
      let index: String?
      let verdict: String
      let detail: String
    }

    let mode: String
    let database: String
    let classes: [String]
    let state: [Step]
    let done: [Step]
    let differences: Int
    let findings: [String: Int]
    let failure: String?
    let exitCode: Int32

    enum CodingKeys: String, CodingKey {
      case mode, database, classes, state, done, differences, findings, failure
      case exitCode = "exit_code"
    }

    /// Returns `collection/index` for each object with one of these verdicts; a validator is `collection/`.
    func objects(_ verdicts: String...) -> Set<String> {
      Set(state.filter { verdicts.contains($0.verdict) }.map { "\($0.collection)/\($0.index ?? "")" })
    }
  }

  struct Run {
    let outcome: Outcome
    let printed: Printed

    var exitCode: Int32? { outcome.exitCode }
    var errors: String { outcome.errors }
  }

  /// Returns the command, which enforces validators even if documents fail them.
  func command(_ arguments: [String] = [], uri: String? = nil) throws -> Command {
    try StravaStore.command(
      ["index", "--json", "--yes", "--db", database.name] + arguments, environment: ["MONGODB_URI": uri ?? database.uri]
    )
  }

  func run(_ arguments: String..., uri: String? = nil) throws -> Run {
    try read(command(arguments, uri: uri).run())
  }

  /// The one object on standard output, which must agree with the exit code.
  func read(_ outcome: Outcome) throws -> Run {
    let printed = try JSONDecoder().decode(Printed.self, from: Data(outcome.standardOutput))
    #expect(printed.exitCode == outcome.exitCode)
    #expect(printed.database == database.name)
    return Run(outcome: outcome, printed: printed)
  }

  /// Runs Python code in which `db` is the open database.
  @discardableResult
  func python(_ program: String) throws -> String {
    try database.pymongo.run(
      """
      import datetime
      from bson import Binary, Int64, ObjectId

      """ + program)
  }

  /// Returns the differences between database and contract that another program finds.
  func wrong() throws -> [String] {
    try database.pymongo.run(file: "indexes.py").split(separator: "\n").map(String.init)
  }

  /// Returns every index as `collection/index`, with all its options.
  func indexes() throws -> [String: String] {
    let text = try python(
      """
      found = {f"{name}/{index['name']}": repr(sorted(index.items(), key=str))
        for name in db.list_collection_names(filter={'type': 'collection'}) for index in db[name].list_indexes()}
      print(json.dumps(found))
      """)
    return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
  }

  /// Returns everything that `index` might change.
  func everything() throws -> [String] {
    try database.pymongo.dump() + indexes().map { "\($0.key) \($0.value)" }.sorted()
      + python(
        "print(sorted(repr((c['name'], c.get('options'))) for c in db.list_collections()))"
      ).split(separator: "\n").map(String.init)
  }

  /// Creates the indexes that the platform's first plan had, and some documents.
  func originalPlan() throws {
    try python(
      """
      for field in ('strava_id', 'access_token', 'email'): db.users.create_index(field)
      for field in ('user_id', 'strava_activity_id', 'type', 'sport_type', 'start_date', 'distance'):
        db.activities.create_index(field)
      for field in ('user_id', 'activity_id', 'insight_type'): db.insights.create_index(field)
      """)
    try documents()
  }

  /// Inserts some documents as the platform's own writers do.
  func documents() throws {
    try python(
      """
      day = datetime.datetime(2024, 5, 1)
      for n in range(1, 21):
        user = db.users.insert_one({'strava_id': Int64(900000000 + n), 'age': 30}).inserted_id
        db.activities.insert_one({'strava_activity_id': Int64(95000000000 + n), 'user_id': user, 'type': 'Run',
          'sport_type': 'Run', 'distance': 1000.0 * n, 'start_date': day + datetime.timedelta(days=n)})
        db.insights.insert_one({'user_id': user, 'insight_type': 'training', 'insight_text': 'Steady.'})
      """)
  }

  /// Runs the command and checks its guarantees: the printed plan is what is done, nothing else is dropped, no
  /// document changes, the contract holds, and a second run finds nothing to do.
  func reachesTheDeclaredState(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let before = try indexes()
    let documents = try database.pymongo.dump()
    let plan = try run("--dry-run").printed
    let done = try run()
    #expect(done.exitCode == 0, "\(done.errors)", sourceLocation: sourceLocation)
    #expect(try wrong() == [], sourceLocation: sourceLocation)

    let after = try indexes()
    let dropped = Set(before.filter { after[$0.key] != $0.value }.keys)
    #expect(dropped.isSubset(of: plan.objects("change", "drop")), "\(dropped)", sourceLocation: sourceLocation)
    #expect(plan.objects("extra").isSubset(of: after.keys), sourceLocation: sourceLocation)
    #expect(try database.pymongo.dump() == documents, sourceLocation: sourceLocation)

    #expect(try run("--check").exitCode == 0, sourceLocation: sourceLocation)
    let again = try run()
    #expect(again.exitCode == 0 && again.printed.done == [], sourceLocation: sourceLocation)
    #expect(try indexes() == after, sourceLocation: sourceLocation)
  }
}
