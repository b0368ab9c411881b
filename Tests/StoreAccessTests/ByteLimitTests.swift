import Dispatch
import Foundation
import StoreAccess
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ByteLimitTests {
  @Test func bytesWaitUntilOthersAreRemoved() {
    let limit = ByteLimit(100)
    limit.add(60)
    let added = DispatchSemaphore(value: 0)
    let thread = WorkerThread("adder") {
      limit.add(60)
      added.signal()
    }
    #expect(added.wait(timeout: .now() + .milliseconds(50)) == .timedOut)
    limit.remove(60)
    #expect(added.wait(timeout: .now() + .seconds(10)) == .success)
    thread.join()
  }

  @Test func aSingleLargeValueIsLetThrough() {
    let limit = ByteLimit(100)
    limit.add(1000)
    limit.remove(1000)
    limit.add(100)
  }
}
