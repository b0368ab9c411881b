import Foundation
import Support
import Testing

/// Stored records equal the input: every number as an exact decimal, every key in its order. The comparing programs
/// (Tests/Interop) share no code with strava-store.
@Suite(.waiting) struct FidelityTests {
  @Test func theFixturesRawDataIsWhatTheFilesSay() throws {
    let fixtures = Checkout.root.appending(path: "fixtures").path
    let store = try TestStore()
    #expect(try store.run(["\(fixtures)/valid"]).exitCode == 0)
    let result = try store.pymongo.run(file: "fidelity.py", [store.keyFile, "fixtures", fixtures])
    let counts = try FixtureCounts()
    #expect(
      result.hasPrefix(#"{"activity": \#(counts.activities), "#)
        && result.hasSuffix(#""insight": \#(counts.insights)}"# + "\n"))
  }

  @Test(arguments: [7])
  func generatedRecordsAreKeptExactlyOrRefused(seed: Int) throws {
    let store = try TestStore()
    let (records, verdicts) = (store.folder.path("records.ndjson"), store.folder.path("verdicts"))
    try store.pymongo.run(file: "hostile.py", ["\(seed)", "10000", records, verdicts])
    let refused = try String(contentsOfFile: verdicts, encoding: .utf8).split(separator: "\n").enumerated()
      .filter { !$0.element.hasSuffix(" stored") }
      .map { "record \($0.offset + 1): \($0.element.suffix(5))" }
    #expect(refused.count > 80)

    let result = try store.run([records])
    #expect(result.exitCode == 1)
    #expect(result.errorFindings.map { "record \($0.record ?? 0): \($0.rule)" } == refused)
    #expect(result.summary.total.read == 10_000)
    #expect(result.summary.total.rejected == refused.count)
    #expect(result.summary.activities.new == 10_000 - refused.count)
    let kept = try store.pymongo.run(file: "fidelity.py", [store.keyFile, "lines", records, verdicts])
    #expect(kept == #"{"activities": \#(10_000 - refused.count)}"# + "\n")

    let again = try store.run([records])
    #expect(again.summary.activities.unchanged == 10_000 - refused.count)
    #expect(again.summary.total.new + again.summary.total.updated == 0)
  }
}
