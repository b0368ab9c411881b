import Importing
import Testing

@Suite struct KindCountsTests {
  @Test func anExactCopyCountsAsIfItHadBeenWrittenByItself() {
    var counts = KindCounts()
    counts.add(.new, copies: 2)
    counts.add(.updated, copies: 1)
    counts.add(.unchanged, copies: 1)
    counts.add(.superseded, copies: 3)
    counts.add(.refused("by a validator"), copies: 1)
    #expect(counts.new == 1 && counts.updated == 1)
    #expect(counts.unchanged == 2 + 1 + 2)
    #expect(counts.superseded == 4 && counts.rejected == 2)
    #expect(counts.settled == 13)
  }

  @Test func aLimitInPercentIsJudgedFromAThousandRecordsOn() {
    let percent = ImportOptions.ErrorLimit.percent(1)
    #expect(!percent.isExceeded(errors: 999, records: 999))
    #expect(!percent.isExceeded(errors: 10, records: 1000))
    #expect(percent.isExceeded(errors: 11, records: 1000))
    #expect(ImportOptions.ErrorLimit.count(0).isExceeded(errors: 1, records: 1))
    #expect(!ImportOptions.ErrorLimit.none.isExceeded(errors: .max, records: 1))
  }
}
