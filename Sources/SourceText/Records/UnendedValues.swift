/// What the framer has learned about text in which a value does not end. Without it, each record inside such a value
/// would be scanned up to the same position, which may be megabytes after the record.
struct UnendedValues {
  /// The offsets in the input of values that break off.
  private var starts: Set<Int> = []
  /// The maximum number of offsets that are kept for one value. The values after them are found again.
  private static let most = 1 << 16
  /// A range of the input in which no line with this indent begins a record.
  private var lines: (range: Range<Int>, indent: Int)?

  /// Returns whether the value at an offset is known to break off.
  func holds(_ start: Int) -> Bool { !starts.isEmpty && starts.contains(start) }

  /// Records the values in a text that are still open at its end.
  ///
  /// - Parameters:
  ///   - text: the text from the beginning of a value up to where its brackets or its string break off.
  ///   - offset: the offset of the text in the input.
  mutating func note(_ text: UnsafeRawBufferPointer, at offset: Int) {
    var open: [Int] = []
    // This is the number of levels below those that are kept.
    var deeper = 0
    var inString = false
    var at = 0
    while at < text.count {
      switch text[at] {
      case UInt8(ascii: "\""): inString.toggle()
      case UInt8(ascii: "\\") where inString: at += 1
      case UInt8(ascii: "{") where !inString, UInt8(ascii: "[") where !inString:
        if open.count < Self.most { open.append(at) } else { deeper += 1 }
      case UInt8(ascii: "}") where !inString, UInt8(ascii: "]") where !inString:
        if deeper > 0 { deeper -= 1 } else { _ = open.popLast() }
      default: break
      }
      at += 1
    }
    // The framer does not go back to text before this offset. Text can be read in two ways from an offset, which may or
    // may not be in a string, and the limit leaves space for what is known about both.
    if starts.count + open.count > 4 * Self.most { starts = starts.filter { $0 >= offset } }
    if starts.count > 3 * Self.most { starts.removeAll() }
    starts.formUnion(open.lazy.map { $0 + offset })
  }

  /// Returns the offset up to which no line with the indent begins a record, for a search that begins at `start`.
  /// Returns `start` if nothing is known.
  func lineless(_ start: Int, indent: Int) -> Int {
    guard let lines, lines.indent == indent, lines.range.contains(start) else { return start }
    return lines.range.upperBound
  }

  /// Records that no line with the indent begins a record in a range.
  mutating func noteLineless(from start: Int, to end: Int, indent: Int) {
    guard start < end else { return }
    if let lines, lines.indent == indent, lines.range.contains(start) {
      self.lines = (lines.range.lowerBound..<max(end, lines.range.upperBound), indent)
    } else {
      lines = (start..<end, indent)
    }
  }
}
