import BSON

/// An id that Strava gave: positive, at most 63 bits.
///
/// Takes integers, and the two guises that re-saving puts on ids: whole numbers with a fraction, and decimal text.
public struct StravaID: BSONLeaf, Encodable, Sendable, Hashable {
  public let value: Int64
  /// True where the id was not an integer in the input.
  public let wasResaved: Bool

  public init?(_ value: Int64) {
    self.init(value, wasResaved: false)
  }

  private init?(_ value: Int64?, wasResaved: Bool) {
    guard let value, value > 0 else { return nil }
    self.value = value
    self.wasResaved = wasResaved
  }

  public init?(_ field: BSONField) {
    if let whole = field.integer {
      self.init(whole)
    } else {
      self.init(Self.resaved(field), wasResaved: true)
    }
  }

  private static func resaved(_ field: BSONField) -> Int64? {
    if field.is(.double), let number = field.number { return Int64(exactly: number) }
    if let decimal = field.decimal { return decimal.wholeNumber }
    if let text = field.text { return digits(text) }
    return nil
  }

  /// Decimal digits only, no sign, no leading zero.
  static func digits(_ text: UnsafeRawBufferPointer) -> Int64? {
    guard let first = text.first, first != UInt8(ascii: "0") else { return nil }
    var value: Int64 = 0
    for byte in text {
      let digit = byte &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int64(digit))
      if overflow || carry { return nil }
      value = sum
    }
    return value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

extension Decimal128 {
  /// The number as an integer, where it is one and fits.
  var wholeNumber: Int64? {
    guard let (digits, power) = parts else { return nil }
    var coefficient = digits
    var exponent = coefficient == 0 ? 0 : power
    while exponent < 0, coefficient % 10 == 0 {
      coefficient /= 10
      exponent += 1
    }
    while exponent > 0, coefficient <= UInt128(UInt64.max) {
      coefficient *= 10
      exponent -= 1
    }
    guard exponent == 0, let magnitude = Int64(exactly: coefficient) else { return nil }
    return isNegative ? -magnitude : magnitude
  }
}
