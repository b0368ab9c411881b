import BSON

/// A number as its decimal digits.
struct PlainNumber: Equatable {
  let isNegative: Bool
  /// The significant digits, without zeros at either end; empty for zero.
  let digits: [UInt8]
  /// The power of ten after the last digit; 0 for zero.
  let exponent: Int
  /// The number of digits before the decimal point, as written.
  let wholeDigits: Int
  let isInteger: Bool

  static func == (a: PlainNumber, b: PlainNumber) -> Bool {
    a.digits == b.digits && a.exponent == b.exponent && (a.isNegative == b.isNegative || a.digits.isEmpty)
  }

  /// Returns nil if the text is not a JSON number.
  init?(json text: ArraySlice<UInt8>) {
    var rest = text
    func isDigit(_ byte: UInt8) -> Bool { 48...57 ~= byte }
    func digits() -> [UInt8] {
      let run = rest.prefix(while: isDigit)
      rest = rest.dropFirst(run.count)
      return Array(run)
    }
    func take(_ characters: String) -> UInt8? {
      guard let first = rest.first, characters.utf8.contains(first) else { return nil }
      rest = rest.dropFirst()
      return first
    }
    let isNegative = take("-") != nil
    let whole = digits()
    guard !whole.isEmpty, whole.count == 1 || whole[0] != 48 else { return nil }
    var fraction: [UInt8] = []
    var power = 0
    var isInteger = true
    if take(".") != nil {
      fraction = digits()
      isInteger = false
      guard !fraction.isEmpty else { return nil }
    }
    if take("eE") != nil {
      let sign = take("+-")
      let size = digits()
      isInteger = false
      guard !size.isEmpty else { return nil }
      // Eighteen digits are far beyond every type, and far from the limit of Int.
      power = Int(String(decoding: size.drop { $0 == 48 }.prefix(18), as: UTF8.self)) ?? 0
      if sign == UInt8(ascii: "-") { power = -power }
    }
    guard rest.isEmpty else { return nil }
    self.init(isNegative: isNegative, whole: whole, fraction: fraction, power: power, isInteger: isInteger)
  }

  private init(isNegative: Bool, whole: [UInt8], fraction: [UInt8], power: Int, isInteger: Bool) {
    let all = (whole + fraction).map { $0 - 48 }
    let end = all.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    self.isNegative = isNegative
    self.isInteger = isInteger
    digits = Array(all[..<end].drop { $0 == 0 })
    exponent = digits.isEmpty ? 0 : power - fraction.count + all.count - end
    wholeDigits = whole.count
  }

  /// The number as the double prints it.
  init?(_ double: Double) {
    guard double.isFinite else { return nil }
    self.init(json: Array(double.description.utf8)[...])
  }

  /// True if BSON has a type for the number.
  var canBeKept: Bool {
    if isInteger { return wholeDigits <= 34 }
    return isDouble || fitsDecimal128
  }

  /// True if some double prints as this number.
  var isDouble: Bool {
    let text = String(decoding: digits.map { $0 + 48 }, as: UTF8.self)
    guard let double = Double("\(isNegative ? "-" : "")\(digits.isEmpty ? "0" : text)e\(exponent)"), double.isFinite
    else { return false }
    return PlainNumber(double) == self
  }

  private var fitsDecimal128: Bool {
    digits.isEmpty || digits.count <= 34 && exponent >= -6176 && digits.count + exponent <= 6111 + 34
  }

  /// Returns whether a stored value is this number, in the type that it should have.
  func isKept(as value: BSONField) -> Bool {
    guard isInteger else {
      if isDouble { return value.is(.double) && value.number.flatMap { PlainNumber($0) } == self }
      return value.decimal.map(isKept) ?? false
    }
    let text = "\(isNegative ? "-" : "")" + (digits.isEmpty ? "0" : wholeText)
    if let narrow = Int32(text) { return value.is(.int32) && value.integer == Int64(narrow) }
    if let wide = Int64(text) { return value.is(.int64) && value.integer == wide }
    return value.decimal.map(isKept) ?? false
  }

  private var wholeText: String {
    String(decoding: digits.map { $0 + 48 }, as: UTF8.self) + String(repeating: "0", count: exponent)
  }

  private func isKept(as decimal: Decimal128) -> Bool {
    guard let (coefficient, power) = decimal.parts else { return false }
    let stored = PlainNumber(
      isNegative: decimal.isNegative, whole: Array(String(coefficient).utf8), fraction: [], power: power,
      isInteger: false)
    return stored == self
  }
}
