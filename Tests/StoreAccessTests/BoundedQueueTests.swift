import Dispatch
import Foundation
import StoreAccess
import Synchronization
import Testing

@Suite("Bounded queue", .timeLimit(.minutes(1)))
struct BoundedQueueTests {
  @Test("the oldest value comes first; closed and empty is the end")
  func order() {
    let queue = BoundedQueue<Int>(capacity: 3)
    for number in 1...3 { queue.push(number) }
    queue.close()
    #expect([queue.pop(), queue.pop(), queue.pop(), queue.pop(), queue.pop()] == [1, 2, 3, nil, nil])
  }

  @Test("a push waits while the queue is full")
  func pushWaits() {
    let queue = BoundedQueue<Int>(capacity: 1)
    let pushed = DispatchSemaphore(value: 0)
    queue.push(1)
    let thread = WorkerThread("pusher") {
      queue.push(2)
      pushed.signal()
    }
    #expect(pushed.wait(timeout: .now() + .milliseconds(50)) == .timedOut)
    #expect(queue.pop() == 1)
    #expect(pushed.wait(timeout: .now() + .seconds(10)) == .success)
    #expect(queue.pop() == 2)
    thread.join()
  }

  @Test("the close wakes who waits on either side, and what comes behind it is dropped")
  func close() {
    let (full, empty) = (BoundedQueue<Int>(capacity: 1), BoundedQueue<Int>(capacity: 1))
    full.push(1)
    let pushers = (0..<3).map { number in WorkerThread("pusher") { full.push(10 + number) } }
    let poppers = (0..<3).map { _ in WorkerThread("popper") { while empty.pop() != nil {} } }
    Thread.sleep(forTimeInterval: 0.05)
    full.close()
    empty.close()
    for thread in pushers + poppers { thread.join() }
    #expect(full.pop() == 1)
    #expect(full.pop() == nil)
  }

  @Test("many makers and users lose nothing and get nothing twice")
  func crowd() {
    let queue = BoundedQueue<Int>(capacity: 2)
    let sum = Atomic(0)
    let makers = (0..<4).map { maker in
      WorkerThread("maker") { for number in 0..<1000 { queue.push(maker * 1000 + number) } }
    }
    let users = (0..<4).map { _ in
      WorkerThread("user") { while let number = queue.pop() { sum.add(number, ordering: .relaxed) } }
    }
    for thread in makers { thread.join() }
    queue.close()
    for thread in users { thread.join() }
    #expect(sum.load(ordering: .relaxed) == 3999 * 4000 / 2)
  }
}
