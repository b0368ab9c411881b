import Foundation
import Support
import Testing

/// `encrypt-migrate` beside faster writers, and with unexpected documents.
@Suite(.waiting) struct MigrationEdgeTests {
  private let store: TestStore

  init() throws { store = try TestStore() }

  private func seed(_ users: Int) throws {
    try store.pymongo.run(file: "platform_writers.py", ["seed", "\(users)"])
  }

  // MARK: A write of another process between reading and writing

  struct Rival: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var options: [String] = []
    /// The options of the collection, as arguments of `db.create_collection`.
    var collation: String?
    /// The change of the first of three users, as arguments of `db.users.update_one`; nil deletes the user.
    let update: String?
    /// A Python expression that is true of that user afterwards, with sealed values decrypted.
    let claim: String
    var left = 0
  }

  static let rivals = [
    Rival(
      testDescription: "a newer token", update: "{'$set': {'access_token': 'newer'}}",
      claim: "user['access_token'] == 'newer'"),
    Rival(
      testDescription: "raw data", update: "{'$set': {'raw_data': {'athlete': {'id': 5, 'bio': 'newer'}}}}",
      claim: "user['raw_data'] == {'athlete': {'id': 5, 'bio': 'newer'}}"),
    Rival(
      testDescription: "a field goes", update: "{'$unset': {'email': 1}}",
      claim: "'email' not in user and user['firstname'] == 'First 0'"),
    Rival(
      testDescription: "an array with the old value in it",
      update: "{'$set': {'firstname': ['First 0'], 'bio': ['First 0', 'x']}}",
      claim: "user['firstname'] == ['First 0'] and user['bio'] == ['First 0', 'x']", left: 1),
    Rival(
      testDescription: "letters of another case", collation: "{'locale': 'en', 'strength': 2}",
      update: "{'$set': {'lastname': 'LAST 0'}}", claim: "user['lastname'] == 'LAST 0'"),
    Rival(
      testDescription: "a number of another type", options: ["--seal", "health"],
      update: "{'$set': {'weight': 70.0}}", claim: "type(user['weight']) is float"),
    Rival(
      testDescription: "a field of the platform's own", update: "{'$set': {'age': 31}}",
      claim: "user['age'] == 31 and user['access_token'] == 'access-0'"),
    Rival(testDescription: "the user goes", update: nil, claim: "user is None"),
  ]

  @Test(arguments: rivals)
  func aWriteInBetweenIsKept(_ rival: Rival) throws {
    if let collation = rival.collation {
      try store.pymongo.run("db.create_collection('users', collation=\(collation))")
    }
    try seed(3)
    try store.pymongo.run("db.users.update_many({}, {'$set': {'weight': 70, 'bio': 'First 0'}})")
    let first = "{'_id': bson.ObjectId(bytes(12))}"
    let act = rival.update.map { "db.users.update_one(\(first), \($0))" } ?? "db.users.delete_one(\(first))"
    // Texts are compared byte by byte, whatever the collation of the collection. The command names the collation only
    // if there is one.
    let simple = rival.collation == nil ? "None" : "{'locale': 'simple'}"
    let exactly = "assert len(sent) == 3 and all(update.get('collation') == \(simple) for update in sent)\n"
    let proxy = try LossyProxy(to: store.database, before: "update:users:1", do: exactly + act)
    let result = try store.migrate(["--collection", "users"] + rival.options, uri: proxy.uri)
    #expect(proxy.acted == ["update:users:1"])
    #expect(result.exitCode == (rival.left == 0 ? 0 : 1), "\(result.errors)")
    #expect(result.users.left == rival.left)
    #expect(result.users.gone == (rival.update == nil ? 1 : 0))
    #expect(result.users.changed == 3 - result.users.left - result.users.gone)
    let isInTheWay = rival.update != nil && !rival.claim.contains("age")
    #expect(result.users.retried == (isInTheWay ? 1 : 0))
    let claim = try store.pymongo.run(
      """
      sys.path.insert(0, sys.argv[1])
      import open_sealed
      with open(sys.argv[2]) as file: reader = open_sealed.Reader(db, open_sealed.read_key_file(file.read())[0])
      user = db.with_options(open_sealed.OPTIONS).users.find_one(\(first))
      user = user and reader.opened('users', user)
      print(\(rival.claim), user)
      """, [Checkout.root.appending(path: "Tests/Interop").path, store.keyFile])
    #expect(claim.hasPrefix("True"), "\(claim)")
    #expect(try store.migrate(["--verify"] + rival.options).exitCode == (rival.left == 0 ? 0 : 1))
  }

  @Test(arguments: ["", "decrypt\n", "yes\nin clear\n", "decrypt\nyes\n", "in clear\ndecrypt\n"])
  func theWayBackIsAskedForTwice(answers: String) throws {
    try seed(2)
    #expect(try store.migrate().exitCode == 0)
    let before = try store.pymongo.dump()
    let result = try store.migration(["--decrypt"], input: .text(answers)).run()
    #expect(result.exitCode == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("nothing was changed"))
    #expect(try store.pymongo.dump() == before)
  }
}
