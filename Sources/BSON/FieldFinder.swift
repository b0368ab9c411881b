/// A finder of a document's fields that continues from the last field found. A model asks for its fields in nearly the
/// order of the document, so most look-ups examine only one or two elements.
struct FieldFinder {
  private let document: BSONView
  private var cursor: BSONView.Iterator
  /// A filter of the keys, filled at the first miss. Absent fields are common, and without the filter each of them
  /// would cost a walk through the whole document.
  private var present = KeyFilter()

  @inline(__always)
  init(_ document: BSONView) {
    self.document = document
    cursor = document.makeIterator()
  }

  @inline(__always)
  mutating func find(_ key: String) -> BSONField? {
    var name = key
    return name.withUTF8 { utf8 in
      guard let start = utf8.baseAddress else { return findAnywhere(named: "") }
      return find(UnsafeRawPointer(start), utf8.count)
    }
  }

  @inline(__always)
  private mutating func find(_ name: UnsafeRawPointer, _ count: Int) -> BSONField? {
    var lookahead = cursor
    if let element = lookahead.next(), element.keyCount == count, sameBytes(element.start + 1, name, count) {
      cursor = lookahead
      return element.value
    }
    return search(name, count)
  }

  /// Searches the whole document: from the cursor to the end, then from the start to the cursor.
  private mutating func search(_ name: UnsafeRawPointer, _ count: Int) -> BSONField? {
    if !present.mayHold(name, count) { return nil }
    let from = cursor
    while let element = cursor.next() {
      if element.keyCount == count, sameBytes(element.start + 1, name, count) { return element.value }
    }
    cursor = document.makeIterator()
    while cursor.at < from.at, let element = cursor.next() {
      if element.keyCount == count, sameBytes(element.start + 1, name, count) { return element.value }
    }
    if !present.isFilled { present.fill(document) }
    return nil
  }

  @inline(never)
  private func findAnywhere(named name: String) -> BSONField? {
    document.first { $0.key.elementsEqual(name.utf8) }?.value
  }
}

/// A Bloom filter with 1,024 bits and one hash. It identifies most keys that a document does not have, without a walk
/// through the document.
private struct KeyFilter {
  private typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)
  private var words: (Words, Words) = ((0, 0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 0, 0))
  private(set) var isFilled = false

  mutating func fill(_ document: BSONView) {
    isFilled = true
    withUnsafeMutableBytes(of: &words) { bits in
      for element in document where element.keyCount > 0 {
        let at = Self.bitIndex(element.start + 1, element.keyCount)
        bits[at >> 3] |= 1 << UInt8(at & 7)
      }
    }
  }

  /// Returns false if the document does not have the key. Until the filter is filled, returns true for all keys.
  @inline(__always)
  mutating func mayHold(_ name: UnsafeRawPointer, _ count: Int) -> Bool {
    guard isFilled, count > 0 else { return true }
    let at = Self.bitIndex(name, count)
    return withUnsafeMutableBytes(of: &words) { $0[at >> 3] >> UInt8(at & 7) & 1 != 0 }
  }

  /// Returns the index of the key's bit: a hash of its length and of its first, middle and last byte.
  @inline(__always)
  private static func bitIndex(_ name: UnsafeRawPointer, _ count: Int) -> Int {
    let byte = { UInt32(name.load(fromByteOffset: $0, as: UInt8.self)) }
    let mark = byte(0) | byte(count / 2) << 8 | byte(count - 1) << 16 | UInt32(truncatingIfNeeded: count) << 24
    return Int((mark &* 0x9E37_79B9) >> 22)
  }
}
