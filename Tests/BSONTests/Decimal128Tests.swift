import BSON
import Testing

@Suite("decimal128")
struct Decimal128Tests {
  // The expected words, high and low, are those of PyMongo's bson.Decimal128(text).bid in little-endian order.
  @Test(
    "bits are those of another implementation",
    arguments: [
      (false, UInt128(0), 0, UInt64(0x3040_0000_0000_0000), UInt64(0)),
      (true, 0, 0, 0xB040_0000_0000_0000, 0),
      (false, 1, 0, 0x3040_0000_0000_0000, 1),
      (false, 15, -1, 0x303E_0000_0000_0000, 15),
      (true, 82_299_999_999_999_997, -15, 0xB022_0000_0000_0000, 0x0124_6369_F903_BFFD),
      (
        false, 9_999_999_999_999_999_999_999_999_999_999_999, 6111, 0x5FFF_ED09_BEAD_87C0, 0x378D_8E63_FFFF_FFFF
      ),
      (false, 1, -6176, 0, 1),
    ])
  func bits(negative: Bool, coefficient: UInt128, exponent: Int, high: UInt64, low: UInt64) throws {
    let decimal = try #require(Decimal128(negative: negative, coefficient: coefficient, exponent: exponent))
    #expect(decimal.high == high)
    #expect(decimal.low == low)
    #expect(decimal.isNegative == negative)
    #expect(decimal.parts?.coefficient == coefficient)
    #expect(decimal.parts?.exponent == exponent)
  }

  @Test("what does not fit exactly is refused, what can be shifted is")
  func limits() {
    let most: UInt128 = 9_999_999_999_999_999_999_999_999_999_999_999
    #expect(Decimal128(negative: false, coefficient: most + 1, exponent: 0) == nil)
    #expect(Decimal128(negative: false, coefficient: most, exponent: 6112) == nil)
    #expect(Decimal128(negative: false, coefficient: 1, exponent: -6177) == nil)
    let padded = Decimal128(negative: false, coefficient: 1, exponent: 6144)
    #expect(padded?.parts?.exponent == 6111)
    #expect(padded?.parts?.coefficient == 1_000_000_000_000_000_000_000_000_000_000_000)
    #expect(Decimal128(negative: false, coefficient: 1, exponent: 6145) == nil)
    #expect(Decimal128(negative: false, coefficient: 10, exponent: -6177)?.parts?.coefficient == 1)
  }

  @Test("the nearest double")
  func doubles() {
    #expect(Decimal128(negative: true, coefficient: 15, exponent: -1)?.doubleValue == -1.5)
    #expect(Decimal128(negative: false, coefficient: 1, exponent: 400)?.doubleValue == .infinity)
    #expect(Decimal128(low: 0, high: 0x7C00_0000_0000_0000).doubleValue.isNaN)
  }
}
