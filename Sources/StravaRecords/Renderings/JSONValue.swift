import BSON

/// A JSON value for generating schemas and examples. Members keep their order.
public enum JSONValue: Sendable, Equatable {
  public struct Member: Sendable, Equatable {
    public var key: String
    public var value: JSONValue

    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  case object([Member])
  case array([JSONValue])
  case string(String)
  case int(Int64)
  case double(Double)
  case bool(Bool)
  case null

  static func strings(_ values: [String]) -> JSONValue { .array(values.map(JSONValue.string)) }

  /// Returns a number, which is written without a fraction if it is whole.
  static func number(_ value: Double) -> JSONValue { Int64(exactly: value).map(JSONValue.int) ?? .double(value) }

  /// Returns the value of a key; nil if it is missing.
  public subscript(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// Returns the object with additional members at its end. The object must not have any of them yet.
  func adding(_ other: JSONValue) -> JSONValue {
    guard case .object(let members) = self, case .object(let more) = other else {
      preconditionFailure("only objects have members")
    }
    precondition(members.allSatisfy { other[$0.key] == nil }, "a key comes twice: \(members.map(\.key))")
    return .object(members + more)
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member(key: $0.0, value: $0.1) })
  }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(nilLiteral: ()) { self = .null }
}

// MARK: Text

extension JSONValue {
  private static let width = 110

  /// The value as text on one line.
  public var compact: String {
    switch self {
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.key)): \($0.value.compact)" }.joined(separator: ", ") + "}"
    case .array(let elements): "[" + elements.map(\.compact).joined(separator: ", ") + "]"
    case .string(let value): Self.quoted(value)
    case .int(let value): String(value)
    case .double(let value): String(value)
    case .bool(let value): String(value)
    case .null: "null"
    }
  }

  /// The value as text, indented by two spaces, with a line break at the end. Values that fit on a line are not broken.
  public var text: String { indented(by: 0, from: 0) + "\n" }

  private func indented(by depth: Int, from column: Int) -> String {
    let line = compact
    if column + line.count <= Self.width { return line }
    let inner = String(repeating: " ", count: depth + 2)
    let lines: [String]
    let (opening, closing): (String, String)
    switch self {
    case .object(let members):
      (opening, closing) = ("{", "}")
      lines = members.map { member in
        let key = "\(inner)\(Self.quoted(member.key)): "
        return key + member.value.indented(by: depth + 2, from: key.count + 1)
      }
    case .array(let elements):
      (opening, closing) = ("[", "]")
      lines = elements.map { inner + $0.indented(by: depth + 2, from: depth + 3) }
    default: return line
    }
    return "\(opening)\n" + lines.joined(separator: ",\n") + "\n" + String(repeating: " ", count: depth) + closing
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\r": quoted += "\\r"
      case ..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

// MARK: BSON

extension JSONValue {
  /// The object as a document. Whole numbers are int32 if they fit; otherwise int64.
  public var document: BSONDocument {
    guard case .object(let members) = self else { preconditionFailure("a document is an object") }
    return BSONDocument { out in for member in members { out.append(name: member.key, member.value.bson) } }
  }

  private var bson: BSONValue {
    switch self {
    case .object: .document(document)
    case .array(let elements):
      .array(
        BSONDocument { out in
          for (index, element) in elements.enumerated() { out.append(name: String(index), element.bson) }
        })
    case .string(let value): .string(value)
    case .int(let value): Int32(exactly: value).map(BSONValue.int32) ?? .int64(value)
    case .double(let value): .double(value)
    case .bool(let value): .bool(value)
    case .null: .null
    }
  }
}
