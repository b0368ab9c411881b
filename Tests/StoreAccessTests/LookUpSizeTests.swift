import StoreAccess
import Testing

@Suite struct LookUpSizeTests {
  /// Looks up with a server whose time for a number of keys is given, and returns the sizes that were used.
  private func sizes(_ count: Int, _ seconds: (Double) -> Double) -> [Int] {
    let size = LookUpSize()
    return (0..<count).map { _ in
      let keys = size.next
      size.record(keys: keys, seconds: seconds(Double(keys)))
      return keys
    }
  }

  @Test func aServerThatIsFarAwayGetsAThousandKeys() {
    #expect(sizes(5) { 0.02 + $0 * 1e-6 } == [100, 300, 1000, 1000, 1000])
  }

  @Test func aServerWhoseCostIsQuadraticGetsAHundredKeys() {
    #expect(sizes(5) { $0 * $0 * 1e-6 } == [100, 300, 100, 100, 100])
  }

  @Test func theLargerSizeIsTriedAgainLater() {
    let used = sizes(2 * LookUpSize.lifetime) { $0 * $0 * 1e-6 }
    #expect(used.filter { $0 == 300 }.count == 2)
    #expect(used.allSatisfy { $0 < 1000 })
  }

  @Test func aSmallLookUpTellsNothing() {
    let size = LookUpSize()
    size.record(keys: 20, seconds: 9)
    #expect(size.next == 100)
    size.record(keys: 80, seconds: 0.1)
    #expect(size.next == 300)
  }
}
