import BSON
import Findings
import Foundation
import SeededRandom
import SourceText
import Testing

/// Numbers keep their decimal value in the narrowest type that holds it: int32, int64, double if it prints as the same
/// value, or decimal128.
struct ExactNumberTests {
  private func read(_ literal: String) throws -> BSONValue { try #require(try scan("{\"v\":\(literal)}").get()["v"]) }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("1", 1), ("-1", -1), ("999999999", 999_999_999), ("2147483647", .max),
      ("-2147483648", .min),
    ] as [(String, Int32)])
  func smallIntegers(literal: String, value: Int32) throws { #expect(try read(literal) == .int32(value)) }

  @Test(
    arguments: [
      ("2147483648", 2_147_483_648), ("-2147483649", -2_147_483_649), ("90000000001", 90_000_000_001),
      ("9007199254740993", 9_007_199_254_740_993), ("999999999999999999", 999_999_999_999_999_999),
      ("1000000000000000000", 1_000_000_000_000_000_000), ("9223372036854775806", .max - 1),
      ("9223372036854775807", .max), ("-9223372036854775807", .min + 1), ("-9223372036854775808", .min),
    ] as [(String, Int64)])
  func largeIntegers(literal: String, value: Int64) throws { #expect(try read(literal) == .int64(value)) }

  /// The bits are those of any IEEE 754 table.
  @Test(
    arguments: [
      ("0.0", 0), ("-0.0", 0x8000_0000_0000_0000), ("0e5", 0), ("-0e-400", 0x8000_0000_0000_0000),
      ("0e99999999999999999999", 0), ("1.0", 0x3FF0_0000_0000_0000), ("1e0", 0x3FF0_0000_0000_0000),
      ("1.000", 0x3FF0_0000_0000_0000), ("-1.5", 0xBFF8_0000_0000_0000), ("0.1", 0x3FB9_9999_9999_999A),
      ("0.10", 0x3FB9_9999_9999_999A), ("1e-1", 0x3FB9_9999_9999_999A), ("82.3", 0x4054_9333_3333_3333),
      ("1e22", 0x4480_F0CF_064D_D592), ("1e23", 0x44B5_2D02_C7E1_4AF6), ("123456789012345e-22", 0x3E4A_831B_D731_A260),
      ("9007199254740993.0", nil), ("9007199254740992.0", 0x4340_0000_0000_0000),
      ("1.7976931348623157e308", 0x7FEF_FFFF_FFFF_FFFF), ("2.2250738585072014e-308", 0x0010_0000_0000_0000),
      ("2.225073858507201e-308", 0x000F_FFFF_FFFF_FFFF), ("5e-324", 1), ("5.0E-324", 1), ("1e-323", 2),
      ("4.9406564584124654e-324", nil), ("2e-324", nil), ("1e-324", nil), ("1.8e308", nil), ("1e309", nil),
      ("1e400", nil), ("82.299999999999997", nil), ("0.1000000000000000055511151231257827", nil),
      ("0.30000000000000004", 0x3FD3_3333_3333_3334), ("0.30000000000000000", 0x3FD3_3333_3333_3333),
      ("100000000000000000000.0", 0x4415_AF1D_78B5_8C40), ("123456789012345678901234567890.5", nil),
    ] as [(String, UInt64?)])
  func aDoubleIsTakenOnlyWhereItPrintsBack(literal: String, bits: UInt64?) throws {
    let value = try read(literal)
    if let bits {
      #expect(value == .double(Double(bitPattern: bits)))
      guard case .double(let double) = value else { return }
      #expect(double.bitPattern == bits)
    } else {
      #expect(value.type == .decimal128)
    }
  }

  /// Digits and exponent as written.
  @Test(
    arguments: [
      ("9223372036854775808", "9223372036854775808", 0), ("-9223372036854775809", "-9223372036854775809", 0),
      ("18446744073709551616", "18446744073709551616", 0), ("99999999999999999999", "99999999999999999999", 0),
      ("123456789012345678901234567890", "123456789012345678901234567890", 0),
      ("1234567890123456789012345678901234", "1234567890123456789012345678901234", 0),
      ("-9999999999999999999999999999999999", "-9999999999999999999999999999999999", 0),
      ("82.299999999999997", "82299999999999997", -15), ("-82.299999999999997", "-82299999999999997", -15),
      ("1e400", "1", 400), ("-1.50e400", "-150", 398), ("1e6111", "1", 6111), ("1e-6176", "1", -6176),
      ("1e6144", "1000000000000000000000000000000000", 6111), ("10e-6177", "1", -6176),
      ("4.9406564584124654e-324", "49406564584124654", -340),
      ("3.141592653589793238462643383279502", "3141592653589793238462643383279502", -33),
      ("0.000000000000000000000000000000000000000001234567890123456789", "1234567890123456789", -60),
      ("12345678901234567890123456789012340.0", "1234567890123456789012345678901234", 1),
    ])
  func aDecimalKeepsEveryDigit(literal: String, coefficient: String, exponent: Int) throws {
    guard case .decimal128(let decimal) = try read(literal) else {
      Issue.record("not a decimal128")
      return
    }
    #expect(decimal.isNegative == coefficient.hasPrefix("-"))
    let parts = try #require(decimal.parts)
    #expect(String(parts.coefficient) == coefficient.drop { $0 == "-" })
    #expect(parts.exponent == exponent)
  }

  /// The C library's conversions show which literals are the shortest form of some double.
  @Test func randomLiteralsKeepTheirValueInTheRightType() throws {
    var random = Seeded(20_240_917)
    var seen: [BSONType: Int] = [:]
    for _ in 0..<12_000 {
      let literal = random.literal()
      let value: BSONValue
      switch scan("{\"v\":\(literal)}") {
      case .success(let document): value = try #require(document["v"])
      case .failure(let error):
        #expect(error.rule == .inexactNumber, "\(literal)")
        let isLongInteger = literal.count { $0.isNumber } > 34 && !literal.contains { ".eE".contains($0) }
        let value = Normal(literal)
        #expect(
          isLongInteger || value.digits.count > 34 || !(-6176...6111).contains(value.exponent), "\(literal)")
        continue
      }
      seen[value.type, default: 0] += 1
      switch value {
      case .int32(let v): #expect(Normal(literal) == Normal("\(v)") && !literal.contains { ".eE".contains($0) })
      case .int64(let v):
        #expect(Normal(literal) == Normal("\(v)") && Int32(exactly: v) == nil)
        #expect(!literal.contains { ".eE".contains($0) })
      case .double(let v): #expect(isShortest(v, of: literal), "\(literal)")
      case .decimal128(let v):
        let parts = try #require(v.parts)
        #expect(Normal("\(v.isNegative ? "-" : "")\(parts.coefficient)e\(parts.exponent)") == Normal(literal))
        #expect(!isShortest(strtod(literal, nil), of: literal) || Int64(literal) == nil, "\(literal)")
        if literal.contains(where: { ".eE".contains($0) }) {
          #expect(!isShortest(strtod(literal, nil), of: literal), "\(literal)")
        }
      default: Issue.record("\(literal) became \(value)")
      }
    }
    for type in [BSONType.int32, .int64, .double, .decimal128] { #expect(seen[type, default: 0] > 300, "\(type)") }
  }

  /// Returns whether the fewest digits that read as `double` have the literal's value.
  private func isShortest(_ double: Double, of literal: String) -> Bool {
    guard double.isFinite else { return false }
    for digits in 0..<17 {
      let printed = String(format: "%.\(digits)e", double)
      if strtod(printed, nil) == double { return Normal(printed) == Normal(literal) }
    }
    return false
  }
}

/// Returns a literal's value in a form in which equal values are equal: the digits without zeros at either end, and an
/// exponent.
private struct Normal: Equatable {
  let negative: Bool
  let digits: String
  let exponent: Int

  init(_ literal: String) {
    let halves = literal.lowercased().split(separator: "e")
    let mantissa = halves[0].filter { $0 != "-" && $0 != "+" }
    let fraction = mantissa.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first ?? ""
    var kept = mantissa.filter { $0 != "." }.drop { $0 == "0" }
    var power = (halves.count > 1 ? Int(halves[1]) ?? 0 : 0) - fraction.count
    while kept.last == "0" {
      kept.removeLast()
      power += 1
    }
    digits = String(kept)
    exponent = kept.isEmpty ? 0 : power
    negative = !kept.isEmpty && literal.hasPrefix("-")
  }
}

extension Seeded {
  /// Returns a number of any length as JSON may write it, often the digits of a double or close to them.
  fileprivate mutating func literal() -> String {
    let sign = below(2) == 0 ? "" : "-"
    switch below(6) {
    case 0: return sign + whole(1 + below(36))
    case 1: return sign + whole(1 + below(5)) + "." + digits(1 + below(20))
    case 2: return sign + whole(1 + below(20)) + "." + digits(1 + below(20)) + exponent(30)
    case 3: return sign + whole(1 + below(18)) + exponent(400)
    case 4:
      let double = Double(bitPattern: next() & 0x7FEF_FFFF_FFFF_FFFF)
      return sign + String(format: "%.\(12 + below(9))e", double)
    default: return sign + "\(Double(below(100_000_000)) / 1000)"
    }
  }

  private mutating func digits(_ count: Int) -> String {
    String((0..<count).map { _ in "0123456789".randomElement(using: &self) ?? "0" })
  }

  private mutating func whole(_ count: Int) -> String {
    let text = digits(count)
    return text.first == "0" ? "0" : text
  }

  private mutating func exponent(_ range: Int) -> String {
    ["e", "E", "e+", "e-", "E-"][below(5)] + "\(below(range))"
  }
}
