import Foundation
import Support
import Testing

/// What is read back is what was sent: every number as an exact decimal, every key in its order, by the eyes of
/// programs that share nothing with ours (Tests/Interop).
@Suite(.waiting) struct FidelityTests {
  @Test func theFixturesRawDataIsWhatTheFilesSay() throws {
    let fixtures = Checkout.root.appending(path: "fixtures").path
    let bench = try ImportFixture()
    #expect(try bench.run(["\(fixtures)/valid"]).exitCode == 0)
    let told = try bench.pymongo.run(file: "fidelity.py", [bench.keyFile, "fixtures", fixtures])
    let counts = try FixtureCounts()
    #expect(
      told.hasPrefix(#"{"activity": \#(counts.activities), "#)
        && told.hasSuffix(#""insight": \#(counts.insights)}"# + "\n"))
  }

  @Test(arguments: [7])
  func generatedRecordsAreKeptExactlyOrRefused(seed: Int) throws {
    let bench = try ImportFixture()
    let (records, verdicts) = (bench.folder.path("records.ndjson"), bench.folder.path("verdicts"))
    try bench.pymongo.run(file: "hostile.py", ["\(seed)", "10000", records, verdicts])
    let refused = try String(contentsOfFile: verdicts, encoding: .utf8).split(separator: "\n").enumerated()
      .filter { !$0.element.hasSuffix(" stored") }
      .map { "record \($0.offset + 1): \($0.element.suffix(5))" }
    #expect(refused.count > 80)

    let told = try bench.run([records])
    #expect(told.exitCode == 1)
    #expect(told.errorFindings.map { "record \($0.record ?? 0): \($0.rule)" } == refused)
    #expect(told.summary.total.read == 10_000)
    #expect(told.summary.total.rejected == refused.count)
    #expect(told.summary.activities.new == 10_000 - refused.count)
    let kept = try bench.pymongo.run(file: "fidelity.py", [bench.keyFile, "lines", records, verdicts])
    #expect(kept == #"{"activities": \#(10_000 - refused.count)}"# + "\n")

    let again = try bench.run([records])
    #expect(again.summary.activities.unchanged == 10_000 - refused.count)
    #expect(again.summary.total.new + again.summary.total.updated == 0)
  }
}
