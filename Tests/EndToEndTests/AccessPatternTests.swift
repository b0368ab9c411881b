import Support
import Testing

/// docs/access-patterns.md: its queries are served by the indexes that `index` makes.
@Suite(.waitingLong) struct AccessPatternTests {
  private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  @Test func everyQueryHasItsIndexAndEveryIndexItsQuery() throws {
    let database = try IndexFixture().database
    #expect(try lines(database.pymongo.run(file: "access_patterns.py", ["rule"])) == [])
  }

  @Test(arguments: ["specification", "platform"]) func serversUseThem(_ form: String) throws {
    // One of its own: other tests would wait behind so many writes.
    let server = try TestServer()
    defer { try? server.kill() }
    let bench = try IndexFixture(on: server)
    try bench.database.pymongo.run(
      "db.store_settings.insert_one({'_id': 'sealing', 'classes': ['secret', 'identity'], 'form': '\(form)'})")
    #expect(try bench.run().exitCode == 0)
    let made = try bench.database.pymongo.run(file: "access_patterns_data.py", [form], timeout: .seconds(600))
    #expect(lines(made) == ["50000"])
    #expect(try lines(bench.database.pymongo.run(file: "access_patterns.py", ["explain", form])) == [])
  }
}
