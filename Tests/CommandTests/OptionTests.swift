import ArgumentParser
import Exporting
import Importing
import SourceText
import StoreAccess
import StravaRecords
import Testing
import strava_store

/// The values that arguments are parsed into, without a process and without a server.
@Suite struct OptionTests {
  private func selection(_ arguments: String...) throws -> ExportSelection {
    try SelectionOptions.parse(arguments).selection()
  }

  @Test func selectionOptionsBecomeOneSelection() throws {
    let selection = try selection(
      "--athlete", "42", "--since", "2024-05-01", "--local", "--sport", "Run,Ride", "--limit", "3", "--sort",
      "-distance")
    #expect(selection.athlete == 42 && selection.limit == 3 && selection.isLocal)
    #expect(selection.sports == ["Run", "Ride"])
    #expect(selection.sort == "-distance")
    #expect(selection.since == ExportSelection.time("2024-05-01") && selection.until == nil)
  }

  @Test(arguments: [
    ["--athlete", "-1"], ["--athlete", "x"], ["--user-id", "1234"], ["--since", "yesterday"], ["--sport", "Run,"],
    ["--limit", "0"], ["--filter", "{"], ["--filter", "{} {}"], ["--local", "--since", "2024-05-01T06:30:00+02:00"],
  ])
  func aSelectionThatMakesNoSenseIsRefused(_ arguments: [String]) {
    #expect(throws: (any Error).self) { try SelectionOptions.parse(arguments).selection() }
  }

  @Test func anErrorLimitIsANumberOrAPercentage() {
    #expect(ImportOptions.ErrorLimit(argument: "10") == .count(10))
    #expect(ImportOptions.ErrorLimit(argument: "2.5%") == .percent(2.5))
    for text in ["-1", "101%", "many", "", "%"] { #expect(ImportOptions.ErrorLimit(argument: text) == nil, "\(text)") }
  }

  @Test func aPartitionIsOneShareOfSeveral() {
    #expect(Partition(argument: "2/3") != nil)
    for text in ["0/3", "4/3", "1", "1/0", "a/b", "1/2/3"] { #expect(Partition(argument: text) == nil, "\(text)") }
  }

  private func refusal(_ change: (inout ExportOptions) -> Void) -> String? {
    var options = ExportOptions(collections: ["activities"], connection: ConnectionChoice(uri: ""))
    change(&options)
    return options.refusal
  }

  @Test func optionsThatContradictEachOtherAreRefusedByName() {
    #expect(refusal { _ in } == nil)
    #expect(refusal { $0.hasMark = true }?.contains("--bom") == true)
    #expect(refusal { $0.isExact = true }?.contains("--exact") == true)
    #expect(refusal { $0.compression = ".gz" }?.contains("--compress") == true)
    #expect(refusal { $0.output = "" }?.contains("--output") == true)
    #expect(
      refusal {
        $0.format = .raw
        $0.dropped = [.health]
      }?.contains("--drop") == true)
    #expect(refusal { $0.selection.athlete = 1 } == nil)
    #expect(
      refusal {
        $0.selection.isLocal = true
      }?.contains("--local") == true)
  }
}
