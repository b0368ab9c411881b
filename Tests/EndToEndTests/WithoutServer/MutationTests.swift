import Foundation
import Support
import Testing

/// One byte of every fixture is changed, added or removed, again and again: the program reports an error or reads the
/// records without one. If the text is a single JSON text, it agrees with Python about whether that is valid.
@Suite(.waiting) struct MutationTests {
  struct Report: Decodable {
    let fixtures: Int
    let inputs: Int
    let processes: Int
    let refused: Int
    let compared: Int
    let records: Int
    let kibibytes: Int
    let different: Int
    let wrong: [[String]]
  }

  @Test func everyMutationGivesAFindingOrCleanRecords() throws {
    let count = Soak.size(150, soak: 10_000)
    let script = Checkout.root.appending(path: "Tests/Interop/mutations.py").path
    let fixtures = Checkout.root.appending(path: "fixtures").path
    let ran = try Command(Checkout.inVenv("python"), [script, StravaStore.path, fixtures, "\(count)", "7"])
      .run(timeout: .seconds(Soak.size(600, soak: 14_400)))
    try #require(ran.exitCode == 0, "\(ran.errors)")
    let result = try JSONDecoder().decode(Report.self, from: Data(ran.standardOutput))
    #expect(result.different == 0, "\(result.wrong)")
    #expect(result.fixtures > 160)
    #expect(result.inputs == result.fixtures * count)
    #expect(result.refused > result.inputs / 2 && result.refused < result.inputs)
    #expect(result.compared > result.inputs * 3 / 4)
    #expect(result.records > result.inputs)
    #expect(Sanitizer.isOn || result.kibibytes < 128 << 10)
  }
}
