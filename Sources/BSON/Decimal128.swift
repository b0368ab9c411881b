/// An IEEE 754-2008 decimal128 number in the binary integer format that BSON stores: a sign, up to 34 digits and an
/// exponent.
///
/// ```swift
/// let price = Decimal128(negative: false, coefficient: 1050, exponent: -2)  // 10.50
/// price?.doubleValue  // 10.5
/// ```
public struct Decimal128: Sendable, Hashable {
  public let low: UInt64
  public let high: UInt64

  /// The maximum number of digits in a coefficient.
  public static let maxDigits = 34
  static let exponents = -6176...6111
  private static let tenTo34: UInt128 = 10_000_000_000_000_000_000_000_000_000_000_000

  public init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// Creates exactly the number ±`coefficient` × 10^`exponent`, with its digits as given if they fit. Returns nil if no
  /// decimal128 has this value.
  public init?(negative: Bool, coefficient: UInt128, exponent: Int) {
    guard coefficient < Self.tenTo34 else { return nil }
    var digits = coefficient
    var power = exponent
    if digits == 0 { power = min(max(power, Self.exponents.lowerBound), Self.exponents.upperBound) }
    while power > Self.exponents.upperBound, digits < Self.tenTo34 / 10 {
      digits *= 10
      power -= 1
    }
    while power < Self.exponents.lowerBound, digits % 10 == 0 {
      digits /= 10
      power += 1
    }
    guard Self.exponents.contains(power) else { return nil }
    low = UInt64(truncatingIfNeeded: digits)
    let biased = UInt64(power - Self.exponents.lowerBound)
    high = (negative ? 1 << 63 : 0) | biased << 49 | UInt64(truncatingIfNeeded: digits >> 64)
  }

  public var isNegative: Bool { high >> 63 == 1 }

  /// The coefficient and the exponent; nil for infinities, NaN, and encodings that no program writes.
  public var parts: (coefficient: UInt128, exponent: Int)? {
    guard (high >> 61) & 3 != 3 else { return nil }
    let coefficient = UInt128(high & (1 << 49 - 1)) << 64 | UInt128(low)
    guard coefficient < Self.tenTo34 else { return (0, 0) }
    return (coefficient, Int((high >> 49) & 0x3FFF) + Self.exponents.lowerBound)
  }

  /// The nearest double; NaN if `parts` is nil.
  public var doubleValue: Double {
    guard let parts else { return .nan }
    return Double("\(isNegative ? "-" : "")\(parts.coefficient)e\(parts.exponent)") ?? .nan
  }
}
