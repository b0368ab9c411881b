/// Lets the holders of consecutive numbers pass one at a time and in order, whatever order they come in.
final class Turnstile: Sendable {
  private let turn = Monitor(0)

  /// Waits until every smaller number has left. No other number enters before `leave`; this one may enter again.
  func enter(_ number: Int) { turn.wait(until: { $0 == number }, then: { _ in }) }

  /// Lets the next number enter.
  func leave() { turn.change { $0 += 1 } }
}
