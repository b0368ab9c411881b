/// Numbers as decimal text, each exact: what is read back from it is the number it was.
extension ByteBuffer {
  public mutating func append(text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  public mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// - Parameter width: digits at least; zeros fill up.
  public mutating func append(digits value: UInt64, width: Int = 1) {
    if value < 10, width <= 1 { return append(UInt8(truncatingIfNeeded: 48 &+ value)) }
    var count = 1
    var left = value
    while left >= 100 {
      left /= 100
      count &+= 2
    }
    if left >= 10 { count &+= 1 }
    count = max(count, width)
    reserve(count)
    self.count &+= count
    var end = base + self.count
    var rest = value
    // Two at a time: there are half as many divisions, each of which waits for the last.
    while count > 1 {
      let (more, two) = rest.quotientAndRemainder(dividingBy: 100)
      end -= 2
      let tens = two / 10
      // Little endian: the tens come first.
      end.storeBytes(of: UInt16(truncatingIfNeeded: 0x3030 &+ tens &+ (two &- tens &* 10) &<< 8), as: UInt16.self)
      rest = more
      count &-= 2
    }
    if count > 0 { (end - 1).storeBytes(of: UInt8(truncatingIfNeeded: 48 &+ rest % 10), as: UInt8.self) }
  }

  @inline(__always)
  public mutating func append(decimal value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(digits: value.magnitude)
  }

  /// The shortest text that reads back as this double, always with a fraction or an exponent, as Swift describes one.
  ///
  /// Finite ones only.
  public mutating func append(shortest value: Double) {
    if !append(value, inPartsOf: 1000, places: 3), !append(value, inPartsOf: 1_000_000, places: 6) {
      append(text: value.description)
    }
  }

  /// Appends a double that is a whole number of thousandths, or of millionths, of 15 digits at most: the only decimal of
  /// so few digits near this double, so no shorter one reads back as it either.
  ///
  /// - Returns: false, and nothing is written, for others, and below a thousandth, where an exponent may be shorter.
  @inline(__always)
  private mutating func append(_ value: Double, inPartsOf scale: UInt64, places: Int) -> Bool {
    let parts = (value * Double(scale)).rounded()
    guard Double(scale / 1000)..<1e15 ~= parts.magnitude, parts / Double(scale) == value else { return false }
    if value < 0 { append(UInt8(ascii: "-")) }
    var (whole, part) = UInt64(parts.magnitude).quotientAndRemainder(dividingBy: scale)
    append(digits: whole)
    append(UInt8(ascii: "."))
    var width = places
    while width > 1, part % 10 == 0 {
      part /= 10
      width -= 1
    }
    append(digits: part, width: width)
    return true
  }

  /// All digits of a decimal and its exponent, as it is stored, so that a reader who gives integers of 64 bits and
  /// decimals different types has a decimal again.
  ///
  /// - Returns: false, and nothing is written, for infinities and NaN.
  public mutating func append(exact value: Decimal128) -> Bool {
    guard let (coefficient, exponent) = value.parts else { return false }
    if value.isNegative { append(UInt8(ascii: "-")) }
    let digits = String(coefficient)
    // A point where it needs few zeros, else an exponent, and neither for what no 64 bits hold.
    let limit = UInt128(Int64.max) + (value.isNegative ? 1 : 0)
    if exponent == 0, coefficient > limit {
      append(text: digits)
    } else if exponent < 0, exponent >= -digits.utf8.count - 5 {
      let padded = String(repeating: "0", count: max(0, 1 - exponent - digits.utf8.count)) + digits
      append(text: String(padded.dropLast(-exponent)))
      append(UInt8(ascii: "."))
      append(text: String(padded.suffix(-exponent)))
    } else {
      append(text: digits)
      append(UInt8(ascii: "E"))
      append(decimal: Int64(exponent))
    }
    return true
  }

  /// Base64 (RFC 4648) with padding.
  public mutating func append(base64 bytes: UnsafeRawBufferPointer) {
    let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    reserve((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let held = min(3, bytes.count - start)
      var word: UInt32 = 0
      for place in 0..<3 { word = word << 8 | (place < held ? UInt32(bytes[start + place]) : 0) }
      for place in 0..<4 {
        put(place <= held ? alphabet.utf8Start[Int(word >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
      }
    }
  }

  /// Two lower-case hexadecimal digits a byte.
  public mutating func append(hexadecimal bytes: UnsafeRawBufferPointer) {
    let digits: StaticString = "0123456789abcdef"
    reserve(bytes.count * 2)
    for byte in bytes {
      put(digits.utf8Start[Int(byte >> 4)])
      put(digits.utf8Start[Int(byte & 15)])
    }
  }

  /// The 16 bytes of a UUID as 8-4-4-4-12 lower-case hexadecimal digits.
  public mutating func append(uuid bytes: UnsafeRawBufferPointer) {
    for (place, part) in [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].enumerated() {
      if place > 0 { append(UInt8(ascii: "-")) }
      append(hexadecimal: UnsafeRawBufferPointer(rebasing: bytes[part]))
    }
  }
}
