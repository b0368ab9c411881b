import Synchronization

/// The number of keys in one look-up, which follows the measured cost of a key.
///
/// More keys need fewer round trips. But the cost of `$in` grows faster than linearly in some servers, so a larger size
/// is used only where a key costs less with it. The threads of a session share this object.
package final class LookUpSize: Sendable {
  /// The sizes from which it chooses, in ascending order.
  package static let sizes = [100, 300, 1000]
  /// The number of measurements after which the next larger size is tried again, since another job may have slowed
  /// down the look-up that it was judged by.
  package static let lifetime = 512

  private let state = Mutex(State())

  private struct State {
    /// The seconds that a key has cost at each size; nil if unknown.
    var costs = [Double?](repeating: nil, count: LookUpSize.sizes.count)
    var best = 0
    var age = 0
  }

  package init() {}

  /// The maximum number of keys in the next look-up: the best size, or the next larger one if its cost is unknown.
  package var next: Int {
    state.withLock { state in
      guard state.costs[state.best] != nil, state.best + 1 < Self.sizes.count, state.costs[state.best + 1] == nil
      else { return Self.sizes[state.best] }
      return Self.sizes[state.best + 1]
    }
  }

  /// Takes the measured time of a look-up. Small look-ups are ignored, because they tell nothing about a size.
  ///
  /// - Parameter seconds: The time from the request to the last document.
  package func record(keys: Int, seconds: Double) {
    guard let size = Self.sizes.firstIndex(where: { $0 >= keys }), 2 * keys > Self.sizes[size] else { return }
    let cost = seconds / Double(keys)
    state.withLock { state in
      state.costs[size] = state.costs[size].map { ($0 + cost) / 2 } ?? cost
      state.age += 1
      if state.age > Self.lifetime, state.best + 1 < Self.sizes.count {
        state.costs[state.best + 1] = nil
        state.age = 0
      }
      let known = state.costs.enumerated().compactMap { index, cost in cost.map { (index, $0) } }
      state.best = known.min { $0.1 < $1.1 }?.0 ?? 0
    }
  }
}
