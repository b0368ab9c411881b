import Foundation
import Support
import Testing

/// Memory does not grow with the database: 100,000 activities, and a million in `make soak`.
@Suite struct ExportMemoryTests {
  @Test func exportsAreStreams() throws {
    let server = try TestServer()
    let bench = try ExportBench(server: server)
    let count = Soak.size(100_000, soak: 1_000_000)
    let export = try bench.command(["activities", "-o", bench.folder.path("activities.ndjson")])
    let program = """
      import datetime, os, resource, subprocess
      from bson.raw_bson import RawBSONDocument
      from pymongo import WriteConcern
      count, *command = sys.argv[1:]
      activities = db.get_collection("activities", write_concern=WriteConcern(w=1, j=False))
      start = datetime.datetime(2024, 1, 1)
      raw = {f"some_field_{n}": n * 1.5 for n in range(20)} | {"map": {"summary_polyline": "x" * 400}}
      for first in range(0, int(count), 5000):
          activities.insert_many(
              [{"_id": n, "strava_activity_id": n, "name": f"Run {n}", "sport_type": "Run", "distance": n / 10,
                "start_date": start, "raw_data": raw} for n in range(first, first + 5000)], ordered=False)
      subprocess.run(command, check=True)
      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
      """
    let told = try Command(
      try Checkout.inVenv("python"),
      [
        "-c",
        "import json, os, pymongo, sys; db = pymongo.MongoClient(os.environ['MONGODB_URI'])['\(bench.store.database.name)']\n"
          + program, "\(count)", export.executable,
      ] + export.arguments, environment: ["MONGODB_URI": server.uri]
    ).run(timeout: .seconds(Soak.size(300, soak: 3600)))
    #expect(told.exitCode == 0, "\(told.errors)")
    let kibibytes = try #require(Int(told.output.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(kibibytes < 128 << 10)
    let lines = try Command("/usr/bin/wc", ["-l", bench.folder.path("activities.ndjson")]).run().output
    #expect(lines.hasPrefix("\(count) "))
  }
}
