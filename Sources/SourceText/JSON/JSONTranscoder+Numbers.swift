import BSON
import Findings

extension JSONTranscoder {
  /// Scans a number and appends it in the narrowest type that keeps it exactly: int32, int64, double (if it prints back
  /// to the same decimal value), decimal128. A number that fits none of them is an error. No number is rounded.
  ///
  /// Digits are read without a comparison with the end of the text: the bytes after the text are readable, and a record
  /// never ends in a number.
  @inline(__always)
  mutating func number(_ text: Span<UInt8>, _ at: inout Scan) throws(JSONError) -> BSONType {
    let first = at.p
    var p = first
    let negative = text[p] == UInt8(ascii: "-")
    if negative { p &+= 1 }
    let whole = p
    var digits = Self.digits(text, &p, after: 0)
    let wholeCount = p &- whole
    if wholeCount == 0 || wholeCount > 1 && text[whole] == 48 { throw noNumber(text, first, p) }
    if text[p] == UInt8(ascii: ".") {
      let fraction = p &+ 1
      p = fraction
      digits = Self.digits(text, &p, after: digits)
      let decimals = p &- fraction
      // This is Clinger's exact case: both the digits and the power of ten are doubles, and 15 digits print back
      // unchanged.
      guard wholeCount &+ decimals <= 19, digits < 1_000_000_000_000_000, decimals != 0,
        text[p] | 0x20 != UInt8(ascii: "e")
      else { return try longNumber(text, &at, p, digits, wholeCount, decimals) }
      at.p = p
      let d = Double(Int64(bitPattern: digits)) / powersOfTen[decimals]
      at.put(negative ? -d : d)
      return .double
    }
    guard wholeCount <= 18, text[p] | 0x20 != UInt8(ascii: "e") else {
      return try longNumber(text, &at, p, digits, wholeCount, 0)
    }
    at.p = p
    let v = negative ? 0 &- Int64(bitPattern: digits) : Int64(bitPattern: digits)
    if let narrow = Int32(exactly: v) {
      at.put(narrow)
      return .int32
    }
    at.put(v)
    return .int64
  }

  /// Scans the rest of a number that is long or has an exponent. Without its exponent, the number ends at `p`.
  @inline(never)
  private mutating func longNumber(
    _ text: Span<UInt8>, _ at: inout Scan, _ p: Int, _ digits: UInt64, _ wholeCount: Int, _ decimals: Int
  ) throws(JSONError) -> BSONType {
    let first = at.p
    let negative = text[first] == UInt8(ascii: "-")
    if text[p &- 1] == UInt8(ascii: ".") { throw noNumber(text, first, p) }
    at.p = p
    var exponent = 0 &- decimals
    if text[p] | 0x20 == UInt8(ascii: "e") {
      exponent += try self.exponent(text, &at, first)
    } else if decimals == 0 {
      return try longInteger(text, &at, first, negative, digits, wholeCount)
    }
    if wholeCount &+ decimals <= 19, let d = Self.exactDouble(digits, exponent) {
      at.put(negative ? -d : d)
      return .double
    }
    return try longDecimal(text, &at, first)
  }

  /// Returns the number that has the digits of `digits`, followed by the digits at `p`. The result is meaningless if
  /// there are more than 19.
  ///
  /// The scan ends within the text, whose last byte is not a digit.
  @inline(__always)
  private static func digits(_ text: Span<UInt8>, _ p: inout Int, after digits: UInt64) -> UInt64 {
    text.bytes.withUnsafeBytes {
      let start = $0.baseAddress.unsafelyUnwrapped
      var next = start + p
      var digits = digits
      var digit = next.load(as: UInt8.self) &- 48
      while digit <= 9 {
        digits = digits &* 10 &+ UInt64(digit)
        next += 1
        digit = next.load(as: UInt8.self) &- 48
      }
      p = next - start
      return digits
    }
  }

  /// Returns the double nearest to digits × 10^exponent if it is clear that it prints back to the same decimal. Returns
  /// nil if it does not, or if that needs a longer calculation.
  private static func exactDouble(_ digits: UInt64, _ exponent: Int) -> Double? {
    if digits < 1_000_000_000_000_000, exponent >= -22, exponent <= 22 {
      let whole = Double(Int64(bitPattern: digits))
      return exponent < 0 ? whole / powersOfTen[-exponent] : whole * powersOfTen[exponent]
    }
    return longExactDouble(digits, decimals: -exponent)
  }

  /// Returns the same for 16 and 17 digits, `decimals` of them after the point. Drivers print doubles in this form.
  ///
  /// A double prints as the shortest decimal that is read as it, and among those as the nearest. All calculations are
  /// in units of 1 / (2^shift × 10^places), in which doubles of this size and all decimals involved are integers.
  @inline(never)
  private static func longExactDouble(_ digits: UInt64, decimals: Int) -> Double? {
    guard digits < 100_000_000_000_000_000, digits % 10 != 0, 1...17 ~= decimals else { return nil }
    // The estimate is rounded twice, so it is at most two doubles away from the nearest one.
    let estimate = Double(digits) / powersOfTen[decimals]
    let shift = 52 - Int(estimate.exponent)
    guard shift >= 0 else { return nil }
    var significand = estimate.significandBitPattern | 1 << 52
    let scale = integerPowersOfTen[decimals]
    // This is the distance of the text above the double. It is only a few times `scale`, so 64 bits of both products
    // are enough.
    var near = Int64(bitPattern: digits << UInt64(shift) &- significand &* scale)
    let half = Int64(scale / 2)
    while near > half {
      significand += 1
      near -= Int64(scale)
    }
    while near < -half {
      significand -= 1
      near += Int64(scale)
    }
    // The text is at most halfway to the next double. Powers of two are excluded, because the doubles on one side of
    // them are nearer.
    guard significand > 1 << 52, significand < 1 << 53, near.magnitude != scale / 2 else { return nil }
    let (above, step) = (Int128(near), Int128(scale))
    let unit = Int128(1) << Int128(shift)
    let last = Int128(digits % 10)
    let (shorterBelow, shorterAbove) = (last * unit - above, (10 - last) * unit + above)
    guard -unit < 2 * above, 2 * above < unit, 2 * shorterBelow > step, 2 * shorterAbove > step else { return nil }
    return Double(significand) * Double(bitPattern: UInt64(1023 - shift) << 52)
  }

  /// Returns the error for the text at `first`, which is not a number because of its character at `p`.
  @inline(never)
  private func noNumber(_ text: Span<UInt8>, _ first: Int, _ p: Int) -> JSONError {
    if p >= end { return truncated("the record") }
    if p == first + 1, let word = foreign(text, first) { return JSONError(.syntax, at: p, word.message) }
    if text[p &- 1] &- 48 <= 9 { return JSONError(.syntax, at: first, "a number must not begin with an extra zero") }
    return JSONError(.syntax, at: p, "unexpected \(shown(text[p])) where a digit should be")
  }

  /// Reads the exponent at `at.p`. Its size is bounded, so that sums with it do not overflow.
  @inline(never)
  private mutating func exponent(_ text: Span<UInt8>, _ at: inout Scan, _ first: Int) throws(JSONError) -> Int {
    var p = at.p + 1
    var negative = false
    if p < end, text[p] == UInt8(ascii: "-") || text[p] == UInt8(ascii: "+") {
      negative = text[p] == UInt8(ascii: "-")
      p += 1
    }
    let start = p
    var e = 0
    while p < end {
      let d = text[p] &- 48
      if d > 9 { break }
      if e < 100_000_000 { e = e * 10 + Int(d) }
      p += 1
    }
    if p == start { throw noNumber(text, first, p) }
    at.p = p
    return negative ? -e : e
  }

  /// Appends an integer of more than 18 digits as an int64 or a decimal128.
  @inline(never)
  private mutating func longInteger(
    _ text: Span<UInt8>, _ at: inout Scan, _ first: Int, _ negative: Bool, _ digits: UInt64, _ count: Int
  ) throws(JSONError) -> BSONType {
    if count == 19, digits <= UInt64(Int64.max) + (negative ? 1 : 0) {
      at.put(negative ? 0 &- Int64(bitPattern: digits) : Int64(bitPattern: digits))
      return .int64
    }
    guard at.p < end else { throw truncated("the record") }
    guard count <= Decimal128.maxDigits else {
      throw JSONError(.inexactNumber, at: first, "the integer has \(count) digits; at most 34 can be stored exactly")
    }
    return try put(DecimalLiteral(text, first..<at.p), &at, first)
  }

  /// Appends a number that the fast calculations did not solve, as a double or a decimal128.
  @inline(never)
  private mutating func longDecimal(_ text: Span<UInt8>, _ at: inout Scan, _ first: Int) throws(JSONError) -> BSONType {
    guard at.p < end else { throw truncated("the record") }
    let literal = DecimalLiteral(text, first..<at.p)
    if let d = literal.exactDouble {
      at.put(d)
      return .double
    }
    return try put(literal, &at, first)
  }

  private mutating func put(_ literal: DecimalLiteral, _ at: inout Scan, _ first: Int) throws(JSONError) -> BSONType {
    guard let decimal = literal.decimal128 else {
      let overflows = literal.isHuge
      throw JSONError(
        .inexactNumber, at: first,
        overflows
          ? "the number exceeds the range of double and decimal128; some programs write such a number for infinity"
          : "the number can be stored exactly neither as a double nor as a decimal128")
    }
    at.put(decimal.low)
    at.put(decimal.high)
    return .decimal128
  }
}

/// A number in the form of its text. It is slow and exact, for literals that are too long for the fast calculations.
struct DecimalLiteral {
  private let text: String
  private var negative = false
  /// The digits as an integer, without leading and trailing zeros. It is meaningless if they do not fit.
  private var coefficient: UInt128 = 0
  /// The number of digits in the coefficient.
  private var kept = 0
  /// The number of zeros after these digits.
  private var zeros = 0
  /// The power of ten of the last digit as written.
  private var exponent = 0

  /// The number of digits that a coefficient can hold, whatever the digits are.
  private static let mostDigits = 38
  /// The maximum number of digits in the shortest text of a double.
  private static let mostOfDouble = 17

  init(_ span: Span<UInt8>, _ range: Range<Int>) {
    self.init(span.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
  }

  /// Reads a text that matches JSON's number grammar, or Swift's description of a finite double.
  init(_ text: String) {
    self.text = text
    var fraction = 0
    var isFraction = false
    var power: Substring.UTF8View?
    for (offset, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "-"): negative = true
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"): power = text.utf8.dropFirst(offset + 1)
      default:
        add(byte &- 48)
        if isFraction { fraction += 1 }
      }
      if power != nil { break }
    }
    // A power beyond the range of any type is bounded, so that sums with it do not overflow.
    let bound = 1 << 40
    let written = power.map { Int(Substring($0)) ?? ($0.first == UInt8(ascii: "-") ? -bound : bound) } ?? 0
    exponent = min(max(written, -bound), bound) - fraction
  }

  /// Appends one digit.
  private mutating func add(_ digit: UInt8) {
    if digit == 0 {
      if kept > 0 { zeros += 1 }
      return
    }
    kept += zeros + 1
    if kept <= Self.mostDigits {
      for _ in 0..<zeros { coefficient *= 10 }
      coefficient = coefficient * 10 + UInt128(digit)
    }
    zeros = 0
  }

  /// The power of ten of the coefficient's last digit.
  private var power: Int { kept == 0 ? 0 : exponent + zeros }

  /// The double that prints back to exactly this decimal value; nil if no double does.
  var exactDouble: Double? {
    guard kept <= Self.mostOfDouble, let d = Double(text), d.isFinite else { return nil }
    let printed = DecimalLiteral(d.description)
    return printed.coefficient == coefficient && printed.power == power ? d : nil
  }

  /// Whether the value is outside the range of every type, and not only too long.
  var isHuge: Bool { kept > 0 && power + kept > 6145 }

  /// The value with its digits as written, or without trailing zeros if these do not fit; nil if no decimal128 has this
  /// value.
  var decimal128: Decimal128? {
    guard kept <= Decimal128.maxDigits else { return nil }
    guard kept + zeros <= Decimal128.maxDigits else {
      return Decimal128(negative: negative, coefficient: coefficient, exponent: power)
    }
    let written = (0..<zeros).reduce(coefficient) { digits, _ in digits * 10 }
    return Decimal128(negative: negative, coefficient: written, exponent: exponent)
  }
}

// The tables are written out, so that the compiler puts them into the program and nothing is computed at the first use.
private let integerPowersOfTen: [UInt64] = [
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
  100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
]

private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]
