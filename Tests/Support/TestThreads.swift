import Foundation
import Synchronization
import Testing

/// Threads for the bodies of tests that wait for other processes.
///
/// Swift runs tests on as many threads as there are cores, and a test that waits for a process holds its thread: two of
/// them on two cores would leave the machine idle.
final class TestThreads: TaskExecutor {
  /// Twice as many as cores, so that about as many tests have work for the machine as it has cores.
  static let shared = TestThreads(count: max(4, 2 * ProcessInfo.processInfo.activeProcessorCount))

  private let jobs = Mutex<[UnownedJob]>([])
  private let waiting = DispatchSemaphore(value: 0)

  private init(count: Int) {
    for _ in 0..<count { Thread { self.work() }.start() }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    waiting.signal()
  }

  private func work() {
    while true {
      waiting.wait()
      let job = jobs.withLock { $0.removeFirst() }
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}

/// Runs each test of a suite on one of the `TestThreads`.
public struct WaitingTests: SuiteTrait, TestTrait, TestScoping {
  public var isRecursive: Bool { true }

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await withTaskExecutorPreference(TestThreads.shared) { try await function() }
  }
}

extension Trait where Self == WaitingTests {
  /// Its tests mostly wait for other processes: more of them run at the same time than there are cores.
  public static var waiting: Self { Self() }
}
