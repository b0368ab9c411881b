import Support
import Testing

/// The queries of docs/access-patterns.md are served by the indexes that `index` creates.
@Suite(.waitingLong) struct AccessPatternTests {
  private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  @Test func everyQueryHasItsIndexAndEveryIndexItsQuery() throws {
    let database = try IndexFixture().database
    #expect(try lines(database.pymongo.run(file: "access_patterns.py", ["rule"])) == [])
  }

  @Test(arguments: ["specification", "platform"]) func serversUseThem(_ form: String) throws {
    // A private server, because other tests would have to wait for this many writes.
    let server = try TestServer()
    defer { try? server.kill() }
    let fixture = try IndexFixture(on: server)
    try fixture.database.pymongo.run(
      "db.store_settings.insert_one({'_id': 'sealing', 'classes': ['secret', 'identity'], 'form': '\(form)'})")
    #expect(try fixture.run().exitCode == 0)
    let made = try fixture.database.pymongo.run(file: "access_patterns_data.py", [form], timeout: .seconds(600))
    #expect(lines(made) == ["50000"])
    #expect(try lines(fixture.database.pymongo.run(file: "access_patterns.py", ["explain", form])) == [])
  }
}
