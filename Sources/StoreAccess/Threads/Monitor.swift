import Foundation

/// A value protected by a lock, with changes that threads can wait for. `Mutex` is used for values that no thread waits
/// for.
///
/// @unchecked Sendable: `condition` guards `value`, and no standard type does that and can be waited on.
final class Monitor<Value: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private var value: Value

  init(_ value: Value) { self.value = value }

  /// Waits until the value is ready, then runs `body` with it and wakes the other threads that wait.
  func wait<R>(until isReady: (Value) -> Bool, then body: (inout Value) -> R) -> R {
    condition.lock()
    defer { condition.unlock() }
    while !isReady(value) { condition.wait() }
    defer { condition.broadcast() }
    return body(&value)
  }

  /// Changes the value and wakes the threads that wait.
  func change(_ body: (inout Value) -> Void) { wait(until: { _ in true }, then: body) }
}
