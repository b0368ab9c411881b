import Synchronization

/// A request that running work stop at the next safe point. A signal or a limit sets it once, and every stage reads it.
package final class Cancellation: Sendable {
  package enum Reason: Int, Sendable {
    case interrupt = 1
    case terminate
    case hangUp
    /// There were more errors than the user allows.
    case errorLimit
    /// The store cannot be written to anymore.
    case storeFailed

    package var isSignal: Bool { self == .interrupt || self == .terminate || self == .hangUp }

    /// The name of the reason in summaries.
    package var name: String {
      switch self {
      case .interrupt: "interrupt"
      case .terminate: "terminate"
      case .hangUp: "hang_up"
      case .errorLimit: "error_limit"
      case .storeFailed: "store_failed"
      }
    }
  }

  private let state = Atomic<Int>(0)

  package init() {}

  /// Requests a stop. Only the first reason is kept.
  package func request(_ reason: Reason) {
    _ = state.compareExchange(expected: 0, desired: reason.rawValue, ordering: .sequentiallyConsistent)
  }

  package var reason: Reason? { Reason(rawValue: state.load(ordering: .relaxed)) }
  package var isRequested: Bool { state.load(ordering: .relaxed) != 0 }
  /// True if the user is waiting for the end, so that no further write begins.
  package var isSignal: Bool { reason?.isSignal ?? false }
}
