import Foundation
import Synchronization
import Testing

/// Threads for tests that wait for other processes.
///
/// Swift runs tests on as many threads as there are cores, and a test that waits for a process keeps its thread. On two
/// cores, two such tests would leave the machine idle.
private final class TestThreads: Sendable {
  /// Twice the number of cores, so that about as many tests have work as the machine has cores.
  static let shared = TestThreads(count: max(4, 2 * ProcessInfo.processInfo.activeProcessorCount))

  private struct Queue {
    var urgent: [@Sendable () -> Void] = []
    var other: [@Sendable () -> Void] = []

    mutating func next() -> @Sendable () -> Void { urgent.isEmpty ? other.removeFirst() : urgent.removeFirst() }
  }

  private let queue = Mutex(Queue())
  private let waiting = DispatchSemaphore(value: 0)

  private init(count: Int) {
    for _ in 0..<count { Thread { self.work() }.start() }
  }

  func run(isUrgent: Bool, _ work: @escaping @Sendable () -> Void) {
    queue.withLock { isUrgent ? $0.urgent.append(work) : $0.other.append(work) }
    waiting.signal()
  }

  private func work() {
    while true {
      waiting.wait()
      queue.withLock { $0.next() }()
    }
  }
}

/// An executor that runs its jobs on the `TestThreads`.
private final class TestThreadsExecutor: TaskExecutor {
  static let first = TestThreadsExecutor(isUrgent: true)
  static let usual = TestThreadsExecutor(isUrgent: false)

  private let isUrgent: Bool

  private init(isUrgent: Bool) { self.isUrgent = isUrgent }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    TestThreads.shared.run(isUrgent: isUrgent) { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// A trait that runs each test of a suite on one of the `TestThreads`.
public struct WaitingTests: SuiteTrait, TestTrait, TestScoping {
  fileprivate let comesFirst: Bool

  public var isRecursive: Bool { true }

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let executor = comesFirst ? TestThreadsExecutor.first : .usual
    try await withTaskExecutorPreference(executor) { try await function() }
  }
}

extension Trait where Self == WaitingTests {
  /// For suites whose tests mostly wait for other processes: more of them run at the same time than there are cores.
  public static var waiting: Self { Self(comesFirst: false) }

  /// The same for suites that take long: they start first, so that the others run beside them.
  public static var waitingLong: Self { Self(comesFirst: true) }
}
