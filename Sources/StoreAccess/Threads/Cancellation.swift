import Synchronization

/// Asks running work to stop at the next clean place. Set once, by a signal or by a limit; read by every stage.
package final class Cancellation: Sendable {
  package enum Reason: Int, Sendable {
    case interrupt = 1
    case terminate
    case hangUp
    /// More errors than the user allows.
    case errorLimit
    /// The store cannot be written to any more.
    case storeFailed

    package var isSignal: Bool { self == .interrupt || self == .terminate || self == .hangUp }

    /// The name in summaries.
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

  /// The first reason stays.
  package func request(_ reason: Reason) {
    _ = state.compareExchange(expected: 0, desired: reason.rawValue, ordering: .sequentiallyConsistent)
  }

  package var reason: Reason? { Reason(rawValue: state.load(ordering: .relaxed)) }
  package var isRequested: Bool { state.load(ordering: .relaxed) != 0 }
  /// True where the user waits for the end, so that no further write begins.
  package var isSignal: Bool { reason?.isSignal ?? false }
}
