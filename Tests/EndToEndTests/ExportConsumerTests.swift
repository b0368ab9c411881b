import Foundation
import Support
import Testing

/// Other programs read exports and stored documents (Tests/Interop/consumers.py).
@Suite(.waiting) struct ExportConsumerTests {
  private static let shared = Result { try ExportFixture(importing: [ExportFixture.fixtures]) }
  private let fixture: ExportFixture

  init() throws { fixture = try Self.shared.get() }

  @Test func tablesHaveTheRightTypesAndMongosSums() throws {
    let folder = try TemporaryFolder()
    let fields =
      "strava_activity_id,name,type,sport_type,distance,total_elevation_gain,moving_time,elapsed_time,"
      + "average_heartrate,start_date,start_date_local,utc_offset,trainer,created_at,updated_at"
    for format in ["csv", "ndjson"] {
      let path = folder.path("activities.\(format)")
      _ = try fixture.text("activities", "--format", format, "--fields", fields, "-o", path)
    }
    let result = try fixture.pymongo.run(file: "consumers.py", ["tables", folder.path])
    #expect(result == #"{"readers": 6, "values": 270}"# + "\n")
  }

  @Test func generatedModelsTakeEveryDocument() throws {
    let folder = try TemporaryFolder()
    var documents = 0
    for collection in ["users", "activities", "insights"] {
      for (name, options) in [("", []), ("-open", ["--decrypt"]), ("-kept", ["--sealed", "keep"])] {
        let result = try fixture.printed(
          [collection, "-o", folder.path("\(collection)\(name).ndjson")] + options)
        documents += result.total.written
      }
    }
    let stored = try FixtureCounts().documents
    #expect(documents == 3 * stored)
    let result = try fixture.pymongo.run(file: "consumers.py", ["models", folder.path])
    #expect(result == #"{"exported": \#(documents), "stored": \#(stored), "refused": 3}"# + "\n")
  }

  /// The platform's queries, on a database that import has filled.
  @Test func aReaderDoesThePlatformsQueries() throws {
    let result = try fixture.pymongo.run(file: "consumers.py", ["queries"])
    #expect(result.wholeMatch(of: /\{"queries": \d\d\}\n/) != nil, "\(result)")
  }

  /// The picture in the README is the one that the example in the docs draws from the fixtures.
  @Test func theExampleDrawsThePicture() throws {
    let folder = try TemporaryFolder()
    let activities = folder.path("activities.ndjson")
    _ = try fixture.text(
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
