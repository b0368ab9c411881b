/// A simple JSON reader (RFC 8259) that goes byte by byte and returns a tree; the transcoder is compared with it. It
/// shares no code with the transcoder, and accepts what import accepts (docs/schema.md, "One verdict").
indirect enum PlainJSON {
  case object([(key: [UInt8], value: PlainJSON)])
  case array([PlainJSON])
  case string([UInt8])
  case number(PlainNumber)
  case bool(Bool)
  case null

  /// Returns the object in the text, or nil if import refuses the text.
  /// - Parameter deepest: The maximum number of nested objects and arrays.
  static func object(_ text: [UInt8], deepest: Int) -> PlainJSON? {
    var reader = Reader(text: text, deepest: deepest)
    reader.skipSpace()
    guard reader.peek == UInt8(ascii: "{"), let value = reader.value(level: 0) else { return nil }
    reader.skipSpace()
    return reader.at == text.count ? value : nil
  }

  private struct Reader {
    let text: [UInt8]
    let deepest: Int
    var at = 0

    var peek: UInt8? { at < text.count ? text[at] : nil }

    mutating func skipSpace() {
      while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    mutating func take(_ word: String) -> Bool {
      guard text[at...].starts(with: word.utf8) else { return false }
      at += word.utf8.count
      return true
    }

    mutating func value(level: Int) -> PlainJSON? {
      switch peek {
      case UInt8(ascii: "{"): return level < deepest ? object(level: level + 1) : nil
      case UInt8(ascii: "["): return level < deepest ? array(level: level + 1) : nil
      case UInt8(ascii: "\""): return string().map(PlainJSON.string)
      case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
      case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
      case UInt8(ascii: "n"): return take("null") ? .null : nil
      default: return number().map(PlainJSON.number)
      }
    }

    private mutating func object(level: Int) -> PlainJSON? {
      var members: [(key: [UInt8], value: PlainJSON)] = []
      at += 1
      skipSpace()
      if take("}") { return .object([]) }
      while true {
        guard peek == UInt8(ascii: "\""), let key = string(), !key.contains(0) else { return nil }
        skipSpace()
        guard !members.contains(where: { $0.key == key }), take(":") else { return nil }
        skipSpace()
        guard let value = value(level: level) else { return nil }
        members.append((key, value))
        skipSpace()
        if take("}") { return .object(members) }
        guard take(",") else { return nil }
        skipSpace()
      }
    }

    private mutating func array(level: Int) -> PlainJSON? {
      var elements: [PlainJSON] = []
      at += 1
      skipSpace()
      if take("]") { return .array([]) }
      while true {
        guard let value = value(level: level) else { return nil }
        elements.append(value)
        skipSpace()
        if take("]") { return .array(elements) }
        guard take(",") else { return nil }
        skipSpace()
      }
    }

    private mutating func string() -> [UInt8]? {
      at += 1
      var units: [UInt8] = []
      while let byte = peek {
        at += 1
        switch byte {
        case UInt8(ascii: "\""): return String(validating: units, as: UTF8.self) == nil ? nil : units
        case 0..<0x20: return nil
        case UInt8(ascii: "\\"):
          guard let scalar = escape() else { return nil }
          units += Array(String(Character(scalar)).utf8)
        default: units.append(byte)
        }
      }
      return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
      guard let byte = peek else { return nil }
      at += 1
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
      case UInt8(ascii: "b"): return "\u{8}"
      case UInt8(ascii: "f"): return "\u{C}"
      case UInt8(ascii: "n"): return "\n"
      case UInt8(ascii: "r"): return "\r"
      case UInt8(ascii: "t"): return "\t"
      case UInt8(ascii: "u"):
        guard let first = hex() else { return nil }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\u"), let second = hex(), 0xDC00...0xDFFF ~= second else { return nil }
        return Unicode.Scalar((first - 0xD800) * 0x400 + (second - 0xDC00) + 0x10000)
      default: return nil
      }
    }

    private mutating func hex() -> UInt32? {
      guard at + 4 <= text.count else { return nil }
      let digits = text[at..<at + 4]
      guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }) else { return nil }
      at += 4
      return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func number() -> PlainNumber? {
      let start = at
      while let byte = peek, Array("0123456789+-.eE".utf8).contains(byte) { at += 1 }
      return PlainNumber(json: text[start..<at]).flatMap { $0.canBeKept ? $0 : nil }
    }
  }
}
