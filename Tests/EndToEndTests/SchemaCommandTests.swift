import Foundation
import Support
import Testing

/// `strava-store schema`, the files that are rendered with it, and whether they are correct.
@Suite(.waitingLong) struct SchemaCommandTests {
  private static let program = Checkout.products.appending(path: "strava-store").path

  @Test func renderedFilesAreUpToDate() throws {
    let folder = try TemporaryFolder()
    let fresh = URL(filePath: folder.path("schema"))
    let script = Checkout.root.appending(path: "scripts/render-schema").path
    let rendered = try Command(script, [Self.program, fresh.path]).run()
    #expect(rendered.exitCode == 0, "\(rendered.errors)")
    let kept = Checkout.root.appending(path: "docs/schema")
    let names = { (folder: URL) in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    #expect(try names(kept) == names(fresh))
    for name in try names(fresh) {
      let isEqual = try Data(contentsOf: kept.appending(path: name)) == Data(contentsOf: fresh.appending(path: name))
      #expect(isEqual, "docs/schema/\(name) is stale: run `make schema`")
    }
  }

  /// See Tests/Interop/schema_agreement.py.
  @Test func threeValidatorsGiveOneVerdict() throws {
    struct Report: Decodable {
      let counts: [String: Int]
      let disagreements: Int
    }
    let database = try TestServer.shared.uniqueDatabase()
    let result = try database.pymongo.run(file: "schema_agreement.py", [Self.program], timeout: .seconds(600))
    let agreement = try JSONDecoder().decode(Report.self, from: Data(result.utf8))
    let records = agreement.counts.filter { $0.key.hasSuffix(" records") }.values.reduce(0, +)
    #expect(records >= 20_000)
    #expect(agreement.disagreements == 0)
  }

  /// The validators must accept all documents that import writes. The records have no secret or identity values, so
  /// they are stored in the same way under every policy.
  @Test func importPassesTheValidators() throws {
    let store = try TestStore()
    let validators = try StravaStore.run(["schema", "--format", "mongodb"])
    #expect(validators.exitCode == 0)
    try store.python(
      "for name, validator in json.loads(sys.argv[1]).items(): db.create_collection(name, validator=validator)",
      [validators.output])
    let files = [
      "activities/summary.json", "activities/private-with-coordinates.json", "activities/virtual-ride.json",
      "activities/swim-without-map.json", "activities/manual.json", "activities/old-without-sport-type.json",
      "activities/unknown-sport.json", "quirks/int-or-float.json", "quirks/whole-floats.json", "quirks/latlng.json",
      "quirks/map.json", "quirks/extremes.json", "quirks/other-dates.json", "quirks/name.json",
      "insights/performance.json", "insights/milestone.json",
    ].map { Checkout.root.appending(path: "fixtures/valid/\($0)").path }
    let imported = try store.starting(files).ended()
    #expect(imported.summary.activities.new > 20)
    #expect(imported.summary.insights.new > 0)
    #expect(imported.summary.findings["SS060"] == nil, "\(imported.errors)")
    #expect(try store.untrue("db.activities.count_documents({}) > 20", "db.users.count_documents({}) > 0") == [])
    #expect(imported.exitCode == 0, "\(imported.errors)")
  }

  @Test func someCollections() throws {
    func names(_ arguments: String...) throws -> Set<String> {
      let result = try StravaStore.run(["schema", "--format", "mongodb"] + arguments)
      let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      return Set(object.keys)
    }
    let all = try names()
    #expect(all.isSuperset(of: ["users", "activities", "insights", "data_keys"]))
    #expect(try names("--collection", "users,insights") == ["users", "insights"])
    #expect(try names("--collection", "users", "--collection", "insights,users") == ["users", "insights"])
    #expect(try names("--collection", "users,users") == ["$jsonSchema"])
  }

  @Test func aPlaintextTokenIsRefusedByTheServer() throws {
    let store = try TestStore()
    let validator = try StravaStore.run(["schema", "--collection", "users", "--format", "mongodb"])
    let refused = try store.python(
      """
      db.create_collection("users", validator=json.loads(sys.argv[1]))
      db.users.insert_one({"strava_id": 900000001, "access_token": Binary(b"sealed", 0x80), "username": None})
      for document in [{"access_token": "in clear"}, {"refresh_token": "in clear"}, {"email": "ada@example.com"},
                       {"raw_data": {"token": {"access_token": "in clear"}}}]:
          try:
              db.users.insert_one({"strava_id": 900000002, **document})
              print("taken", document)
          except pymongo.errors.WriteError as error:
              print(error.code)

      """, [validator.output])
    #expect(refused == "121\n121\n121\n121\n")
  }

  @Test func withoutACollectionThereIsAMemberForEach() throws {
    for (arguments, names) in [
      (["--form", "input"], ["activities", "insights", "users"]),
      (["--format", "mongodb"], ["activities", "data_keys", "insights", "users"]),
    ] {
      let printed = try StravaStore.run(["schema"] + arguments)
      #expect(printed.exitCode == 0)
      let object = try JSONSerialization.jsonObject(with: Data(printed.standardOutput)) as? [String: Any]
      #expect(object?.keys.sorted() == names)
      #expect(printed.errors.isEmpty)
    }
  }

  @Test func thePictureIsWellFormed() throws {
    let picture = try StravaStore.run(["schema", "--format", "svg", "--collection", "activities"])
    let read = try Command(
      try Checkout.inVenv("python"), ["-c", "import sys, xml.dom.minidom as m; m.parse(sys.stdin.buffer)"],
      input: .text(picture.output)
    ).run()
    #expect(read.exitCode == 0, "\(read.errors)")
  }

  @Test(arguments: [
    ["--form", "input", "--collection", "data_keys"], ["--form", "input", "--format", "mongodb"],
    ["--form", "stored", "--format", "svg"], ["--collection", "laps"], ["--format", "xml"], ["--seal", "laps"],
  ])
  func wrongUsageIsDistinguished(_ arguments: [String]) throws {
    let refused = try StravaStore.run(["schema"] + arguments)
    #expect(refused.exitCode == 64)
    #expect(refused.output.isEmpty)
    #expect(!refused.errors.isEmpty)
  }
}
