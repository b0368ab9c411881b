import Foundation
import Support
import Testing

/// Commands that a server answers only when it has gone through a collection: no time limit of the connection ends them,
/// and they say that they still run.
@Suite(.waiting) struct LongCommandTests {
  private func run(_ bench: IndexFixture, _ faults: [String], _ arguments: [String]) throws -> IndexFixture.Run {
    let proxy = try LossyProxy(to: TestServer.shared, losing: faults)
    let done = try bench.read(bench.command(arguments, uri: proxy.uri + "&socketTimeoutMS=5000").run())
    #expect(Set(faults).isSubset(of: proxy.lost), "\(proxy.lost)")
    return done
  }

  @Test func aBuildIsWaitedForAndSaysWhatItWaitsFor() throws {
    let bench = try IndexFixture()
    let done = try run(
      bench, ["slow+12@createIndexes:data_keys:1", "members@replSetGetStatus::1"], ["--only", "data_keys"])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.errors.contains("still running after 10 s"), "\(done.errors)")
    #expect(done.errors.contains("b.example:27017 does not answer"))
    #expect(!isRepeated("building", done))
  }

  /// True where a command was sent again. Others than the long one may be, on a machine that is busy.
  private func isRepeated(_ what: String, _ done: IndexFixture.Run) -> Bool {
    done.errors.split(separator: "\n").contains { $0.contains(what) && $0.contains("trying again in") }
  }

  @Test func theCheckBeforeStrictIsWaitedFor() throws {
    let bench = try IndexFixture()
    try bench.documents()
    let done = try run(bench, ["slow+9@aggregate:users:1"], ["--only", "users", "--validation", "strict"])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(!isRepeated("checking the documents", done))
  }

  /// In ranges, each of which is counted once.
  @Test func theCheckBeforeStrictCountsEveryDocumentOnce() throws {
    let bench = try IndexFixture()
    try bench.python("db.data_keys.insert_many([{'strava_id': Int64(n), 'version': 'x'} for n in range(20050)])")
    let done = try bench.run("--only", "data_keys", "--validation", "strict")
    #expect(done.exitCode == 1)
    #expect(done.errors.contains("20050 documents"), "\(done.errors)")
    #expect(done.printed.findings["SS084"] == 11)
  }
}
