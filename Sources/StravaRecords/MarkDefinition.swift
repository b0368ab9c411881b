import BSON

/// The definition of a mark by the members that show it.
struct MarkDefinition: Sendable {
  typealias Look = @Sendable (BSONField) -> Bool

  /// The keys that show the mark by the shape of their value, without examining the value.
  var keys: [String] = []
  var shapes: ValueShapes = .present
  /// The keys whose value must be examined.
  var lookedAt: [String] = []
  var look: Look?
  /// The condition on the value, or on the object as a whole, in words.
  var condition: String?

  static func keys(_ keys: String..., as shapes: ValueShapes = .present) -> MarkDefinition {
    MarkDefinition(keys: keys, shapes: shapes)
  }

  static func inside(
    _ keys: [String], or others: [String] = [], _ condition: String, _ look: @escaping Look
  ) -> MarkDefinition {
    MarkDefinition(keys: others, shapes: .plain, lookedAt: keys, look: look, condition: condition)
  }

  /// Returns the definition of a mark that all members together show. `Marks` evaluates it.
  static func whole(_ condition: String) -> MarkDefinition { MarkDefinition(condition: condition) }
}

/// The shape of a value, as far as its first bytes determine it.
enum ValueShape: UInt8, CaseIterable {
  case null, scalar, text, emptyText, object, array, empty

  /// The size of a table with an entry for each shape.
  static let count = 8

  @inline(__always)
  init(_ value: BSONField) {
    switch value.type {
    case 0x0A: self = .null
    case 0x02: self = value.isEmptyText ? .emptyText : .text
    case 0x03: self = BSONView(value.base).isEmpty ? .empty : .object
    case 0x04: self = BSONView(value.base).isEmpty ? .empty : .array
    default: self = .scalar
    }
  }
}

struct ValueShapes: OptionSet, Sendable {
  let rawValue: UInt8

  init(rawValue: UInt8) { self.rawValue = rawValue }
  private init(_ shapes: ValueShape...) { rawValue = shapes.reduce(0) { $0 | 1 << $1.rawValue } }

  func contains(_ shape: ValueShape) -> Bool { rawValue >> shape.rawValue & 1 != 0 }

  static let any = ValueShapes(rawValue: .max)
  static let present = ValueShapes(rawValue: .max ^ 1)
  /// The shapes of values that are neither an object nor an array.
  static let plain = ValueShapes(.scalar, .text, .emptyText)
  static let number = ValueShapes(.scalar)
  static let text = ValueShapes(.text)
  static let object = ValueShapes(.object)
  static let list = ValueShapes(.array)
  static let empty = ValueShapes(.empty)
  /// The shapes of texts, objects and arrays that are not empty.
  static let filled = ValueShapes(.text, .object, .array)
  static let content = ValueShapes(.scalar, .text, .object, .array)

  /// The shapes in words, for the documentation; nil for any value but null.
  var words: String? {
    switch self {
    case .any: "null or not"
    case .plain: "not an object or a list"
    case .number: "a number"
    case .text: "a text"
    case .object: "an object"
    case .list: "a list"
    case .empty: "an empty list"
    case .filled, .content: "not empty"
    default: nil
    }
  }
}

/// A set of marks, with one bit for each.
struct MarkSet: Sendable, Equatable {
  static let most = UInt128.bitWidth + UInt64.bitWidth

  private var low: UInt128 = 0
  private var high: UInt64 = 0

  static let none = MarkSet([])

  init(_ marks: [Mark]) { for mark in marks { insert(mark) } }

  /// The marks in the order of their declaration.
  var marks: [Mark] { Mark.allCases.filter(contains) }

  @inline(__always)
  mutating func insert(_ mark: Mark) {
    let number = Self.number(mark)
    if number < UInt128.bitWidth { low |= 1 &<< UInt128(number) } else { high |= 1 &<< UInt64(number - 128) }
  }
  @inline(__always)
  mutating func formUnion(_ other: MarkSet) {
    low |= other.low
    high |= other.high
  }

  @inline(__always)
  func contains(_ mark: Mark) -> Bool {
    let number = Self.number(mark)
    return number < UInt128.bitWidth ? low >> UInt128(number) & 1 != 0 : high >> UInt64(number - 128) & 1 != 0
  }
  @inline(__always)
  func holdsAll(_ other: MarkSet) -> Bool { low & other.low == other.low && high & other.high == other.high }
  @inline(__always)
  func holdsAny(_ other: MarkSet) -> Bool { low & other.low != 0 || high & other.high != 0 }
  @inline(__always)
  func count(of other: MarkSet) -> Int {
    (low & other.low).nonzeroBitCount + (high & other.high).nonzeroBitCount
  }

  /// The memory of an enumeration without associated values is the index of its case.
  @inline(__always)
  private static func number(_ mark: Mark) -> Int { Int(withUnsafeBytes(of: mark) { $0.first ?? 0 }) }
}

extension BSONField {
  @inline(__always)
  fileprivate var isEmptyText: Bool { base.loadUnaligned(as: Int32.self) <= 1 }
}
