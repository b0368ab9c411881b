/// The last letters of keys that have a class, two and three of them. A key that ends in other letters, in whatever case, has
/// none, whatever it spells.
///
/// A walk over many keys holds the value: what asks for the shared one takes longer than the answer.
public struct ClassedEndings: @unchecked Sendable {  // Its memory is written once, and never freed.
  public static var shared: ClassedEndings { ClassedKeys.shared.endings }

  /// A bit for each three letters, at five bits a letter. Letters count from 1; 0 in the place of the first stands for
  /// any byte.
  @usableFromInline let bits: UnsafePointer<UInt64>

  /// - Parameter names: each ends in three letters.
  init(of names: [String]) {
    let words = (1 << 15) / UInt64.bitWidth
    let bits = UnsafeMutablePointer<UInt64>.allocate(capacity: words)
    bits.initialize(repeating: 0, count: words)
    for name in names {
      let letters = name.utf8.suffix(3).reversed().reduce(0) { $0 << 8 | UInt32($1) & 0x1F }
      for place in [Self.place(letters), Self.place(letters & 0x1F_1F_00)] {
        bits[place >> 6] |= 1 << UInt64(place & 63)
      }
    }
    self.bits = UnsafePointer(bits)
  }

  /// - Parameter key: with a readable byte behind it.
  /// - Returns: true also where the last two bytes of the key are not letters.
  @inlinable @inline(__always)
  public func mayEnd(_ key: UnsafeRawBufferPointer) -> Bool {
    guard let start = key.baseAddress, key.count >= 3 else { return false }
    let word = (start + key.count - 3).loadUnaligned(as: UInt32.self)
    let letters = word & 0x1F_1F_1F
    // Letters have this bit. So have signs that no name holds, and '_', which would be the 31st letter.
    let isLetter = word & ~((letters &+ 0x01_01_01) &<< 1) & 0x40_40_40
    if isLetter & 0x40_40_00 != 0x40_40_00 { return true }
    let place = Self.place(isLetter == 0x40_40_40 ? letters : letters & 0x1F_1F_00)
    return bits[place >> 6] >> UInt64(place & 63) & 1 != 0
  }

  @inlinable @inline(__always)
  static func place(_ letters: UInt32) -> Int {
    Int(letters & 0x1F | letters >> 3 & 0x3E0 | letters >> 6 & 0x7C00)
  }
}
