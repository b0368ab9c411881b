import Importing
import Testing

@Suite struct WritePlanTests {
  @Test(arguments: [(0.0, 2), (0.0001, 2), (0.002, 2), (0.005, 4), (0.02, 10), (0.1, 16), (30, 16)])
  func theNumberOfWritersFollowsTheRoundTrip(seconds: Double, writers: Int) {
    #expect(WritePlan(roundTrip: seconds, writers: nil, batchSize: nil).writers == writers)
  }

  @Test func whatTheUserHasChosenIsFixed() {
    let plan = WritePlan(roundTrip: 0.1, writers: 3, batchSize: 7)
    #expect(plan.writers == 3)
    var size = plan.bulkSize
    #expect(size.records == 7)
    _ = size.record(seconds: 0.1)
    #expect(size.records == 7)
  }

  @Test func aBulkGrowsWhileTheWayTakesLongerThanTheServer() {
    var size = WritePlan(roundTrip: 0.1, writers: 1, batchSize: nil).bulkSize
    #expect(size.bytes == 1 << 20 && size.records == 1000)
    let grew = size.record(seconds: 0.2)
    #expect(grew && size.bytes == 2 << 20 && size.records == 2000)
    while size.record(seconds: 0.2) {}
    #expect(size.bytes == 14 << 20)
  }

  @Test func aBulkShrinksWhereTheServerTakesLong() {
    var size = WritePlan(roundTrip: 0.01, writers: 2, batchSize: nil).bulkSize
    let changes = [0.02, 0.1, 0.3, 0.3].map { size.record(seconds: $0) }
    #expect(changes == [true, false, true, false])
    #expect(size.bytes == 1 << 20)
  }

  @Test(arguments: 1...16) func theMemoryIsBounded(writers: Int) {
    let plan = WritePlan(roundTrip: 0.1, writers: writers, batchSize: nil)
    #expect((1 << 19...16 << 20).contains(plan.mostBytes))
    #expect(writers * plan.mostBytes + plan.waitingBytes <= 20 << 20)
  }
}
