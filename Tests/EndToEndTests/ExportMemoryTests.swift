import Foundation
import Support
import Testing

/// Memory does not grow with the database: 100,000 activities, and a million in `make soak`.
@Suite(.waitingLong) struct ExportMemoryTests {
  @Test func exportsAreStreams() throws {
    let server = try TestServer()
    let fixture = try ExportFixture(server: server)
    let count = Soak.size(100_000, soak: 1_000_000)
    let program = """
      import datetime, os, pymongo, sys
      from pymongo import WriteConcern
      db = pymongo.MongoClient(os.environ["MONGODB_URI"])[sys.argv[1]]
      activities = db.get_collection("activities", write_concern=WriteConcern(w=1, j=False))
      start = datetime.datetime(2024, 1, 1)
      raw = {f"some_field_{n}": n * 1.5 for n in range(20)} | {"map": {"summary_polyline": "x" * 400}}
      for first in range(0, int(sys.argv[2]), 5000):
          activities.insert_many(
              [{"_id": n, "strava_activity_id": n, "name": f"Run {n}", "sport_type": "Run", "distance": n / 10,
                "start_date": start, "raw_data": raw} for n in range(first, first + 5000)], ordered=False)
      """
    let patience = Duration.seconds(Soak.size(300, soak: 3600))
    let filled = try Command(
      try Checkout.inVenv("python"), ["-c", program, fixture.store.database.name, "\(count)"],
      environment: ["MONGODB_URI": server.uri]
    ).run(timeout: patience)
    try #require(filled.exitCode == 0, "\(filled.errors)")
    let (result, peak, _) = try fixture.command(["activities", "-o", fixture.folder.path("activities.ndjson")])
      .measured(timeout: patience)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(Sanitizer.isOn || peak < 128 << 20)
    let lines = try Command("/usr/bin/wc", ["-l", fixture.folder.path("activities.ndjson")]).run().output
    #expect(lines.hasPrefix("\(count) "))
    try expectSorted(fixture, count, patience)
  }

  /// All documents have the same start, and are far more than memory holds: they are exported by `_id`.
  private func expectSorted(_ fixture: ExportFixture, _ count: Int, _ patience: Duration) throws {
    try fixture.pymongo.run("db.activities.create_index([('start_date', -1)])")
    let path = fixture.folder.path("sorted.ndjson")
    let (outcome, peak, _) = try fixture.command(
      ["activities", "--sort", "start_date", "--fields", "_id", "-o", path]
    ).measured(timeout: patience)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(Sanitizer.isOn || peak < 128 << 20)
    let wanted = (0..<count).map { "{\"_id\":\($0)}" }
    let found = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(found.count == count)
    #expect(zip(found, wanted).allSatisfy(==))
  }
}
