/// The last two and three letters of keys that have a sensitivity class. A key that ends in other letters, in either
/// case, has no class.
///
/// Code that checks many keys keeps a copy of the value, because accessing the shared value takes longer than the
/// check.
public struct ClassedEndings: @unchecked Sendable {  // Its memory is written once, and never freed.
  public static var shared: ClassedEndings { ClassedKeys.shared.endings }

  /// A bit for each combination of three letters, with five bits per letter. Letters count from 1; 0 for the first
  /// letter means any byte.
  @usableFromInline let bits: UnsafePointer<UInt64>

  /// - Parameter names: names that each end in three letters.
  init(of names: [String]) {
    let words = (1 << 15) / UInt64.bitWidth
    let bits = UnsafeMutablePointer<UInt64>.allocate(capacity: words)
    bits.initialize(repeating: 0, count: words)
    for name in names {
      let letters = name.utf8.suffix(3).reversed().reduce(0) { $0 << 8 | UInt32($1) & 0x1F }
      for bitIndex in [Self.bitIndex(letters), Self.bitIndex(letters & 0x1F_1F_00)] {
        bits[bitIndex >> 6] |= 1 << UInt64(bitIndex & 63)
      }
    }
    self.bits = UnsafePointer(bits)
  }

  /// Returns whether a key may have a class because of its last letters.
  ///
  /// - Parameter key: the key, which must be followed by one readable byte.
  /// - Returns: true also if the last two bytes of the key are not letters.
  @inlinable @inline(__always)
  public func mayEnd(_ key: UnsafeRawBufferPointer) -> Bool {
    guard let start = key.baseAddress, key.count >= 3 else { return false }
    let word = (start + key.count - 3).loadUnaligned(as: UInt32.self)
    let letters = word & 0x1F_1F_1F
    // Letters have this bit. So have characters that no name contains, and '_', which would be the 31st letter.
    let isLetter = word & ~((letters &+ 0x01_01_01) &<< 1) & 0x40_40_40
    if isLetter & 0x40_40_00 != 0x40_40_00 { return true }
    let bitIndex = Self.bitIndex(isLetter == 0x40_40_40 ? letters : letters & 0x1F_1F_00)
    return bits[bitIndex >> 6] >> UInt64(bitIndex & 63) & 1 != 0
  }

  @inlinable @inline(__always)
  static func bitIndex(_ letters: UInt32) -> Int {
    Int(letters & 0x1F | letters >> 3 & 0x3E0 | letters >> 6 & 0x7C00)
  }
}
