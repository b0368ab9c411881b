import BSON
import StoreAccess
import Testing

/// Values are ordered as MongoDB orders them ("Comparison/Sort Order" in its manual).
struct OrderedValueTests {
  /// Each value is less than all that follow it.
  private static let ascending: [BSONValue] = [
    .other(type: .minKey, []), .other(type: .undefined, []), .null,
    .double(.nan), .double(-.infinity), .int64(.min), .double(-2.5), .int32(-2),
    .decimal128(decimal(-1, exponent: -6000)), .int32(0), .decimal128(decimal(1, exponent: -6000)),
    .decimal128(decimal(1, exponent: -1)), .double(0.1), .int32(1), .double(1.5), .int64(9_007_199_254_740_992),
    .int64(9_007_199_254_740_993), .decimal128(decimal(90_071_992_547_409_935, exponent: -1)),
    .double(9_007_199_254_740_994), .int64(.max), .double(9_223_372_036_854_775_808),
    .decimal128(decimal(1, exponent: 400)), .double(.infinity),
    .string(""), .string("A"), .string("AA"), .string("Zoe\u{301}"), .string("a"), .string("é"),
    .document(BSONDocument()), .document(BSONDocument { $0.append("b", Int32(1)) }),
    .document(BSONDocument { $0.append("b", Int32(2)) }), .document(BSONDocument { $0.append("c", Int32(0)) }),
    .document(BSONDocument { $0.append("a", "text") }),
    .array(BSONDocument { $0.append("0", Int32(1)) }),
    .binary(subtype: 0, []), .binary(subtype: 0, [9]), .binary(subtype: 4, [1]), .binary(subtype: 0, [0, 0]),
    .objectID(id("000000000000000000000001")), .objectID(id("ff0000000000000000000000")),
    .bool(false), .bool(true), .date(BSONDate(milliseconds: -1)), .date(BSONDate(milliseconds: 0)),
    .other(type: .timestamp, [1, 0, 0, 0, 0, 0, 0, 0]), .other(type: .timestamp, [0, 0, 0, 0, 0, 0, 0, 0xFF]),
    .other(type: .regex, Array("a\0\0".utf8)), .other(type: .regex, Array("a\0i\0".utf8)),
    .other(type: .regex, Array("ab\0\0".utf8)),
    .other(type: .javaScript, [2, 0, 0, 0, 0x61, 0]), .other(type: .javaScript, [2, 0, 0, 0, 0x62, 0]),
    .other(type: .scopedJavaScript, [15, 0, 0, 0, 2, 0, 0, 0, 0x61, 0, 5, 0, 0, 0, 0]),
    .other(type: .maxKey, []),
  ]

  private static func id(_ hex: String) -> ObjectID { ObjectID(hex: hex)! }

  private static func decimal(_ digits: Int64, exponent: Int) -> Decimal128 {
    Decimal128(negative: digits < 0, coefficient: UInt128(digits.magnitude), exponent: exponent)!
  }

  @Test func everyValueHasItsPlace() throws {
    let values = Self.ascending.map { OrderedValue($0) }
    for (i, a) in values.enumerated() {
      for (j, b) in values.enumerated() {
        #expect((a < b) == (i < j) && (a == b) == (i == j), "\(Self.ascending[i]) and \(Self.ascending[j])")
      }
    }
  }

  @Test func numbersAreWhatTheyAreWorth() throws {
    let equal: [[BSONValue]] = [
      [
        .int32(5), .int64(5), .double(5), .decimal128(Self.decimal(5, exponent: 0)),
        .decimal128(Self.decimal(500, exponent: -2)),
      ],
      [.int32(0), .double(-0.0), .decimal128(Self.decimal(0, exponent: 300))],
      [.double(.nan), .decimal128(Decimal128(low: 0, high: 0x7C00_0000_0000_0000))],
      [.double(-.infinity), .decimal128(Decimal128(low: 0, high: 0xF800_0000_0000_0000))],
      [.double(0.5), .decimal128(Self.decimal(5, exponent: -1))],
    ]
    for group in equal {
      for a in group { for b in group { #expect(OrderedValue(a) == OrderedValue(b), "\(a) and \(b)") } }
    }
  }
}
