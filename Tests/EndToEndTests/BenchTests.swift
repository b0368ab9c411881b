import Foundation
import Support
import Testing

/// The bench of docs/performance.md measures what it claims to measure. Its figures are not tested.
@Suite(.waiting) struct BenchTests {
  /// Starts every importer that the machine has. An importer that fails is reported and left out.
  @Test func everyImporterRunsAgainstTheSink() throws {
    let script = Checkout.root.appending(path: "Tests/Bench/selftest.py").path
    let outcome = try Command(try Checkout.inVenv("python"), [script, StravaStore.path]).run()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("started: strava-store, Pydantic + PyMongo, msgspec + PyMongo"))
  }
}
