/// The source line around an error, with a caret below the position.
enum Snippet {
  /// The maximum number of bytes that are shown before the position.
  private static let before = 60
  /// The maximum number of bytes of a token that are shown after the position.
  private static let after = 16
  /// The maximum number of bytes of a value that are shown.
  private static let longest = 40
  /// The text that replaces what is not shown.
  private static let mask = Array("…".utf8)

  /// Returns the snippet of text that is not JSON. The text before the error was read as JSON, so its values are known
  /// and masked. The text after it was not, so only the offending token is shown, unless it may be a value that is
  /// masked.
  static func make(_ text: UnsafeRawBufferPointer, at offset: Int, _ context: JSONContext, isKey: Bool) -> String {
    let position = min(offset, text.count)
    var end = position
    if position < text.count, isKey || showsToken(text[position...], context.wordMask) {
      end += 1
      // A punctuation mark is a token by itself, because a value may follow it too.
      let isWord = isKey || !endsToken(text[position])
      while isWord, end < text.count, end - position < after, !endsToken(text[end]) { end += 1 }
    }
    while end > position, end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
    return joined(head(text, before: position, masked: context.masked), shown(text[position..<end]))
  }

  private static func showsToken(_ text: Slice<UnsafeRawBufferPointer>, _ mask: KeyMask?) -> Bool {
    // A token that begins with a quote may be a value.
    guard let first = text.first, !quotes.contains(first), mask != .everything else { return false }
    if endsToken(first) || mask == nil { return true }
    return mask == .texts && isNumberOrLiteral(text.prefix { !endsToken($0) })
  }

  /// The words that programs write for values that are not texts, as JSON or not.
  private static let literals = [
    "true", "tru", "false", "fals", "null", "nul", "nil", "NULL", "None", "True", "False", "NaN", "nan", "Infinity",
    "-Infinity", "inf", "-inf", "undefined",
  ]

  static func isNumberOrLiteral(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let first = text.first else { return false }
    if first &- 48 <= 9 || numberSigns.contains(first), text.allSatisfy({ $0 &- 48 <= 9 || numberSigns.contains($0) }) {
      return true
    }
    return literals.contains { text.elementsEqual($0.utf8) }
  }

  private static let numberSigns = Array("+-.eE".utf8)

  /// Returns the snippet of a value in valid JSON: the value, or its bracket, and the text before it on the line.
  static func ofValue(_ text: UnsafeRawBufferPointer, _ value: Range<Int>, _ context: JSONContext) -> String {
    let head = head(text, before: value.lowerBound, masked: context.masked)
    if context.wordMask == .everything { return joined(head, "…") }
    guard let first = value.first.map({ text[$0] }) else { return joined(head, "") }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      return joined(head, String(Unicode.Scalar(first)))
    }
    if context.wordMask == .value { return joined(head, "…") }
    var end = min(value.upperBound, value.lowerBound + longest)
    while end > value.lowerBound, end < value.upperBound, text[end] & 0xC0 == 0x80 { end -= 1 }
    return joined(head, shown(text[value.lowerBound..<end]) + (end < value.upperBound ? "…" : ""))
  }

  /// Returns the snippet of a cell of a table, with the name of its column.
  ///
  /// - Parameter text: the text of the cell; nil if it is masked.
  static func ofCell(_ column: String, _ text: String?) -> String {
    let cut = text.map { $0.utf8.count > longest ? String($0.prefix(longest)) + "…" : $0 } ?? "…"
    return joined(shown(column) + ": ", shown(cut))
  }

  private static func shown(_ text: String) -> String { Array(text.utf8).withUnsafeBytes { shown($0[...]) } }

  private static let quotes = Array("\"'".utf8)

  private static func endsToken(_ byte: UInt8) -> Bool {
    byte <= 0x20 || quotes.contains(byte) || ",:={}[]".utf8.contains(byte)
  }

  private static func joined(_ head: String, _ tail: String) -> String {
    head + tail + "\n" + String(repeating: " ", count: head.unicodeScalars.count) + "^"
  }

  /// Returns the line up to the position, without its beginning if it is long.
  private static func head(
    _ text: UnsafeRawBufferPointer, before position: Int, masked: [Range<Int>]
  ) -> String {
    var start = position
    while start > 0, text[start - 1] != 0x0A, position - start < before { start -= 1 }
    while start > 0, start < position, text[start] & 0xC0 == 0x80 { start += 1 }
    var line: [UInt8] = []
    var at = start
    while at < position {
      if let hidden = masked.first(where: { $0.contains(at) }) {
        line += mask
        at = min(hidden.upperBound, position)
      } else {
        line.append(isShown(text[at]) ? text[at] : UInt8(ascii: " "))
        at += 1
      }
    }
    let isCut = start > 0 && text[start - 1] != 0x0A && !line.starts(with: mask)
    return String(decoding: (isCut ? mask : []) + line, as: UTF8.self)
  }

  private static func shown(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    String(decoding: bytes.map { isShown($0) ? $0 : UInt8(ascii: " ") }, as: UTF8.self)
  }

  private static func isShown(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F }
}
