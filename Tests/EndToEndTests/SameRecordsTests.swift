import Support
import Testing

/// A record is the same record, whatever was around it.
@Suite(.waiting) struct SameRecordsTests {
  @Test func everyWrappingGivesTheSameDatabase() throws {
    let bench = try ImportFixture()
    let server = try TestServer.shared
    let paths = try SameRecords.write(into: bench.folder)
    var databases: [String] = []
    for path in paths {
      let database = server.uniqueDatabase()
      let told = try bench.run(["--writers", "1", path], into: database)
      #expect(told.exitCode == 0, "\(path): \(told.errors)")
      #expect(told.summary.activities.new == 3, "\(path)")
      #expect(told.summary.stubs == 2, "\(path)")
      databases.append(database.name)
    }
    let omitted = [
      "created_at", "updated_at", "last_activity_sync", "source.file", "source.record", "source.run",
      "source.imported_at",
    ]
    let options = ["--key-file", bench.keyFile] + omitted.flatMap { ["--omit", $0] }
    #expect(try bench.pymongo.run(file: "same.py", options + databases) == "")

    // One of them after all the others: known already.
    let known = server.uniqueDatabase()
    #expect(try bench.run([paths[0]], into: known).summary.total.new == 3)
    let others = try bench.run(Array(paths.dropFirst()), into: known)
    #expect(others.exitCode == 0)
    #expect(others.summary.activities.unchanged == 3 * (paths.count - 1))
  }
}
