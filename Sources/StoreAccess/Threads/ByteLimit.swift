/// A limit on the bytes that are on their way between threads. A thread that wants to add bytes waits until there are
/// few enough.
package final class ByteLimit: Sendable {
  private let limit: Int
  private let used = Monitor(0)

  package init(_ limit: Int) { self.limit = limit }

  /// Adds bytes after waiting until the limit allows it. Bytes that exceed the limit alone are added when there are no
  /// others.
  package func add(_ bytes: Int) {
    used.wait(until: { $0 == 0 || $0 + bytes <= limit }, then: { $0 += bytes })
  }

  package func remove(_ bytes: Int) { used.change { $0 -= bytes } }
}
