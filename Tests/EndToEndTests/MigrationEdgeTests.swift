import Foundation
import Support
import Testing

/// `encrypt-migrate` where others are faster, and with documents that it does not expect.
@Suite(.waiting) struct MigrationEdgeTests {
  private let bench: ImportFixture

  init() throws { bench = try ImportFixture() }

  private func seed(_ users: Int) throws {
    try bench.pymongo.run(file: "platform_writers.py", ["seed", "\(users)"])
  }

  // MARK: A write of another process between reading and writing

  struct Rival: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var options: [String] = []
    /// The collection's own, as `db.create_collection` takes it.
    var collation: String?
    /// What becomes of the first of three users, as `db.users.update_one` takes it; nil deletes it.
    let update: String?
    /// True of that user afterwards, what is sealed opened.
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
      try bench.pymongo.run("db.create_collection('users', collation=\(collation))")
    }
    try seed(3)
    try bench.pymongo.run("db.users.update_many({}, {'$set': {'weight': 70, 'bio': 'First 0'}})")
    let first = "{'_id': bson.ObjectId(bytes(12))}"
    let act = rival.update.map { "db.users.update_one(\(first), \($0))" } ?? "db.users.delete_one(\(first))"
    // Whatever collation the collection has, texts are compared byte by byte; that is said only where it has one.
    let simple = rival.collation == nil ? "None" : "{'locale': 'simple'}"
    let exactly = "assert len(sent) == 3 and all(update.get('collation') == \(simple) for update in sent)\n"
    let proxy = try LossyProxy(to: bench.database, before: "update:users:1", do: exactly + act)
    let told = try bench.migrate(["--collection", "users"] + rival.options, uri: proxy.uri)
    #expect(proxy.acted == ["update:users:1"])
    #expect(told.exitCode == (rival.left == 0 ? 0 : 1), "\(told.errors)")
    #expect(told.users.left == rival.left)
    #expect(told.users.gone == (rival.update == nil ? 1 : 0))
    #expect(told.users.changed == 3 - told.users.left - told.users.gone)
    let isInTheWay = rival.update != nil && !rival.claim.contains("age")
    #expect(told.users.retried == (isInTheWay ? 1 : 0))
    let claim = try bench.pymongo.run(
      """
      sys.path.insert(0, sys.argv[1])
      import open_sealed
      with open(sys.argv[2]) as file: reader = open_sealed.Reader(db, open_sealed.read_key_file(file.read())[0])
      user = db.with_options(open_sealed.OPTIONS).users.find_one(\(first))
      user = user and reader.opened('users', user)
      print(\(rival.claim), user)
      """, [Checkout.root.appending(path: "Tests/Interop").path, bench.keyFile])
    #expect(claim.hasPrefix("True"), "\(claim)")
    #expect(try bench.migrate(["--verify"] + rival.options).exitCode == (rival.left == 0 ? 0 : 1))
  }

  @Test(arguments: ["", "decrypt\n", "yes\nin clear\n", "decrypt\nyes\n", "in clear\ndecrypt\n"])
  func theWayBackIsAskedForTwice(answers: String) throws {
    try seed(2)
    #expect(try bench.migrate().exitCode == 0)
    let before = try bench.pymongo.dump()
    let told = try bench.migration(["--decrypt"], input: .text(answers)).run()
    #expect(told.exitCode == 2)
    #expect(told.output.isEmpty)
    #expect(told.errors.contains("nothing was changed"))
    #expect(try bench.pymongo.dump() == before)
  }
}
