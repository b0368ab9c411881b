import BSON

/// An id that Strava assigned: a positive integer of at most 63 bits.
///
/// Besides integers, two forms that other programs write when they save ids are accepted: whole numbers with a fraction
/// of zero, and decimal text.
public struct StravaID: BSONLeaf, Encodable, Sendable, Hashable {
  public let value: Int64
  /// Whether the id in the input was not an integer.
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

  /// Reads an id from decimal digits, without sign and without leading zero.
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
  /// The number as an integer; nil if it has a fraction or does not fit.
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
