import Synchronization

/// How far an import has come; written by its threads, read by whoever shows it.
package final class ImportProgress: Sendable {
  private let total = Atomic<Int>(-1)
  private let done = Atomic<Int>(0)
  private let text = Atomic<Int>(0)
  private let count = Atomic<Int>(0)

  package init() {}

  /// Bytes of all inputs as they lie on disk; nil where that cannot be known.
  package var totalBytes: Int? {
    let bytes = total.load(ordering: .relaxed)
    return bytes < 0 ? nil : bytes
  }
  /// Of those.
  package var bytesDone: Int { done.load(ordering: .relaxed) }
  /// Bytes of text that became records, decompressed.
  package var textBytes: Int { text.load(ordering: .relaxed) }
  package var records: Int { count.load(ordering: .relaxed) }

  func begin(totalBytes: Int?) { total.store(totalBytes ?? -1, ordering: .relaxed) }
  func advance(toByte byte: Int) { done.store(byte, ordering: .relaxed) }
  func add(records: Int, textBytes: Int) {
    count.add(records, ordering: .relaxed)
    text.add(textBytes, ordering: .relaxed)
  }
}
