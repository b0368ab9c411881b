/// The source line around an error, with a caret below the place.
///
/// What stands before the error was read as JSON, so its classed values can be told and are masked; what stands behind
/// it was not, so only the rest of the offending token is shown, and nothing where the error is inside such a value.
enum Snippet {
  private static let before = 60
  private static let after = 16

  static func make(
    _ text: UnsafeRawBufferPointer, at offset: Int, classed: [Range<Int>], inClassed: Bool, isKey: Bool
  ) -> String {
    let place = min(offset, text.count)
    var start = place
    while start > 0, text[start - 1] != 0x0A, place - start < before { start -= 1 }
    while start > 0, start < place, text[start] & 0xC0 == 0x80 { start += 1 }
    var line: [UInt8] = []
    var at = start
    while at < place {
      if let mask = classed.first(where: { $0.contains(at) }) {
        line += Array("…".utf8)
        at = min(mask.upperBound, place)
      } else {
        line.append(isShown(text[at]) ? text[at] : UInt8(ascii: " "))
        at += 1
      }
    }
    let shown = start > 0 && text[start - 1] != 0x0A ? "…" : ""
    let head = shown + String(decoding: line, as: UTF8.self)
    // What begins with a quote may be a value, unless it is known for a key.
    var end = isKey ? min(place + 1, text.count) : place
    while !inClassed, end < text.count, end - place < after, text[end] != 0x0A, text[end] != UInt8(ascii: "\"") {
      end += 1
    }
    while end > place, end < text.count, text[end] & 0xC0 == 0x80 { end -= 1 }
    let tail = text[place..<end].map { isShown($0) ? $0 : UInt8(ascii: " ") }
    let column = head.unicodeScalars.count
    return head + String(decoding: tail, as: UTF8.self) + "\n" + String(repeating: " ", count: column) + "^"
  }

  private static func isShown(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F }
}
