import BSON
import Foundation

/// A value of a document that is compared as a server sorts values: first by type, strings byte by byte, and numbers of
/// all types by their numeric value. MongoDB's manual describes the order under “Comparison/Sort Order”.
package struct OrderedValue: Sendable, Comparable {
  /// A document of one element, with an empty key.
  private let holder: BSONDocument

  package init(_ field: BSONField) { holder = BSONDocument { $0.append("", field) } }
  package init(_ value: BSONValue) { holder = BSONDocument { $0.append(name: "", value) } }

  /// The value that a missing field sorts as.
  static let missing = OrderedValue(.null)
  /// The value that an empty array sorts as among the keys of an index.
  static let emptyArray = OrderedValue(.other(type: .undefined, []))

  package var value: BSONValue { holder[""] ?? .null }

  package static func == (a: OrderedValue, b: OrderedValue) -> Bool { order(a, b) == 0 }
  package static func < (a: OrderedValue, b: OrderedValue) -> Bool { order(a, b) < 0 }

  private static func order(_ a: OrderedValue, _ b: OrderedValue) -> Int {
    a.holder.withView { a in b.holder.withView { b in BSONOrder.of(a, b) } }
  }
}

/// A comparison of values without copies. The result is negative, zero or positive, like that of `memcmp`.
private enum BSONOrder {
  /// Compares documents element by element; if all elements are equal, the shorter document sorts first.
  static func of(_ a: BSONView, _ b: BSONView) -> Int {
    var (left, right) = (a.makeIterator(), b.makeIterator())
    while true {
      guard let x = left.next() else { return right.next() == nil ? 0 : -1 }
      guard let y = right.next() else { return 1 }
      let types = rank(x.value) - rank(y.value)
      if types != 0 { return types }
      let names = of(x.key, y.key)
      if names != 0 { return names }
      let values = of(x.value, y.value)
      if values != 0 { return values }
    }
  }

  /// Compares values of types that have the same position in the order.
  private static func of(_ a: BSONField, _ b: BSONField) -> Int {
    switch BSONType(rawValue: a.type) {
    case .double, .int32, .int64, .decimal128: numbers(a, b)
    case .string, .symbol, .javaScript: of(text(a), text(b))
    case .document, .array: of(BSONView(a.base), BSONView(b.base))
    case .binary: binaries(a, b)
    case .objectID, .bool, .regex: of(bytes(a), bytes(b))
    case .date: sign(a.base.loadUnaligned(as: Int64.self), b.base.loadUnaligned(as: Int64.self))
    case .timestamp: sign(a.base.loadUnaligned(as: UInt64.self), b.base.loadUnaligned(as: UInt64.self))
    case .dbPointer: a.size == b.size ? of(bytes(a), bytes(b)) : a.size - b.size
    case .scopedJavaScript: scoped(a, b)
    case .minKey, .maxKey, .null, .undefined, nil: 0
    }
  }

  private static func rank(_ field: BSONField) -> Int {
    switch BSONType(rawValue: field.type) {
    case .minKey: 0
    case .undefined: 1
    case .null: 2
    case .double, .int32, .int64, .decimal128: 3
    case .string, .symbol: 4
    case .document: 5
    case .array: 6
    case .binary: 7
    case .objectID: 8
    case .bool: 9
    case .date: 10
    case .timestamp: 11
    case .regex: 12
    case .dbPointer: 13
    case .javaScript: 14
    case .scopedJavaScript: 15
    case .maxKey, nil: 16
    }
  }

  private static func sign<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a > b ? 1 : 0 }

  private static func of(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    for (x, y) in zip(a, b) where x != y { return Int(x) - Int(y) }
    return a.count - b.count
  }

  private static func bytes(_ field: BSONField) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: field.base, count: field.size)
  }

  /// Returns the bytes of a string or of code, without the length before them and the NUL after them.
  private static func text(_ field: BSONField) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes(field)[4..<(field.size - 1)])
  }

  private static func binaries(_ a: BSONField, _ b: BSONField) -> Int {
    guard let a = a.binary, let b = b.binary else { return 0 }
    if a.bytes.count != b.bytes.count { return a.bytes.count - b.bytes.count }
    return a.subtype == b.subtype ? of(a.bytes, b.bytes) : Int(a.subtype) - Int(b.subtype)
  }

  /// Compares code, and then the document of its variables.
  private static func scoped(_ a: BSONField, _ b: BSONField) -> Int {
    func parts(_ field: BSONField) -> (code: UnsafeRawBufferPointer, scope: BSONView) {
      let count = Int(field.base.loadUnaligned(fromByteOffset: 4, as: Int32.self))
      return (
        UnsafeRawBufferPointer(start: field.base + 8, count: count - 1), BSONView(field.base + 8 + count)
      )
    }
    let (x, y) = (parts(a), parts(b))
    let code = of(x.code, y.code)
    return code == 0 ? of(x.scope, y.scope) : code
  }

  private static func numbers(_ a: BSONField, _ b: BSONField) -> Int {
    if let x = a.integer, let y = b.integer { return sign(x, y) }
    let (x, y) = (nearest(a), nearest(b))
    // NaN sorts before all other numbers.
    if x.isNaN || y.isNaN { return sign(x.isNaN ? 0 : 1, y.isNaN ? 0 : 1) }
    if x != y || x.isInfinite { return sign(x, y) }
    return sign(Digits(a), Digits(b))
  }

  /// Returns the nearest double, which may be infinite.
  private static func nearest(_ field: BSONField) -> Double {
    if let decimal = field.decimal, decimal.parts == nil, (decimal.high >> 58) & 0x1F == 0x1E {
      return decimal.isNegative ? -.infinity : .infinity
    }
    guard let number = field.number else { return .nan }
    // A decimal can be finite and beyond every double.
    guard number.isInfinite, field.decimal != nil else { return number }
    return number < 0 ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude
  }
}

/// A finite number as its sign and 34 digits, which represents any decimal and any integer of a document exactly. A
/// double is rounded to these digits, as in a server that compares it with a decimal.
private struct Digits: Comparable {
  private static let least: UInt128 = 1_000_000_000_000_000_000_000_000_000_000_000

  private var sign = 0
  private var exponent = 0
  /// The digits as a whole number: from `least` to less than ten times that value, and 0 only for zero.
  private var coefficient: UInt128 = 0

  init(_ field: BSONField) {
    if let whole = field.integer {
      self.init(isNegative: whole < 0, coefficient: UInt128(whole.magnitude), exponent: 0)
    } else if let decimal = field.decimal {
      let parts = decimal.parts ?? (0, 0)
      self.init(isNegative: decimal.isNegative, coefficient: parts.coefficient, exponent: parts.exponent)
    } else {
      let text = String(format: "%.33e", (field.number ?? 0).magnitude)
      let halves = text.split(separator: "e")
      self.init(
        isNegative: (field.number ?? 0) < 0, coefficient: UInt128(halves[0].replacing(".", with: "")) ?? 0,
        exponent: (Int(halves[1]) ?? 0) - 33)
    }
  }

  private init(isNegative: Bool, coefficient: UInt128, exponent: Int) {
    guard coefficient > 0 else { return }
    sign = isNegative ? -1 : 1
    self.coefficient = coefficient
    self.exponent = exponent
    while self.coefficient < Self.least {
      self.coefficient *= 10
      self.exponent -= 1
    }
  }

  static func < (a: Digits, b: Digits) -> Bool {
    if a.sign != b.sign { return a.sign < b.sign }
    let (less, more) = a.sign < 0 ? (b, a) : (a, b)
    return (less.exponent, less.coefficient) < (more.exponent, more.coefficient)
  }
}
