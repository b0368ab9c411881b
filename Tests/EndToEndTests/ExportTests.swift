import Foundation
import Support
import Testing

/// Which values an export contains, in which format, and in which files.
@Suite(.waiting) struct ExportTests {
  private static let shared = Result { try ExportFixture(importing: [ExportFixture.fixtures]) }
  private let fixture: ExportFixture

  init() throws { fixture = try Self.shared.get() }

  /// Tests/Interop/exported.py compares every value, type and key with the database.
  @Test(arguments: ["users", "activities", "insights"])
  func ndjsonIsWhatTheStoreHolds(collection: String) throws {
    let count = try FixtureCounts().documents(of: collection)
    let path = fixture.folder.path("\(collection).ndjson")
    let result = try fixture.printed([collection, "--decrypt", "-o", path])
    #expect(result.exitCode == 0)
    #expect(result.inClear == ["secret", "identity", "location", "health"])
    #expect(
      result.files == [
        .init(path: path, documents: count, bytes: result.files[0].bytes, sha256: result.files[0].sha256)
      ])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let compared = try fixture.pymongo.run(file: "exported.py", [fixture.store.keyFile, collection, path])
    #expect(compared == #"{"documents": \#(count)}"# + "\n")
  }

  @Test func jsonIsTheSameAsAnArray() throws {
    let lines = try fixture.text("activities").split(separator: "\n")
    let array = try fixture.text("activities", "--format", "json")
    #expect(array == "[\n" + lines.joined(separator: ",\n") + "\n]\n")
    let none = try fixture.text("activities", "--format", "json", "--athlete", "1")
    #expect(try (JSONSerialization.jsonObject(with: Data(none.utf8)) as? [Any])?.isEmpty == true)
  }

  @Test func aNameCompresses() throws {
    let path = fixture.folder.path("activities.ndjson.gz")
    let result = try fixture.printed(["activities", "-o", path])
    let opened = try Command(
      try Checkout.inVenv("python"),
      ["-c", "import gzip, sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())", path]
    ).run()
    #expect(opened.output == (try fixture.text("activities")), "\(opened.errors)")
    // The same documents give the same bytes.
    #expect(try fixture.printed(["activities", "-o", path]).files == result.files)

    let raw = fixture.folder.path("raw.ndjson.zst")
    #expect(
      try fixture.printed(["activities", "--format", "raw", "--decrypt", "-o", raw]).total.written
        == FixtureCounts().activities)
    #expect(try fixture.folder.read("raw.ndjson.zst").prefix(4) == [0x28, 0xB5, 0x2F, 0xFD])
    let other = try TestServer.shared.uniqueDatabase()
    #expect(try fixture.store.run([raw], into: other).summary.activities.new == FixtureCounts().activities)
  }

  // MARK: What leaves

  /// Texts that occur only in sealed values.
  private static let secrets = ["fixture-access-token", "fixture-refresh-token", "marin_1", "Lives in a test."]

  @Test func withoutTheKeysNothingSealedLeaves() throws {
    for format in ["ndjson", "json", "csv", "extjson"] {
      let text = try fixture.text("users", "--format", format)
      for secret in Self.secrets { #expect(!text.contains(secret), "\(format)") }
      #expect(!text.contains("$sealed") && !text.contains("_hash\":"), "\(format)")
    }
    #expect(try fixture.text("users", "--decrypt").contains("fixture-access-token-1"))
    let kept = try fixture.objects("users", "--sealed", "keep")
    #expect(kept.contains { ($0["access_token"] as? [String: String])?.keys.first == "$sealed" })
  }

  /// Another writer stored it in clear; it is still not exported.
  @Test func aPlaintextSecretDoesNotLeaveEither() throws {
    let own = try ExportFixture()
    try own.pymongo.run(
      """
      db.users.insert_one({"strava_id": 1, "access_token": "in clear", "firstname": "Marin", "city": "Port Nemo",
                           "raw_data": {"athlete": {"id": 1, "city": "Port Nemo"}}})
      """)
    let user = try #require(try own.objects("users").first)
    #expect(Set(user.keys) == ["_id", "strava_id", "city", "raw_data"])
    #expect(user["raw_data"] as? [String: [String]] == ["$left_out": ["identity"]])
  }

  /// Keys that have a class (docs/schema/data-dictionary.md), at any depth, with any value under them.
  @Test func droppedClassesAreGoneAtEveryDepth() throws {
    let classes = [
      "location": [
        "start_latlng", "latlng", "polyline", "summary_polyline", "timezone", "city", "country", "location_city",
      ],
      "health": ["average_heartrate", "max_heartrate", "heartrate", "calories", "suffer_score", "weight", "ftp"],
    ]
    func found(_ text: String, _ names: String...) throws -> Bool {
      let looking = """
        import json, sys
        def walk(value):
            if isinstance(value, list): return any(map(walk, value))
            if not isinstance(value, dict): return False
            return any((key in keys and inner not in (None, "")) or walk(inner) for key, inner in value.items()) or (
                value.get("type") in keys and "data" in value)
        keys = set(sys.argv[1:])
        print(any(walk(json.loads(line)) for line in sys.stdin))
        """
      let keys = names.flatMap { classes[$0] ?? [] }
      let result = try Command(try Checkout.inVenv("python"), ["-c", looking] + keys, input: .text(text)).run()
      #expect(result.exitCode == 0, "\(result.errors)")
      return result.output == "True\n"
    }
    for collection in ["activities", "users"] {
      #expect(try found(fixture.text(collection, "--decrypt"), "location"))
      #expect(try found(fixture.text(collection, "--decrypt"), "health"))
      #expect(try !found(fixture.text(collection, "--decrypt", "--drop", "location,health"), "location", "health"))
      #expect(try !found(fixture.text(collection, "--drop", "health"), "health"))
    }
    let users = try fixture.text("users", "--decrypt", "--drop", "secret,location")
    #expect(users.contains("\"firstname\"") && !users.contains("fixture-access-token"))
  }

  /// A platform may store a response in a user's raw data as it is, without halves.
  @Test func droppedClassesAreGoneFromAFlatResponseToo() throws {
    let own = try ExportFixture()
    try own.pymongo.run(
      """
      flat = {"id": 1, "access_token": "a", "city": "Port Nemo", "firstname": "Marin", "weight": 61.5}
      db.users.insert_one({"strava_id": 1, "raw_data": {**flat, "athlete": flat}})
      """)
    /// The keys of the raw data, and those of the half in it that is left.
    func keys(_ options: String...) throws -> [[String]] {
      let outcome = try own.command(["users"] + options).run()
      let user = try JSONSerialization.jsonObject(with: Data(outcome.standardOutput)) as? [String: Any]
      let raw = try #require(user?["raw_data"] as? [String: Any], "\(outcome.errors)")
      return [raw, raw["athlete"] as? [String: Any]].compactMap { $0?.keys.sorted() }
    }
    let rest = [["$left_out", "athlete", "firstname", "id", "weight"], ["firstname", "id", "weight"]]
    #expect(try keys("--decrypt", "--drop", "secret,location") == rest)
    #expect(try keys("--sealed", "keep", "--drop", "secret,location") == rest)
    // A whole half has the class identity.
    #expect(try keys("--decrypt", "--drop", "identity") == [["$left_out", "access_token", "city", "id", "weight"]])
    #expect(try keys("--drop", "health") == [["$left_out", "city", "id"]])
  }

  @Test func whatCannotBeDecryptedIsReportedAndLeftOut() throws {
    let own = try ExportFixture(importing: ["\(ExportFixture.fixtures)/tokens", "\(ExportFixture.fixtures)/athletes"])
    try own.pymongo.run(
      """
      one, other = list(db.users.find({"access_token": {"$exists": True}}).sort("strava_id", 1).limit(2))
      db.users.update_one({"_id": other["_id"]}, {"$set": {"access_token": one["access_token"]}})
      """)
    let path = own.folder.path("users.ndjson")
    let outcome = try own.command(["users", "--decrypt", "--json", "-o", path]).run()
    let result = try own.read(outcome)
    #expect(result.exitCode == 1)
    #expect(result.total.unopened == 1)
    #expect(outcome.errors.contains("(/access_token) [SS072]"))
    #expect(result.total.written == result.total.read)
    // An incomplete record cannot be imported.
    let raw = try own.printed(["users", "--decrypt", "--format", "raw", "-o", path])
    #expect(raw.exitCode == 1)
    #expect(raw.total.left == 1)
  }

  @Test func fieldsAreThoseThatWereAskedFor() throws {
    let some = try fixture.objects(
      "activities", "--fields", "name,map.summary_polyline,raw_data.athlete.id", "--limit", "1000")
    #expect(try some.count == FixtureCounts().activities)
    for document in some { #expect(Set(document.keys).isSubset(of: ["name", "map", "raw_data"])) }
    #expect(some.contains { ($0["map"] as? [String: String])?.keys.first == "summary_polyline" })
    let csv = try fixture.text(
      "activities", "--format", "csv", "--fields", "name,map,start_latlng", "--drop", "location")
    #expect(csv.hasPrefix("name,map_resource_state\r\n"))
  }

  @Test func spreadsheetsSeeNoFormula() throws {
    let own = try ExportFixture(
      importing: [
        try fixture.folder.write(
          [#""=1+2""#, #""@SUM(A1)""#, #""-5""#, #""plain, \"quoted\"""#, #""""#].enumerated().map { index, name in
            SyntheticRecord.summary(Int64(index + 1)).with("name", name).json + "\n"
          }.joined(), to: "names.ndjson")
      ])
    let csv = try own.text(
      "activities", "--format", "csv", "--fields", "name,distance,utc_offset", "--sort", "strava_activity_id")
    #expect(
      csv == "name,distance,utc_offset\r\n'=1+2,8046.7,-28800.0\r\n'@SUM(A1),8046.7,-28800.0\r\n"
        + "'-5,8046.7,-28800.0\r\n\"plain, \"\"quoted\"\"\",8046.7,-28800.0\r\n\"\",8046.7,-28800.0\r\n")
    let marked = try own.text("activities", "--format", "csv", "--bom", "--limit", "1")
    #expect(marked.hasPrefix("\u{FEFF}_id,"))
  }

  @Test func aRowThatHoldsNothingIsARow() throws {
    let own = try ExportFixture(
      importing: [
        try fixture.folder.write(
          SyntheticRecord.summary(1).json + "\n" + SyntheticRecord.summary(2).with("description", "\"Easy\"").json,
          to: "descriptions.ndjson")
      ])
    let csv = try own.text("activities", "--format", "csv", "--fields", "description", "--sort", "strava_activity_id")
    #expect(csv == "description\r\n\"\"\r\nEasy\r\n")
  }

  // MARK: Files

  /// The athlete that Strava named decides, whatever reference another writer stored.
  @Test func anotherAthletesActivityIsInNobodyElsesAnswer() throws {
    let own = try ExportFixture(
      importing: [
        try fixture.folder.write(
          SyntheticRecord.summary(1, athlete: 5).json + "\n" + SyntheticRecord.summary(2, athlete: 6).json,
          to: "two.ndjson")
      ])
    try own.pymongo.run(
      "db.activities.update_one({'athlete_id': 6}, {'$set': {'user_id': db.users.find_one({'strava_id': 5})['_id']}})")
    let result = try own.printed(["activities", "--athlete", "5", "-o", own.folder.path("answer.ndjson")])
    #expect(result.total.read == 1 && result.total.written == 1)
    #expect(try own.text("activities", "--athlete", "5").contains("\"strava_activity_id\":1,"))
  }

  @Test func everythingAboutOneAthleteIsOneFolder() throws {
    let path = fixture.folder.path("answer")
    let result = try fixture.printed(["all", "--athlete", "900000001", "--decrypt", "-o", path])
    #expect(result.exitCode == 0)
    #expect(result.collections.mapValues(\.written) == ["users": 1, "activities": 109, "insights": 2])
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    #expect(names == ["README.txt", "SHA256SUMS", "activities.ndjson", "insights.ndjson", "users.ndjson"])
    #expect(
      try Command("/usr/bin/sha256sum", ["--check", "--quiet", "SHA256SUMS"], directory: path).run().exitCode == 0)
    let again = try fixture.command(["all", "--athlete", "900000001", "-o", path]).run()
    #expect(again.exitCode == 2, "a folder with something in it is left alone")
  }

  @Test func splitFilesTogetherAreTheWhole() throws {
    let whole = try fixture.text("activities").split(separator: "\n").sorted()
    for split in ["user", "month", "size:40k"] {
      let path = fixture.folder.path("split-\(split.prefix(5))")
      let result = try fixture.printed(["activities", "--split-by", split, "-o", path])
      let documents = result.files.filter { $0.path.hasSuffix(".ndjson") }
      #expect(documents.count > 3, "\(split)")
      #expect(try documents.reduce(0) { $0 + $1.documents } == FixtureCounts().activities)
      let lines = try documents.flatMap {
        try String(contentsOfFile: $0.path, encoding: .utf8).split(separator: "\n")
      }
      #expect(lines.sorted() == whole, "\(split)")
      if split == "month" {
        for file in documents {
          let month = file.path.suffix(14).prefix(7)
          let all = try String(contentsOfFile: file.path, encoding: .utf8).split(separator: "\n")
          #expect(all.allSatisfy { $0.contains(#""start_date":"\#(month)-"#) }, "\(file.path)")
        }
      }
    }
  }

  // MARK: Refusals

  @Test(arguments: [
    ["everything"], ["all"], ["users", "--since", "2024-01-01"], ["activities", "--since", "yesterday"],
    ["activities", "--format", "raw", "--drop", "location"], ["activities", "--format", "raw", "--fields", "name"],
    ["activities", "--decrypt", "--sealed", "keep"], ["activities", "--sort", "raw_data"], ["users", "--sport", "Run"],
    ["activities", "--sport", ","], ["activities", "--sport", ""],
    ["activities", "--fields", "a..b"], ["activities", "--format", "csv", "--fields", "raw_data"],
    ["activities", "--filter", "{"], ["activities", "--split-by", "size"], ["activities", "--json"],
    ["activities", "--user-id", "12"], ["activities", "--limit", "0"], ["activities", "--format", "bson"],
    ["activities", "--format", "bson", "--split-by", "user", "-o", "x"], ["activities", "--compress", "gz", "-o", "x"],
  ])
  func wrongUsageIsDistinguished(_ arguments: [String]) throws {
    let refused = try fixture.command(arguments).run()
    #expect(refused.exitCode == 64, "\(refused.errors)")
    #expect(refused.output.isEmpty)
    #expect(!refused.errors.isEmpty)
  }

  @Test func whatCannotBeginSaysWhy() throws {
    let raw = try fixture.command(["users", "--format", "raw"]).run()
    #expect(raw.exitCode == 2)
    #expect(raw.output.isEmpty)
    #expect(raw.errors.contains("--decrypt"))
    let down = try fixture.command(["users"], uri: "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200").run()
    #expect(down.exitCode == 2)
    #expect(down.output.isEmpty)
    let missing = try fixture.printed(["users", "-o", fixture.folder.path("none/users.ndjson")])
    #expect(missing.exitCode == 2)
    #expect(missing.failure?.contains("none/users.ndjson") == true)
    let device = try fixture.command(["users", "-o", "/dev/null"]).run()
    #expect(device.exitCode == 2)
    #expect(FileManager.default.fileExists(atPath: "/dev/null"))
  }
}
