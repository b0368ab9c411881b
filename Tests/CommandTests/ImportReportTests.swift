import Findings
import Importing
import StoreAccess
import StravaRecords
import Testing
import strava_store

/// The text that an import prints, from a summary value.
@Suite struct ImportReportTests {
  private func summary(isDryRun: Bool = false) -> ImportSummary {
    var options = ImportOptions(paths: [], connection: ConnectionChoice(uri: ""))
    options.isDryRun = isDryRun
    var tally = Tally()
    tally[.activity].read = 1200
    tally[.activity].add(.new, copies: 0)
    tally[.activity].rejected = 3
    tally.unreadable = 2
    tally.stubs = 1
    var summary = ImportSummary(of: options)
    summary.count(tally)
    return summary
  }

  @Test func theTableHasTheKindsThatOccurredAndTheTotal() {
    let text = ImportReport(summary()).text(isQuiet: true)
    #expect(text.contains("activity"))
    #expect(!text.contains("athlete "))
    let total = text.split(separator: "\n").first { $0.hasPrefix("total") }.map(String.init) ?? ""
    #expect(total.contains("1,202") && total.contains("5"), "\(text)")
  }

  @Test func aDryRunSaysThatNothingWasWritten() {
    #expect(ImportReport(summary(isDryRun: true)).text(isQuiet: true).contains("nothing was written"))
    #expect(!ImportReport(summary()).text(isQuiet: true).contains("nothing was written"))
  }
}
