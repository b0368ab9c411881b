import Foundation
import Support
import Testing

/// The forms that MongoDB's own tools take.
@Suite(.waiting) struct ExportCopyTests {
  /// A copy of everything, restored by another program into another database, is the database: bytes, options, indexes,
  /// and what is sealed still opens.
  @Test(arguments: ["", "gz"])
  func aRestoredCopyIsTheDatabase(compression: String) throws {
    let bench = try ExportFixture(importing: [ExportFixture.fixtures])
    let key = ["STRAVA_STORE_KEY_FILE": bench.store.keyFile]
    func index(_ database: TestDatabase, _ options: String...) throws -> Outcome {
      try StravaStore.run(["index", "--uri", database.uri, "--db", database.name] + options, environment: key)
    }
    // The stand-in takes `$ref` and `$id` in raw data for a reference, and its validator then finds no object there.
    let isStandIn = try ServerIdentity.shared.isStandIn
    if isStandIn { try bench.pymongo.run("db.activities.delete_one({'strava_activity_id': 90000003001})") }
    #expect(try index(bench.store.database).exitCode == 0)
    let path = bench.folder.path("copy")
    let compress = compression.isEmpty ? [] : ["--compress", compression]
    let told = try bench.printed(["all", "--format", "bson", "--sealed", "keep", "-o", path] + compress)
    #expect(told.exitCode == 0)
    let other = try TestServer.shared.uniqueDatabase()
    let restored = try other.pymongo.run(file: "restore.py", [path])
    let counts = try FixtureCounts()
    let keys = try bench.pymongo.run("print(db.data_keys.count_documents({}))").trimmingCharacters(in: .newlines)
    let (activities, insights, users) = (counts.activities - (isStandIn ? 1 : 0), counts.insights, counts.users)
    #expect(
      restored
        == #"{"activities": \#(activities), "data_keys": \#(keys), "insights": \#(insights), "store_settings": 1, "#
        + #""users": \#(users)}"# + "\n")
    #expect(try other.pymongo.dump() == bench.pymongo.dump())
    let check = try index(other, "--check")
    #expect(check.exitCode == 0, "\(check.errors)")
    let verified = try StravaStore.run(
      ["encrypt-migrate", "--verify", "--uri", other.uri, "--db", other.name], environment: key)
    #expect(verified.exitCode == 0, "\(verified.errors)")
  }

  /// An open copy could not pass the validator, which asks for sealed values.
  @Test func anOpenCopyHasNoValidator() throws {
    let bench = try ExportFixture(importing: ["\(ExportFixture.fixtures)/tokens"])
    let made = try StravaStore.run(["index", "--uri", bench.store.database.uri, "--db", bench.store.database.name])
    #expect(made.exitCode == 0)
    let path = bench.folder.path("copy")
    #expect(try bench.printed(["users", "--format", "bson", "--decrypt", "-o", path]).exitCode == 0)
    let other = try TestServer.shared.uniqueDatabase()
    #expect(try other.pymongo.run(file: "restore.py", [path]).hasPrefix(#"{"users": "#))
    let clear = try other.pymongo.run(
      "print(db.users.count_documents({'access_token': {'$type': 'string'}}) > 0, db.users.options())")
    #expect(clear == "True {}\n")
  }

  /// Read by PyMongo's reader of Extended JSON; objects in raw data that look like its wrappings are ambiguous.
  @Test func extendedJSONIsEveryDocument() throws {
    let bench = try ExportFixture(importing: [ExportFixture.fixtures])
    let path = bench.folder.path("activities.json")
    #expect(
      try bench.printed(["activities", "--format", "extjson", "--sealed", "keep", "-o", path]).total.written
        == FixtureCounts().activities)
    let compared = try bench.pymongo.run(
      """
      from bson import json_util
      from bson.raw_bson import RawBSONDocument
      def plain(value):
          if isinstance(value, bson.DBRef): return False
          if isinstance(value, list): return all(map(plain, value))
          return not isinstance(value, dict) or all(not key.startswith("$") and plain(inner) for key, inner in value.items())
      raw = db.with_options(bson.CodecOptions(document_class=RawBSONDocument)).activities.find().sort("_id", 1)
      options = json_util.CANONICAL_JSON_OPTIONS
      same = 0
      with open(sys.argv[1], encoding="utf-8", newline="\\n") as file:
          for document, line in zip(raw, file, strict=True):
              if plain(bson.decode(document.raw)):
                  if bson.encode(json_util.loads(line, json_options=options)) != bytes(document.raw): print(line)
                  same += 1
      print(same)
      """, [path])
    // Two have such objects, and two have `$schema`.
    #expect(try compared == "\(FixtureCounts().activities - 4)\n")
  }
}
