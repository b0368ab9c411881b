import BSON

/// Finds a key among a fixed set of names without making a string of it: detection, checks and sensitivity classes
/// look up every key of every record.
///
/// Names have at most 32 bytes and are distinguished by their words: the first two and the third where they have as
/// many, and their last eight bytes.
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

  /// A name's index is its place in `names`.
  init(_ names: [String]) {
    // At most a quarter full: most look-ups end at the first slot.
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

  /// The seven bytes behind `name` must be readable, as they are behind keys and texts of a `BSONView`.
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

  /// For names that did not come out of a document.
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
  /// Calls `body` with the text's bytes. The eight bytes behind them can be read too, as behind keys in documents.
  func withPaddedBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    let count = utf8.count
    return withUnsafeTemporaryAllocation(byteCount: count + 8, alignment: 8) { room in
      room.initializeMemory(as: UInt8.self, repeating: 0)
      room.copyBytes(from: utf8)
      return body(UnsafeRawBufferPointer(rebasing: room[..<count]))
    }
  }
}
