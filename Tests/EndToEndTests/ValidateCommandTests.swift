import Foundation
import Support
import Testing

@Suite struct ValidateCommandTests {
  private static let fixtures = Checkout.root.appending(path: "fixtures").path

  @Test func validFilesAreValidWithNoServerAndNoKey() throws {
    let told = try StravaStore.run(
      ["validate", "--json", "\(Self.fixtures)/valid"], environment: ["MONGODB_URI": "mongodb://127.0.0.1:1"])
    #expect(told.exitCode == 0)
    let summary = try JSONDecoder().decode(PrintedSummary.self, from: Data(told.standardOutput))
    #expect(summary.total.rejected == 0)
    #expect(summary.activities.valid == summary.activities.read)
  }

  @Test func aBrokenFileIsToldWithItsPlace() throws {
    let told = try StravaStore.run(["validate", "\(Self.fixtures)/invalid/negative-distance.json"])
    #expect(told.exitCode == 1)
    #expect(told.errors.contains("/distance"))
    #expect(told.errors.contains("[SS032]"))
    #expect(told.output.isEmpty)
  }

  @Test func withoutAPathThereIsNothingToCheck() throws {
    #expect(try StravaStore.run(["validate"]).exitCode == 64)
    #expect(try StravaStore.run(["validate", "--explain", "SS999"]).exitCode == 64)
    #expect(try StravaStore.run(["validate", "no-such-file.json"]).exitCode == 2)
  }

  @Test func aRuleIsExplained() throws {
    let told = try StravaStore.run(["validate", "--explain", "SS005"])
    #expect(told.exitCode == 0)
    #expect(told.output.hasPrefix("SS005 A key twice in one object (error)"))
    #expect(told.output.contains("How to mend: "))
  }

  /// `make findings` renders the page anew.
  @Test func thePageOfFindingsIsUpToDate() throws {
    let page = try String(contentsOf: Checkout.root.appending(path: "docs/findings.md"), encoding: .utf8)
    #expect(try StravaStore.run(["validate", "--explain", "all"]).output == page)
  }
}
