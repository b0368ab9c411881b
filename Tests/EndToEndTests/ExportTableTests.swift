import Foundation
import Support
import Testing

/// The examples of docs/export.md that read a CSV in pandas, and write Parquet with DuckDB.
@Suite(.waiting) struct ExportTableTests {
  @Test func theExamplesReadEachTextAsItIs() throws {
    let fixture = try ExportFixture(importing: [Checkout.root.appending(path: "fixtures/valid").path])
    try fixture.store.python(
      """
      names = ['', 'NULL', 'NA', 'null', 'nan', '#N/A', ' ', '=1+1', 'a;=1', 'a\\nb', '"', "it's", '007', 'true', '1e5']
      for name, activity in zip(names, db.activities.find().sort('_id')):
          db.activities.update_one({'_id': activity['_id']}, {'$set': {'name': name, 'device_name': name}})
      db.activities.update_one({'name': 'NULL'}, {'$unset': {'device_name': ''}})
      """)
    for (format, file) in [("csv", "activities.csv"), ("ndjson", "activities.ndjson")] {
      let exact = format == "csv" ? ["--exact"] : []
      let outcome = try fixture.command(["activities", "--format", format, "-o", fixture.folder.path(file)] + exact)
        .run()
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }
    let read = try Command(
      try Checkout.inVenv("python"),
      [Checkout.root.appending(path: "Tests/Interop/tables_of_docs.py").path, fixture.folder.path]
    ).run()
    #expect(read.exitCode == 0, "\(read.errors)")
    #expect(read.output.contains(#""complaints": 0}"#), "\(read.output)")
    #expect(read.output.firstMatch(of: /"documents": 1\d\d/) != nil, "\(read.output)")
  }
}
