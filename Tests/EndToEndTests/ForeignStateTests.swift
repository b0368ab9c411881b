import Foundation
import Support
import Testing

/// Indexes and options that others have created are kept and shown. Those that would lose documents are an error.
@Suite(.waiting) struct ForeignStateTests {
  private static let rule = "{'tenant': {'$in': ['a', 'b']}}"

  private func validator(_ fixture: IndexFixture) throws -> String {
    try fixture.python(
      "print(next(db.list_collections(filter={'name': 'activities'}))['options'].get('validator', {}))")
  }

  @Test(arguments: [
    rule, "{'$jsonSchema': {'required': ['tenant']}}",
    "{'$jsonSchema': {'required': ['strava_activity_id'], 'properties': {'distance': {'maximum': 9}}}}",
    "{'$and': [{'tenant': 'a'}]}",
  ])
  func anotherAuthorsValidatorIsKeptAndShown(_ rule: String) throws {
    let fixture = try IndexFixture()
    try fixture.python("db.create_collection('activities', validator=\(rule))")
    let before = try validator(fixture)
    let word = rule.contains("tenant") ? "tenant" : "maximum"
    for arguments in [["--dry-run"], ["--check"], []] {
      let done = try fixture.read(fixture.command(arguments).run())
      #expect(done.exitCode == (arguments == ["--dry-run"] ? 0 : 1))
      #expect(done.errors.contains(word) && done.errors.contains("--replace-validators"), "\(done.errors)")
      #expect(done.printed.state.contains { $0.verdict == "blocked" && $0.detail.contains(word) })
      #expect(try validator(fixture) == before)
    }
    #expect(try fixture.run("--check").printed.findings["SS083"] == 1)
    let replaced = try fixture.run("--replace-validators")
    #expect(replaced.exitCode == 0, "\(replaced.errors)")
    #expect(replaced.printed.done.contains { $0.verdict == "change" && $0.detail.contains(word) })
    #expect(try fixture.run("--check").exitCode == 0)
  }

  /// A validator of the program for other sealed classes, or a part of one, is replaced without a message.
  @Test func ourOwnRulesAreReplaced() throws {
    let fixture = try IndexFixture()
    try fixture.python("db.store_settings.insert_one({'_id': 'sealing', 'classes': ['secret', 'identity', 'health']})")
    #expect(try fixture.run().exitCode == 0)
    try fixture.python(
      """
      db.store_settings.delete_many({})
      db.command('collMod', 'activities', validator={'$jsonSchema': {'required': ['strava_activity_id']}})
      """)
    try fixture.reachesTheDeclaredState()
  }

  private static let losses = [
    "db.create_collection('NAME', capped=True, size=100000)",
    "db.NAME.create_index('seen', expireAfterSeconds=2000000000)",
    "db.create_collection('other'); db.create_collection('NAME', viewOn='other')",
  ]

  @Test(arguments: losses, ["users", "activities", "data_keys"])
  func whatLosesDocumentsIsAnError(_ program: String, _ name: String) throws {
    let store = try TestStore()
    try store.python(program.replacing("NAME", with: name))
    let check = try StravaStore.run(
      ["index", "--check", "--json", "--db", store.database.name], environment: ["MONGODB_URI": store.database.uri])
    #expect(check.exitCode == 1)
    #expect(check.output.contains("SS087"), "\(check.errors)")
    let imported = try store.importing(SyntheticDump.summaries(2, athletes: 1))
    #expect(imported.exitCode == 2, "\(imported.errors)")
    #expect(imported.errors.contains("\(name) ") && imported.errors.contains("would be lost"), "\(imported.errors)")
    #expect(try store.untrue("'store_settings' not in db.list_collection_names()") == [])
  }

  @Test(arguments: losses.prefix(2))
  func onInsightsItIsAWarning(_ program: String) throws {
    let store = try TestStore()
    try store.python(program.replacing("NAME", with: "insights"))
    let imported = try store.importing(SyntheticDump.summaries(2, athletes: 1))
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(imported.errors.contains("insights "))
    let environment = ["MONGODB_URI": store.database.uri]
    #expect(try StravaStore.run(["index", "--db", store.database.name], environment: environment).exitCode == 0)
    let check = try StravaStore.run(
      ["index", "--check", "--json", "--db", store.database.name], environment: environment)
    #expect(check.exitCode == 0, "\(check.errors)")
    #expect(check.output.contains("SS087"))
  }
}
