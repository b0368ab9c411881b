import Support
import Testing

/// A record is the same whatever wrapper it is in.
@Suite(.waiting) struct SameRecordsTests {
  @Test func everyWrappingGivesTheSameDatabase() throws {
    let store = try TestStore()
    let server = try TestServer.shared
    let paths = try SameRecords.write(into: store.folder)
    var databases: [String] = []
    for path in paths {
      let database = server.uniqueDatabase()
      let result = try store.run(["--writers", "1", path], into: database)
      #expect(result.exitCode == 0, "\(path): \(result.errors)")
      #expect(result.summary.activities.new == 3, "\(path)")
      #expect(result.summary.stubs == 2, "\(path)")
      databases.append(database.name)
    }
    let omitted = [
      "created_at", "updated_at", "last_activity_sync", "source.file", "source.record", "source.run",
      "source.imported_at", "source.as_of",
    ]
    let options = ["--key-file", store.keyFile] + omitted.flatMap { ["--omit", $0] }
    #expect(try store.pymongo.run(file: "same.py", options + databases) == "")

    // After one of the files, the records of all the others are known.
    let known = server.uniqueDatabase()
    #expect(try store.run([paths[0]], into: known).summary.total.new == 3)
    let others = try store.run(Array(paths.dropFirst()), into: known)
    #expect(others.exitCode == 0)
    #expect(others.summary.activities.unchanged == 3 * (paths.count - 1))
  }
}
