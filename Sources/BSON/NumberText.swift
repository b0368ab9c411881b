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
    var limit: UInt64 = 10
    while count < 20, value >= limit {
      count += 1
      limit = count < 20 ? limit &* 10 : .max
    }
    count = max(count, width)
    reserve(count)
    self.count += count
    var place = base + self.count
    var rest = value
    for _ in 0..<count {
      place -= 1
      place.storeBytes(of: UInt8(truncatingIfNeeded: 48 &+ rest % 10), as: UInt8.self)
      rest /= 10
    }
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
    // A whole number of thousandths of 15 digits at most: the only decimal of so few digits near this double, so no
    // shorter one reads back as it either.
    let thousandths = (value * 1000).rounded()
    guard 1..<1e15 ~= thousandths.magnitude, thousandths / 1000 == value else {
      return append(text: value.description)
    }
    if value < 0 { append(UInt8(ascii: "-")) }
    let (whole, part) = UInt64(thousandths.magnitude).quotientAndRemainder(dividingBy: 1000)
    append(digits: whole)
    append(UInt8(ascii: "."))
    if part % 100 == 0 {
      append(digits: part / 100)
    } else if part % 10 == 0 {
      append(digits: part / 10, width: 2)
    } else {
      append(digits: part, width: 3)
    }
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
