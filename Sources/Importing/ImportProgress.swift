import Synchronization

/// The progress of an import. Its threads write it, and the progress display reads it.
package final class ImportProgress: Sendable {
  private let total = Atomic<Int>(-1)
  private let done = Atomic<Int>(0)
  private let text = Atomic<Int>(0)
  private let count = Atomic<Int>(0)

  package init() {}

  /// The number of bytes of all inputs on disk; nil if it is unknown.
  package var totalBytes: Int? {
    let bytes = total.load(ordering: .relaxed)
    return bytes < 0 ? nil : bytes
  }
  /// The number of these bytes that were read.
  package var bytesDone: Int { done.load(ordering: .relaxed) }
  /// The number of decompressed bytes of text that became records.
  package var textBytes: Int { text.load(ordering: .relaxed) }
  package var records: Int { count.load(ordering: .relaxed) }

  func begin(totalBytes: Int?) { total.store(totalBytes ?? -1, ordering: .relaxed) }
  func advance(toByte byte: Int) { done.store(byte, ordering: .relaxed) }
  func add(records: Int, textBytes: Int) {
    count.add(records, ordering: .relaxed)
    text.add(textBytes, ordering: .relaxed)
  }
}
