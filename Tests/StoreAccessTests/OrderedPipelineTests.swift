import Dispatch
import Findings
import Foundation
import StoreAccess
import Synchronization
import Testing

/// A pipeline's reader, workers and consumer: the order, the bounds, and the ways in which it ends.
@Suite("Ordered pipeline", .timeLimit(.minutes(1)))
struct OrderedPipelineTests {
  private let cancellation = Cancellation()
  private let log: FindingLog

  init() { log = FindingLog(cancellation: cancellation) { _ in } }

  @Test("the consumer gets everything once, in input order, whatever the workers' pace", arguments: [1, 2, 7])
  func order(workers: Int) {
    let numbers = 0..<500
    let got = run(workers: workers, numbers) { number in
      // The first batches take longest.
      if number % 7 == 0 { Thread.sleep(forTimeInterval: 0.001) }
      return [number]
    }
    #expect(got == Array(numbers))
    #expect(log.failure == nil)
  }

  @Test("parts of one value stay together, and a value may have none")
  func parts() {
    let got = run(workers: 3, 0..<300) { number in Array(repeating: number, count: number % 4) }
    #expect(got == (0..<300).flatMap { Array(repeating: $0, count: $0 % 4) })
  }

  @Test("nothing read, nothing consumed")
  func empty() {
    #expect(run(workers: 2, 0..<0) { [$0] } == [])
  }

  @Test("workers work at the same time, the consumer on the calling thread")
  func threads() {
    // Two workers wait for each other; a single one would wait here forever.
    let (first, second) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let caller = Thread.current
    var consumers: Set<Bool> = []
    OrderedPipeline(workers: 2, log: log).run { push in
      push(0)
      push(1)
    } makeWorker: {
      Step<Int, Int> { number, emit in
        (number == 0 ? first : second).signal()
        (number == 0 ? second : first).wait()
        emit(number)
      }
    } consume: { _ in
      consumers.insert(Thread.current === caller)
    }
    #expect(consumers == [true])
  }

  @Test(
    "only a few values are in memory, however many there are and however slow the consumer is", arguments: [1, 2, 4])
  func bounds(workers: Int) {
    let alive = Alive()
    var consumed = 0
    OrderedPipeline(workers: workers, log: log).run { push in
      for _ in 0..<5000 { push(Tracked(alive)) }
    } makeWorker: {
      Step<Tracked, Tracked> { value, emit in emit(value) }
    } consume: { _ in
      consumed += 1
      if consumed % 500 == 1 { Thread.sleep(forTimeInterval: 0.02) }
    }
    #expect(consumed == 5000)
    // These are the reader's batch, two in the queue, one for each worker, one that waits for the consumer, and the
    // consumer's. A batch that a thread is about to release counts too.
    #expect(alive.most <= 2 * (workers + 5))
    #expect(alive.now == 0)
  }

  @Test("a worker that has much to say of one value is held up by the consumer")
  func boundedParts() {
    let alive = Alive()
    var consumed = 0
    OrderedPipeline(workers: 2, log: log).run { push in
      push(0)
      push(1)
    } makeWorker: {
      Step<Tracked, Int> { _, emit in for _ in 0..<2000 { emit(Tracked(alive)) } }
    } consume: { _ in
      consumed += 1
      if consumed % 500 == 1 { Thread.sleep(forTimeInterval: 0.02) }
    }
    #expect(consumed == 4000)
    #expect(alive.most <= 8)
  }

  // MARK: Cancellation

  @Test("after a cancellation what was read is consumed, and no more is read")
  func cancelled() {
    let read = Atomic(0)
    var got: [Int] = []
    OrderedPipeline(workers: 2, log: log).run { [cancellation] push in
      var number = 0
      while !cancellation.isRequested {
        push(number)
        number += 1
      }
      read.store(number, ordering: .relaxed)
    } makeWorker: {
      Step<Int, Int> { number, emit in emit(number) }
    } consume: { number in
      got.append(number)
      if number == 100 { cancellation.request(.interrupt) }
    }
    let count = read.load(ordering: .relaxed)
    #expect(got == Array(0..<count))
    #expect((101..<120).contains(count))
    #expect(log.failure == nil)
  }

  @Test("a reader that cannot be called back is left behind, and what it pushes later is dropped")
  func stuckReader() {
    let (never, late) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    var got: [Int] = []
    OrderedPipeline(workers: 2, log: log).run { push in
      for number in 0..<3 { push(number) }
      never.wait()
      for number in 3..<50 { push(number) }
      late.signal()
    } makeWorker: {
      Step<Int, Int> { number, emit in emit(number) }
    } consume: { number in
      got.append(number)
      if number == 2 { cancellation.request(.terminate) }
    }
    #expect(got == [0, 1, 2])
    never.signal()
    // Nor is it delayed.
    #expect(late.wait(timeout: .now() + .seconds(10)) == .success)
    #expect(got == [0, 1, 2])
  }

  // MARK: Errors

  private struct Broken: Error, CustomStringConvertible {
    let description: String
  }

  @Test("an error in a worker stops the job; the other values that were read come in order")
  func brokenWorker() {
    let read = Atomic(0)
    var got: [Int] = []
    OrderedPipeline(workers: 2, log: log).run { [cancellation] push in
      var number = 0
      while !cancellation.isRequested {
        push(number)
        number += 1
      }
      read.store(number, ordering: .relaxed)
    } makeWorker: {
      Step<Int, Int> { number, emit in
        emit(number * 10)
        if number == 5 { throw Broken(description: "five") }
        emit(number * 10 + 1)
      }
    } consume: {
      got.append($0)
    }
    #expect(log.failure == "five")
    #expect(cancellation.reason == .storeFailed)
    let count = read.load(ordering: .relaxed)
    #expect((6..<30).contains(count))
    let parts: [[Int]] = (0..<count).map { number in number == 5 ? [50] : [number * 10, number * 10 + 1] }
    #expect(got == parts.flatMap { $0 })
  }

  @Test("an error in the reader stops the job; what was read before is consumed")
  func brokenReader() {
    var got: [Int] = []
    OrderedPipeline(workers: 2, log: log).run { push in
      for number in 0..<3 { push(number) }
      throw Broken(description: "no more")
    } makeWorker: {
      Step<Int, Int> { number, emit in emit(number) }
    } consume: {
      got.append($0)
    }
    #expect(got == [0, 1, 2])
    #expect(log.failure == "no more")
    #expect(cancellation.reason == .storeFailed)
  }

  @Test("an error in the consumer stops the job; the first one is the one that is reported")
  func brokenConsumer() {
    var calls = 0
    OrderedPipeline(workers: 2, log: log).run { [cancellation] push in
      while !cancellation.isRequested { push(0) }
    } makeWorker: {
      Step<Int, Int> { number, emit in emit(number) }
    } consume: { _ in
      calls += 1
      throw Broken(description: "call \(calls)")
    }
    #expect(log.failure == "call 1")
    #expect(cancellation.reason == .storeFailed)
    #expect(calls < 20)
  }

  @Test("an error that an interruption causes is not a failure")
  func brokenByInterruption() {
    OrderedPipeline(workers: 1, log: log).run { push in
      push(0)
    } makeWorker: { [cancellation] in
      Step<Int, Int> { _, _ in
        cancellation.request(.interrupt)
        throw Broken(description: "the connection was closed")
      }
    } consume: { _ in
    }
    #expect(log.failure == nil)
    #expect(cancellation.reason == .interrupt)
  }

  private func run(workers: Int, _ numbers: Range<Int>, _ body: @escaping @Sendable (Int) -> [Int]) -> [Int] {
    var got: [Int] = []
    OrderedPipeline(workers: workers, log: log).run { push in
      for number in numbers { push(number) }
    } makeWorker: {
      Step<Int, Int> { number, emit in for part in body(number) { emit(part) } }
    } consume: {
      got.append($0)
    }
    return got
  }
}

/// A worker that runs a closure.
private struct Step<Output: Sendable, Input: Sendable>: PipelineWorker {
  let body: @Sendable (Input, (Output) -> Void) throws -> Void

  init(_ body: @escaping @Sendable (Input, (Output) -> Void) throws -> Void) { self.body = body }

  func work(_ input: Input, _ emit: (Output) -> Void) throws { try body(input, emit) }
}

/// Counts the values that are in memory.
private final class Alive: Sendable {
  private let state = Mutex((now: 0, most: 0))

  var now: Int { state.withLock { $0.now } }
  var most: Int { state.withLock { $0.most } }

  func add(_ count: Int) {
    state.withLock { state in
      state.now += count
      state.most = max(state.most, state.now)
    }
  }
}

private final class Tracked: Sendable {
  private let alive: Alive

  init(_ alive: Alive) {
    self.alive = alive
    alive.add(1)
  }

  deinit { alive.add(-1) }
}
