import Foundation
import Support
import Testing

/// One byte of every fixture changed, added or taken away, again and again: the program says what is wrong, or reads
/// clean records, and where the text is JSON by itself it agrees with Python about whether it is.
@Suite(.waiting) struct MutationTests {
  struct Told: Decodable {
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
    let told = try JSONDecoder().decode(Told.self, from: Data(ran.standardOutput))
    #expect(told.different == 0, "\(told.wrong)")
    #expect(told.fixtures > 160)
    #expect(told.inputs == told.fixtures * count)
    #expect(told.refused > told.inputs / 2 && told.refused < told.inputs)
    #expect(told.compared > told.inputs * 3 / 4)
    #expect(told.records > told.inputs)
    #expect(Sanitizer.isOn || told.kibibytes < 128 << 10)
  }
}
