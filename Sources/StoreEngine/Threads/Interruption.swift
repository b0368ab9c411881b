import Synchronization

/// Asks running work to stop at the next clean place. Set once, by a signal or by a limit; read by every stage.
public final class Interruption: Sendable {
  public enum Reason: Int, Sendable {
    case interrupt = 2
    case terminate = 15
    /// More errors than the user allows.
    case errorLimit = 100
    /// The store cannot be written to any more.
    case storeFailed = 101
  }

  private let state = Atomic<Int>(0)

  public init() {}

  /// The first reason stays.
  public func request(_ reason: Reason) {
    _ = state.compareExchange(expected: 0, desired: reason.rawValue, ordering: .sequentiallyConsistent)
  }

  public var reason: Reason? { Reason(rawValue: state.load(ordering: .relaxed)) }
  public var isRequested: Bool { state.load(ordering: .relaxed) != 0 }
  /// True where somebody waits for the end: no further write begins.
  public var isSignal: Bool { reason == .interrupt || reason == .terminate }

  /// The exit code of a job.
  ///
  /// - Parameters:
  ///   - reason: why it stopped before its end, if it did.
  ///   - failed: the environment failed.
  ///   - leaves: something that was asked for is not so, each with a finding.
  public static func exitCode(_ reason: Reason?, failed: Bool, leaves: Bool) -> Int32 {
    switch reason {
    case .interrupt: 130
    case .terminate: 143
    case .errorLimit, .storeFailed, nil: failed ? 2 : leaves ? 1 : 0
    }
  }
}
