import Foundation
import Support
import Testing

/// Sealed values put in clear and sealed again: `encrypt-migrate` there and back over the fixtures.
@Suite(.waiting) struct EncryptMigrateTests {
  private let bench: ImportFixture

  init() throws {
    bench = try ImportFixture()
    let fixtures = Checkout.root.appending(path: "fixtures/valid").path
    #expect(try bench.run([fixtures]).exitCode == 0)
  }

  private func migrate(_ arguments: [String], input: Command.Input = .none) throws -> Outcome {
    try StravaStore.run(
      ["encrypt-migrate", "--db", bench.database.name] + arguments,
      environment: ["MONGODB_URI": bench.database.uri, "STRAVA_STORE_KEY_FILE": bench.keyFile], input: input)
  }

  /// Every document, sealed values opened and marked as sealed.
  private func documents() throws -> [String] {
    try bench.pymongo.dump(collections: ["users", "activities", "insights"], keyFile: bench.keyFile)
  }

  @Test func thereAndBackChangesNoValue() throws {
    let sealed = try documents()
    #expect(try migrate(["--verify"]).exitCode == 0)

    let opened = try migrate(["--decrypt"], input: .text("decrypt\nin clear\n"))
    #expect(opened.exitCode == 0, "\(opened.errors)")
    let clear = try documents()
    #expect(!clear.contains { $0.contains("$sealed") || $0.contains("_hash") })
    #expect(clear.contains { $0.contains(#""access_token":"fixture-access-token-1""#) })

    let before = try bench.pymongo.dump()
    let told = try migrate(["--verify"])
    #expect(told.exitCode == 1)
    #expect(told.errors.contains("[SS070]"))
    #expect(!told.errors.contains("fixture-access-token"))
    #expect(try migrate(["--dry-run"]).exitCode == 0)
    #expect(try bench.pymongo.dump() == before, "looking writes nothing")

    let again = try migrate([])
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(try documents() == sealed)
    #expect(try migrate(["--verify"]).exitCode == 0)
    let idle = try bench.pymongo.dump()
    #expect(try migrate([]).exitCode == 0)
    #expect(try bench.pymongo.dump() == idle, "what is sealed is left alone")
  }

  @Test func aWiderPolicySealsTheRestAndImportKeepsToIt() throws {
    let wider = try migrate(["--seal", "location,health"])
    #expect(wider.exitCode == 0, "\(wider.errors)")
    #expect(try migrate(["--verify"]).exitCode == 0)
    let clear = try bench.pymongo.run(
      "print(db.activities.count_documents({'$or': [{'start_latlng': {'$type': 'array'}}, {'calories': {'$type': 1}}]}))"
    )
    #expect(clear == "0\n")
    let fixtures = Checkout.root.appending(path: "fixtures/valid").path
    #expect(try bench.run([fixtures]).summary.total.updated == 0)
    #expect(try bench.command(["--seal", "health", fixtures]).run().exitCode == 2)
    #expect(try migrate(["--seal", "health"]).exitCode == 2)
  }

  @Test func whatNobodyCanReadIsLeftAndReported() throws {
    try bench.pymongo.run(
      """
      user = db.users.find_one({'access_token': {'$exists': True}})
      db.users.update_one({'_id': user['_id']}, {'$set': {'refresh_token': bson.Binary(b'not ours', 0), 'email': 5}})
      """)
    let told = try migrate([])
    #expect(told.exitCode == 1)
    #expect(told.errors.contains("(/refresh_token) [SS071]"))
    #expect(told.errors.contains("(/email) [SS071]"))
    let kept = try bench.pymongo.run(
      "print(db.users.count_documents({'refresh_token': bson.Binary(b'not ours', 0), 'email': 5}))")
    #expect(kept == "1\n")
  }

  @Test(arguments: ["'{\"firstname\": \"canary-name\"}'", "bson.Binary(b'canary-name', 0)"])
  func aRecordThatIsTextOrBytesNeverPasses(_ value: String) throws {
    try bench.pymongo.run(
      """
      for name in ['users', 'activities']:
          db[name].update_one({'raw_data': {'$exists': True}}, {'$set': {'raw_data': \(value)}})
      """)
    for arguments in [[], ["--verify"]] {
      let told = try migrate(arguments)
      #expect(told.exitCode == 1)
      #expect(told.errors.components(separatedBy: "(/raw_data) [SS071]").count == 3)
      #expect(!told.errors.contains("canary-name"))
    }
    for arguments in [
      ["activities"], ["users"], ["activities", "--sealed", "keep"], ["users", "--decrypt", "--drop", "health"],
    ] {
      let exported = try StravaStore.run(
        ["export", "--db", bench.database.name] + arguments,
        environment: ["MONGODB_URI": bench.database.uri, "STRAVA_STORE_KEY_FILE": bench.keyFile])
      #expect(exported.output.contains("strava_"), "\(exported.errors)")
      #expect(!exported.output.contains("canary-name") && !exported.output.contains("Y2FuYXJ5LW5hbWU"), "\(arguments)")
    }
  }

  @Test func aValueMovedUnderAnyOtherKeyDoesNotOpen() throws {
    try bench.pymongo.run(
      """
      user = db.users.find_one({'access_token': {'$exists': True}})
      db.users.update_one({'_id': user['_id']}, {'$set': {'nickname': [user['access_token']]}})
      """)
    let told = try migrate(["--verify"])
    #expect(told.exitCode == 1)
    #expect(told.errors.contains("(/nickname/0) [SS072]"))
  }

  @Test func aMovedValueDoesNotOpen() throws {
    try bench.pymongo.run(
      """
      one, other = list(db.users.find({'access_token': {'$exists': True}}).limit(2))
      db.users.update_one({'_id': other['_id']}, {'$set': {'access_token': one['access_token']}})
      """)
    let told = try migrate(["--verify"])
    #expect(told.exitCode == 1)
    #expect(told.errors.contains("(/access_token) [SS072]"))
  }
}
