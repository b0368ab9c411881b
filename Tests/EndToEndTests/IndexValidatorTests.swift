import Foundation
import Support
import Testing

/// The validators that `index` sets: which documents they refuse and accept, and what strict validators require.
@Suite(.waiting) struct IndexValidatorTests {
  private let fixture: IndexFixture

  init() throws { fixture = try IndexFixture() }

  /// Returns true if the server refuses the document.
  private func refuses(_ collection: String, _ document: String) throws -> Bool {
    try fixture.python(
      """
      try:
        db['\(collection)'].insert_one(\(document))
        print('taken')
      except pymongo.errors.WriteError as error:
        print('refused' if error.code == 121 else error)
      """
    ).trimmingCharacters(in: .whitespacesAndNewlines) == "refused"
  }

  private func level(_ collection: String) throws -> String {
    try fixture.python(
      "print(next(db.list_collections(filter={'name': '\(collection)'}))['options']['validationLevel'])"
    )
    .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test(arguments: ["moderate", "strict"])
  func aPlaintextTokenIsRefusedByTheServer(_ level: String) throws {
    #expect(try fixture.run("--validation", level).exitCode == 0)
    #expect(try refuses("users", "{'strava_id': Int64(900000001), 'access_token': 'synthetic-token'}"))
    #expect(try refuses("users", "{'strava_id': Int64(900000001), 'raw_data': {'token': {'access_token': 'x'}}}"))
    #expect(try refuses("users", "{'access_token': Binary(b'x', 128)}"), "no strava_id")
    #expect(
      try !refuses(
        "users", "{'strava_id': Int64(900000001), 'access_token': Binary(b'x', 128), 'city': 'Port Nemo', 'age': 30}"))
    #expect(try refuses("activities", "{'strava_activity_id': 91000000001, 'user_id': ObjectId(), 'distance': 'far'}"))
  }

  /// Documents of import and of the platform pass the strictest validator.
  @Test(arguments: [[], ["--seal", "location,health"]])
  func whatImportWritesPasses(_ seal: [String]) throws {
    let imported = try TestStore()
    #expect(try imported.run(ValidFixtures.stored() + seal).exitCode == 0)
    func index(_ arguments: String...) throws -> Outcome {
      try StravaStore.run(
        ["index", "--db", imported.database.name] + arguments, environment: ["MONGODB_URI": imported.database.uri])
    }
    let strict = try index("--validation", "strict")
    #expect(strict.exitCode == 0, "\(strict.errors)")
    #expect(strict.errors.contains("from store_settings"))
    #expect(strict.errors.contains("health") == !seal.isEmpty)
    #expect(try index("--check", "--validation", "strict").exitCode == 0)

    // All records are imported again, into collections that check them.
    let empty = try TestStore()
    let first = try StravaStore.run(
      ["index", "--db", empty.database.name, "--validation", "strict"], environment: ["MONGODB_URI": empty.database.uri]
    )
    #expect(first.exitCode == 0)
    let again = try empty.run(ValidFixtures.stored())
    #expect(again.exitCode == 0, "\(again.errors)")
  }

  @Test func strictIsRefusedWhileDocumentsFail() throws {
    try fixture.python(
      """
      for n in range(1, 31): db.users.insert_one({'_id': ObjectId(f'{n:024x}'), 'strava_id': Int64(900000000 + n),
        **({'access_token': 'synthetic-token', 'age': 200} if n > 18 else {})})
      """)
    #expect(try fixture.run().exitCode == 0, "moderate lets them be")
    let documents = try fixture.database.pymongo.dump()
    let refused = try fixture.run("--validation", "strict")
    #expect(refused.exitCode == 1)
    #expect(refused.errors.contains("12 documents"))
    #expect(refused.printed.findings["SS084"] == 11, "the count, and the first ten")
    #expect(refused.errors.contains("users/000000000000000000000013"))
    #expect(
      refused.errors.contains("violates the validator: age, access_token")
        || refused.errors.contains("violates the validator: access_token, age"))
    #expect(!refused.errors.contains("synthetic-token"))
    #expect(try level("users") == "moderate")
    #expect(try level("activities") == "strict", "a collection by itself")
    #expect(try fixture.database.pymongo.dump() == documents)
    #expect(try fixture.run("--check").exitCode == 0)
    #expect(try fixture.run("--check", "--validation", "strict").exitCode == 1)

    try fixture.python("db.users.update_many({}, {'$unset': {'access_token': 1, 'age': 1}})")
    #expect(try fixture.run("--validation", "strict").exitCode == 0)
    #expect(try level("users") == "strict")
    // Without an option, the command does not make it less strict.
    #expect(try fixture.run().printed.done == [])
    #expect(try level("users") == "strict")
  }

  @Test func offIsForWhoSaysSo() throws {
    #expect(try fixture.run("--validation", "off").exitCode == 0)
    #expect(try !refuses("users", "{'access_token': 'synthetic-token'}"))
    #expect(try fixture.run("--check", "--validation", "off").exitCode == 0)
    #expect(try fixture.run("--check").exitCode == 1)
    #expect(try fixture.run().exitCode == 0)
    #expect(try level("users") == "moderate")
  }

  /// A validator is not derived from sealing settings in an unknown form.
  @Test func settingsInNoKnownFormAreTheEnvironmentsFailure() throws {
    try fixture.python("db.store_settings.insert_one({'_id': 'sealing', 'classes': ['secret', 'nonsense']})")
    let outcome = try fixture.run()
    #expect(outcome.exitCode == 2)
    #expect(outcome.printed.failure != nil)
    #expect(outcome.errors.contains("store_settings"))
    #expect(try fixture.indexes().keys.allSatisfy { $0.hasPrefix("store_settings") })
  }
}
