import Foundation
import Support
import Testing

/// Programs of others read what is exported, and what is stored (Tests/Interop/consumers.py).
@Suite(.waiting) struct ExportConsumerTests {
  private static let shared = Result { try ExportFixture(importing: [ExportFixture.fixtures]) }
  private let bench: ExportFixture

  init() throws { bench = try Self.shared.get() }

  @Test func tablesHaveTheRightTypesAndMongosSums() throws {
    let folder = try TemporaryFolder()
    let fields =
      "strava_activity_id,name,type,sport_type,distance,total_elevation_gain,moving_time,elapsed_time,"
      + "average_heartrate,start_date,start_date_local,utc_offset,trainer,created_at,updated_at"
    for format in ["csv", "ndjson"] {
      let path = folder.path("activities.\(format)")
      _ = try bench.text("activities", "--format", format, "--fields", fields, "-o", path)
    }
    let told = try bench.pymongo.run(file: "consumers.py", ["tables", folder.path])
    #expect(told == #"{"readers": 6, "values": 270}"# + "\n")
  }

  @Test func generatedModelsTakeEveryDocument() throws {
    let folder = try TemporaryFolder()
    var documents = 0
    for collection in ["users", "activities", "insights"] {
      for (name, options) in [("", []), ("-open", ["--decrypt"]), ("-kept", ["--sealed", "keep"])] {
        let told = try bench.printed(
          [collection, "-o", folder.path("\(collection)\(name).ndjson")] + options)
        documents += told.total.written
      }
    }
    let stored = try FixtureCounts().documents
    #expect(documents == 3 * stored)
    let told = try bench.pymongo.run(file: "consumers.py", ["models", folder.path])
    #expect(told == #"{"exported": \#(documents), "stored": \#(stored), "refused": 3}"# + "\n")
  }

  /// The platform's queries on a database that import made.
  @Test func aReaderDoesThePlatformsQueries() throws {
    let told = try bench.pymongo.run(file: "consumers.py", ["queries"])
    #expect(told.wholeMatch(of: /\{"queries": \d\d\}\n/) != nil, "\(told)")
  }

  /// The picture of the README is what the example of the docs makes of the fixtures.
  @Test func theExampleDrawsThePicture() throws {
    let folder = try TemporaryFolder()
    let activities = folder.path("activities.ndjson")
    _ = try bench.text(
      "activities", "--fields", "sport_type,start_date_local,distance", "--since", "2024-05-01", "-o", activities)
    let example = Checkout.root.appending(path: "docs/examples/weekly_distance.py").path
    let drawn = try Command(
      try Checkout.inVenv("python"), [example, activities, folder.path("weekly-distance.svg")]
    ).run()
    #expect(drawn.exitCode == 0, "\(drawn.errors)")
    let fresh = try Data(folder.read("weekly-distance.svg"))
    let kept = Checkout.root.appending(path: "docs/weekly-distance.svg")
    if ProcessInfo.processInfo.environment["STRAVA_STORE_RECORD"] != nil { try fresh.write(to: kept) }
    #expect(try fresh == Data(contentsOf: kept), "docs/weekly-distance.svg is stale: run `make picture`")
  }
}
