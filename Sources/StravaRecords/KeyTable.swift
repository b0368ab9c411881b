import BSON

/// A table that finds a key in a fixed set of names without creating a string. Detection, checks and sensitivity
/// classes look up every key of every record.
///
/// Names have at most 32 bytes. They are distinguished by 8-byte words: the first two, the third for names that are
/// long enough, and the last eight bytes.
struct KeyTable: Sendable {
  static let longest = 32

  private struct Slot {
    var first: UInt64 = 0
    var second: UInt64 = 0
    var third: UInt64 = 0
    var last: UInt64 = 0
    var count: Int32 = -1
    var index: Int32 = -1
  }

  private let slots: [Slot]
  private let shift: UInt64

  /// Creates a table in which the index of a name is its index in `names`.
  init(_ names: [String]) {
    // The table is at most a quarter full, so most look-ups end at the first slot.
    let bits = max(4, UInt64(Int.bitWidth - (names.count * 4).leadingZeroBitCount))
    shift = 64 - bits
    var slots = [Slot](repeating: Slot(), count: 1 << bits)
    for (index, name) in names.enumerated() {
      let count = name.utf8.count
      precondition(count <= Self.longest, "\(name) is too long for a key table")
      name.withPaddedBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        let first = Self.firstWord(start, count)
        let last = count > 8 ? Self.word(start + count - 8) : 0
        var at = Int(truncatingIfNeeded: Self.hash(first, last, count) >> (64 - bits))
        while slots[at].count >= 0 { at = (at + 1) & (slots.count - 1) }
        slots[at] = Slot(
          first: first, second: count > 16 ? Self.word(start + 8) : 0, third: count > 24 ? Self.word(start + 16) : 0,
          last: last, count: Int32(count), index: Int32(index))
      }
    }
    self.slots = slots
  }

  @inline(__always)
  func index(of element: BSONElement) -> Int? { index(of: element.key) }

  /// Returns the index of a name. The seven bytes after `name` must be readable, as they are after keys and texts of a
  /// `BSONView`.
  @inline(__always)
  func index(of name: UnsafeRawBufferPointer) -> Int? {
    let count = name.count
    guard let start = name.baseAddress, count <= Self.longest else { return nil }
    let first = Self.firstWord(start, count)
    let last = count > 8 ? Self.word(start + count - 8) : 0
    var at = Int(truncatingIfNeeded: Self.hash(first, last, count) >> shift)
    while true {
      let slot = slots[at]
      if slot.count < 0 { return nil }
      if slot.first == first, slot.last == last, Int(slot.count) == count,
        count <= 16 || slot.second == Self.word(start + 8),
        count <= 24 || slot.third == Self.word(start + 16)
      {
        return Int(slot.index)
      }
      at = (at + 1) & (slots.count - 1)
    }
  }

  /// Returns the index of a name that does not come from a document.
  func index(of name: String) -> Int? { name.withPaddedBytes { index(of: $0) } }

  @inline(__always)
  private static func word(_ start: UnsafeRawPointer) -> UInt64 { start.loadUnaligned(as: UInt64.self) }

  @inline(__always)
  private static func firstWord(_ start: UnsafeRawPointer, _ count: Int) -> UInt64 {
    let word = word(start)
    return count >= 8 ? word : word & ((1 << UInt64(count &* 8)) &- 1)
  }

  @inline(__always)
  private static func hash(_ first: UInt64, _ last: UInt64, _ count: Int) -> UInt64 {
    let mixed = (first &+ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15 ^ last &* 0xC2B2_AE3D_27D4_EB4F
    return (mixed ^ mixed >> 29) &* 0x9E37_79B9_7F4A_7C15
  }
}

extension String {
  /// Calls `body` with the bytes of the text. The eight bytes after them are readable, as they are after keys in
  /// documents.
  func withPaddedBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    let count = utf8.count
    return withUnsafeTemporaryAllocation(byteCount: count + 8, alignment: 8) { buffer in
      buffer.initializeMemory(as: UInt8.self, repeating: 0)
      buffer.copyBytes(from: utf8)
      return body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
