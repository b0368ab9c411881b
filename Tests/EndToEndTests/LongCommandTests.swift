import Foundation
import Support
import Testing

/// Commands that a server answers only after it has read a collection: no time limit of the connection ends them, and
/// they report that they still run.
@Suite(.waiting) struct LongCommandTests {
  private func run(_ fixture: IndexFixture, _ faults: [String], _ arguments: [String]) throws -> IndexFixture.Run {
    let proxy = try LossyProxy(to: TestServer.shared, losing: faults)
    let done = try fixture.read(fixture.command(arguments, uri: proxy.uri + "&socketTimeoutMS=5000").run())
    #expect(Set(faults).isSubset(of: proxy.lost), "\(proxy.lost)")
    return done
  }

  @Test func aBuildIsWaitedForAndSaysWhatItWaitsFor() throws {
    let fixture = try IndexFixture()
    let done = try run(
      fixture, ["slow+12@createIndexes:data_keys:1", "members@replSetGetStatus::1"], ["--only", "data_keys"])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("still running after 10 s"), "\(done.errors)")
    #expect(done.errors.contains("b.example:27017 does not answer"))
    #expect(!isRepeated("building", done))
  }

  /// Returns true if a command was sent again. On a busy machine this may happen to other commands than the long one.
  private func isRepeated(_ what: String, _ done: IndexFixture.Run) -> Bool {
    done.errors.split(separator: "\n").contains { $0.contains(what) && $0.contains("trying again in") }
  }

  @Test func theCheckBeforeStrictIsWaitedFor() throws {
    let fixture = try IndexFixture()
    try fixture.documents()
    let done = try run(fixture, ["slow+9@aggregate:users:1"], ["--only", "users", "--validation", "strict"])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(!isRepeated("checking the documents", done))
  }

  /// The documents are counted in ranges, and each range is counted once.
  @Test func theCheckBeforeStrictCountsEveryDocumentOnce() throws {
    let fixture = try IndexFixture()
    try fixture.python("db.data_keys.insert_many([{'strava_id': Int64(n), 'version': 'x'} for n in range(20050)])")
    let done = try fixture.run("--only", "data_keys", "--validation", "strict")
    #expect(done.exitCode == 1)
    #expect(done.errors.contains("20050 documents"), "\(done.errors)")
    #expect(done.printed.findings["SS084"] == 11)
  }
}
