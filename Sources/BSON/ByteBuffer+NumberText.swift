/// Functions that append numbers as decimal text. The text is exact: a reader gets the same number back.
extension ByteBuffer {
  public mutating func append(text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  public mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends an unsigned integer.
  ///
  /// - Parameter width: the minimum number of digits. Leading zeros fill the rest.
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
    // Two digits are written at a time, which halves the number of divisions. Each division has to wait for the
    // previous one.
    while count > 1 {
      let (more, two) = rest.quotientAndRemainder(dividingBy: 100)
      end -= 2
      let tens = two / 10
      // In little-endian order, the tens come first.
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

  /// Appends the shortest text that reads back as this double, which must be finite. Like Swift's `description`, the
  /// text always has a fraction or an exponent.
  public mutating func append(shortest value: Double) {
    if !append(value, inPartsOf: 1000, decimals: 3), !append(value, inPartsOf: 1_000_000, decimals: 6) {
      append(text: value.description)
    }
  }

  /// Appends a double that is a whole number of thousandths or millionths with at most 15 digits. This is the only
  /// decimal with so few digits near the double, so no shorter decimal reads back as it.
  ///
  /// - Returns: false, without writing anything, for other doubles, and for those below a thousandth, for which an
  ///   exponent may be shorter.
  @inline(__always)
  private mutating func append(_ value: Double, inPartsOf scale: UInt64, decimals: Int) -> Bool {
    let parts = (value * Double(scale)).rounded()
    guard Double(scale / 1000)..<1e15 ~= parts.magnitude, parts / Double(scale) == value else { return false }
    if value < 0 { append(UInt8(ascii: "-")) }
    var (whole, part) = UInt64(parts.magnitude).quotientAndRemainder(dividingBy: scale)
    append(digits: whole)
    append(UInt8(ascii: "."))
    var width = decimals
    while width > 1, part % 10 == 0 {
      part /= 10
      width -= 1
    }
    append(digits: part, width: width)
    return true
  }

  /// Appends all digits of a decimal and its exponent, as it is stored. A reader that has different types for 64-bit
  /// integers and decimals gets a decimal again.
  ///
  /// - Returns: false, without writing anything, for infinities and NaN.
  public mutating func append(exact value: Decimal128) -> Bool {
    guard let (coefficient, exponent) = value.parts else { return false }
    if value.isNegative { append(UInt8(ascii: "-")) }
    let digits = String(coefficient)
    // An integer that does not fit 64 bits is written as it is. Other numbers get a decimal point if that needs few
    // zeros, otherwise an exponent.
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

  /// Appends bytes as base64 (RFC 4648) with padding.
  public mutating func append(base64 bytes: UnsafeRawBufferPointer) {
    let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    reserve((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let held = min(3, bytes.count - start)
      var word: UInt32 = 0
      for index in 0..<3 { word = word << 8 | (index < held ? UInt32(bytes[start + index]) : 0) }
      for index in 0..<4 {
        put(index <= held ? alphabet.utf8Start[Int(word >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
      }
    }
  }

  /// Appends bytes as lower-case hexadecimal text, two digits per byte.
  public mutating func append(hexadecimal bytes: UnsafeRawBufferPointer) {
    let digits: StaticString = "0123456789abcdef"
    reserve(bytes.count * 2)
    for byte in bytes {
      put(digits.utf8Start[Int(byte >> 4)])
      put(digits.utf8Start[Int(byte & 15)])
    }
  }

  /// Appends the 16 bytes of a UUID as lower-case hexadecimal digits in the form 8-4-4-4-12.
  public mutating func append(uuid bytes: UnsafeRawBufferPointer) {
    for (index, part) in [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].enumerated() {
      if index > 0 { append(UInt8(ascii: "-")) }
      append(hexadecimal: UnsafeRawBufferPointer(rebasing: bytes[part]))
    }
  }
}
