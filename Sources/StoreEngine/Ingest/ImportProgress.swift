import Synchronization

/// How far an import has come; written by its threads, read by whoever shows it.
public final class ImportProgress: Sendable {
  private let total = Atomic<Int>(-1)
  private let done = Atomic<Int>(0)
  private let text = Atomic<Int>(0)
  private let count = Atomic<Int>(0)

  public init() {}

  /// Bytes of all inputs as they lie on disk; nil where that cannot be known.
  public var totalBytes: Int? {
    let bytes = total.load(ordering: .relaxed)
    return bytes < 0 ? nil : bytes
  }
  /// Of those.
  public var bytesDone: Int { done.load(ordering: .relaxed) }
  /// Bytes of text that became records, decompressed.
  public var textBytes: Int { text.load(ordering: .relaxed) }
  public var records: Int { count.load(ordering: .relaxed) }

  func begin(totalBytes: Int?) { total.store(totalBytes ?? -1, ordering: .relaxed) }
  func advance(toByte byte: Int) { done.store(byte, ordering: .relaxed) }
  func add(records: Int, textBytes: Int) {
    count.add(records, ordering: .relaxed)
    text.add(textBytes, ordering: .relaxed)
  }
}
