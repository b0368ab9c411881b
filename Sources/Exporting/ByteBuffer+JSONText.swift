import BSON
import Mongo
import SourceText

/// BSON values as JSON text, written straight from their bytes.
///
/// Dates are written as ISO 8601 with milliseconds, object ids and UUIDs in their usual text form, bytes as Base64, and
/// an envelope as `{"$sealed": Base64}`. Doubles always have a fraction or an exponent, and decimals have all their
/// digits. A value that JSON cannot represent (NaN, a regular expression, a date in the year 12000) is an object of
/// canonical Extended JSON: nothing is rounded or left out.
extension ByteBuffer {
  mutating func append(json value: BSONField) {
    if let text = value.text { return append(jsonText: text) }
    if let number = value.integer { return append(decimal: number) }
    switch BSONType(rawValue: value.type) {
    case .double:
      let number = value.base.loadUnaligned(as: Double.self)
      if number.isFinite { append(shortest: number) } else { append(extendedJSON: value) }
    case .bool: append(text: value.bool == true ? "true" : "false")
    case .null: append(text: "null")
    case .document: append(jsonObject: BSONView(value.base))
    case .array: append(jsonArray: BSONView(value.base))
    case .objectID:
      append(UInt8(ascii: "\""))
      append(hexadecimal: UnsafeRawBufferPointer(start: value.base, count: 12))
      append(UInt8(ascii: "\""))
    case .date: append(jsonDate: BSONDate(milliseconds: value.base.loadUnaligned(as: Int64.self)), value)
    case .decimal128:
      if value.decimal.map({ append(exact: $0) }) != true { append(extendedJSON: value) }
    case .binary: append(jsonBinary: value)
    default: append(extendedJSON: value)
    }
  }

  mutating func append(jsonObject document: BSONView) {
    append(UInt8(ascii: "{"))
    var isFirst = true
    for element in document {
      append(jsonKey: element, isFirst: isFirst)
      append(json: element.value)
      isFirst = false
    }
    append(UInt8(ascii: "}"))
  }

  /// Appends a member's name and colon, and the comma before it.
  @inline(__always)
  mutating func append(jsonKey element: BSONElement, isFirst: Bool) {
    if !isFirst { append(UInt8(ascii: ",")) }
    append(jsonText: element.key)
    append(UInt8(ascii: ":"))
  }

  private mutating func append(jsonArray array: BSONView) {
    append(UInt8(ascii: "["))
    var isFirst = true
    for element in array {
      if !isFirst { append(UInt8(ascii: ",")) }
      append(json: element.value)
      isFirst = false
    }
    append(UInt8(ascii: "]"))
  }

  private mutating func append(jsonDate date: BSONDate, _ value: BSONField) {
    let civil = date.civil
    guard 0...9999 ~= civil.year else { return append(extendedJSON: value) }
    append(UInt8(ascii: "\""))
    append(civil: civil, alwaysMilliseconds: true)
    append(UInt8(ascii: "\""))
  }

  private mutating func append(jsonBinary value: BSONField) {
    guard let (subtype, bytes) = value.binary else { return }
    if subtype == BinarySubtype.sealed { append(text: #"{"$sealed":"#) }
    append(UInt8(ascii: "\""))
    if subtype == BinarySubtype.uuid, bytes.count == 16 {
      append(uuid: bytes)
    } else {
      append(base64: bytes)
    }
    append(UInt8(ascii: "\""))
    if subtype == BinarySubtype.sealed { append(UInt8(ascii: "}")) }
  }

  private mutating func append(extendedJSON value: BSONField) {
    append(text: ExtendedJSON.canonical(value))
  }

  // MARK: Strings

  /// Appends a text in quotes, with only the escapes that JSON requires.
  ///
  /// - Parameter text: A key or text of a document, whose buffer has readable bytes after it.
  mutating func append(jsonText text: UnsafeRawBufferPointer) {
    reserve(text.count + 2)
    put(UInt8(ascii: "\""))
    let copied = putPlain(text)
    if copied < text.count { append(escaping: UnsafeRawBufferPointer(rebasing: text[copied...])) }
    append(UInt8(ascii: "\""))
  }

  private mutating func append(escaping text: UnsafeRawBufferPointer) {
    var clean = 0
    for (at, byte) in text.enumerated() where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
      append(UnsafeRawBufferPointer(rebasing: text[clean..<at]))
      append(jsonEscapeOf: byte)
      clean = at + 1
    }
    append(UnsafeRawBufferPointer(rebasing: text[clean...]))
  }

  private mutating func append(jsonEscapeOf byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append(text: "\\\"")
    case UInt8(ascii: "\\"): append(text: "\\\\")
    case 0x08: append(text: "\\b")
    case 0x09: append(text: "\\t")
    case 0x0A: append(text: "\\n")
    case 0x0C: append(text: "\\f")
    case 0x0D: append(text: "\\r")
    default:
      append(text: "\\u00")
      withUnsafeBytes(of: byte) { append(hexadecimal: $0) }
    }
  }
}
