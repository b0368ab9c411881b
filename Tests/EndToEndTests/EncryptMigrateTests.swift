import Foundation
import Support
import Testing

/// Sealed values are put in clear and sealed again by `encrypt-migrate`, with the fixtures.
@Suite(.waiting) struct EncryptMigrateTests {
  private let store: TestStore

  init() throws {
    store = try TestStore()
    let fixtures = Checkout.root.appending(path: "fixtures/valid").path
    #expect(try store.run([fixtures]).exitCode == 0)
  }

  private func migrate(_ arguments: [String], input: Command.Input = .none) throws -> Outcome {
    try StravaStore.run(
      ["encrypt-migrate", "--db", store.database.name] + arguments,
      environment: ["MONGODB_URI": store.database.uri, "STRAVA_STORE_KEY_FILE": store.keyFile], input: input)
  }

  /// Returns every document, with sealed values decrypted and marked as sealed.
  private func documents() throws -> [String] {
    try store.pymongo.dump(collections: ["users", "activities", "insights"], keyFile: store.keyFile)
  }

  @Test func thereAndBackChangesNoValue() throws {
    let sealed = try documents()
    #expect(try migrate(["--verify"]).exitCode == 0)

    let decrypted = try migrate(["--decrypt"], input: .text("decrypt\nin clear\n"))
    #expect(decrypted.exitCode == 0, "\(decrypted.errors)")
    let clear = try documents()
    #expect(!clear.contains { $0.contains("$sealed") || $0.contains("_hash") })
    #expect(clear.contains { $0.contains(#""access_token":"fixture-access-token-1""#) })

    let before = try store.pymongo.dump()
    let result = try migrate(["--verify"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("[SS070]"))
    #expect(!result.errors.contains("fixture-access-token"))
    #expect(try migrate(["--dry-run"]).exitCode == 0)
    #expect(try store.pymongo.dump() == before, "looking writes nothing")

    let again = try migrate([])
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(try documents() == sealed)
    #expect(try migrate(["--verify"]).exitCode == 0)
    let idle = try store.pymongo.dump()
    #expect(try migrate([]).exitCode == 0)
    #expect(try store.pymongo.dump() == idle, "what is sealed is left alone")
  }

  @Test func aWiderPolicySealsTheRestAndImportKeepsToIt() throws {
    let wider = try migrate(["--seal", "location,health"])
    #expect(wider.exitCode == 0, "\(wider.errors)")
    #expect(try migrate(["--verify"]).exitCode == 0)
    let clear = try store.pymongo.run(
      "print(db.activities.count_documents({'$or': [{'start_latlng': {'$type': 'array'}}, {'calories': {'$type': 1}}]}))"
    )
    #expect(clear == "0\n")
    let fixtures = Checkout.root.appending(path: "fixtures/valid").path
    #expect(try store.run([fixtures]).summary.total.updated == 0)
    #expect(try store.command(["--seal", "health", fixtures]).run().exitCode == 2)
    #expect(try migrate(["--seal", "health"]).exitCode == 2)
  }

  @Test func whatNobodyCanReadIsLeftAndReported() throws {
    try store.pymongo.run(
      """
      user = db.users.find_one({'access_token': {'$exists': True}})
      db.users.update_one({'_id': user['_id']}, {'$set': {'refresh_token': bson.Binary(b'not ours', 0), 'email': 5}})
      """)
    let result = try migrate([])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("(/refresh_token) [SS071]"))
    #expect(result.errors.contains("(/email) [SS071]"))
    let kept = try store.pymongo.run(
      "print(db.users.count_documents({'refresh_token': bson.Binary(b'not ours', 0), 'email': 5}))")
    #expect(kept == "1\n")
  }

  @Test(arguments: ["'{\"firstname\": \"canary-name\"}'", "bson.Binary(b'canary-name', 0)"])
  func aRecordThatIsTextOrBytesNeverPasses(_ value: String) throws {
    try store.pymongo.run(
      """
      for name in ['users', 'activities']:
          db[name].update_one({'raw_data': {'$exists': True}}, {'$set': {'raw_data': \(value)}})
      """)
    for arguments in [[], ["--verify"]] {
      let result = try migrate(arguments)
      #expect(result.exitCode == 1)
      #expect(result.errors.components(separatedBy: "(/raw_data) [SS071]").count == 3)
      #expect(!result.errors.contains("canary-name"))
    }
    for arguments in [
      ["activities"], ["users"], ["activities", "--sealed", "keep"], ["users", "--decrypt", "--drop", "health"],
    ] {
      let exported = try StravaStore.run(
        ["export", "--db", store.database.name] + arguments,
        environment: ["MONGODB_URI": store.database.uri, "STRAVA_STORE_KEY_FILE": store.keyFile])
      #expect(exported.output.contains("strava_"), "\(exported.errors)")
      #expect(!exported.output.contains("canary-name") && !exported.output.contains("Y2FuYXJ5LW5hbWU"), "\(arguments)")
    }
  }

  @Test func aValueMovedUnderAnyOtherKeyDoesNotOpen() throws {
    try store.pymongo.run(
      """
      user = db.users.find_one({'access_token': {'$exists': True}})
      db.users.update_one({'_id': user['_id']}, {'$set': {'nickname': [user['access_token']]}})
      """)
    let result = try migrate(["--verify"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("(/nickname/0) [SS072]"))
  }

  @Test func aMovedValueDoesNotOpen() throws {
    try store.pymongo.run(
      """
      one, other = list(db.users.find({'access_token': {'$exists': True}}).limit(2))
      db.users.update_one({'_id': other['_id']}, {'$set': {'access_token': one['access_token']}})
      """)
    let result = try migrate(["--verify"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("(/access_token) [SS072]"))
  }
}
