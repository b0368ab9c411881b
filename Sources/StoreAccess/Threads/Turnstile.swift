/// A lock that lets the holders of consecutive numbers pass one at a time in numeric order, in whatever order they
/// arrive.
final class Turnstile: Sendable {
  private let turn = Monitor(0)

  /// Waits until every smaller number has left. No other number enters before `leave`; this one may enter again.
  func enter(_ number: Int) { turn.wait(until: { $0 == number }, then: { _ in }) }

  /// Lets the next number enter.
  func leave() { turn.change { $0 += 1 } }
}
