/// What the framer has learnt of text in which a value does not end. Without it each record inside such a value would be
/// followed to the same place, which may be megabytes behind it.
struct UnendedValues {
  /// Where values begin that break off, as offsets in the input.
  private var starts: Set<Int> = []
  /// So many of one value are kept; those behind them are found again.
  private static let most = 1 << 16
  /// No line of this indent begins a record here.
  private var lines: (range: Range<Int>, indent: Int)?

  func holds(_ start: Int) -> Bool { !starts.isEmpty && starts.contains(start) }

  /// - Parameters:
  ///   - text: from the beginning of a value to where its brackets or its string break off.
  ///   - offset: of the text in the input.
  mutating func note(_ text: UnsafeRawBufferPointer, at offset: Int) {
    var open: [Int] = []
    // Levels below those that are kept.
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
    // Nobody goes back to what is in front of here. There are two ways to read on from a place, since it may be in a
    // string, and the limit leaves space for what is known of both.
    if starts.count + open.count > 4 * Self.most { starts = starts.filter { $0 >= offset } }
    if starts.count > 3 * Self.most { starts.removeAll() }
    starts.formUnion(open.lazy.map { $0 + offset })
  }

  /// Up to where no line of the indent begins a record that is looked for from `start` on; `start` where nothing is known.
  func lineless(_ start: Int, indent: Int) -> Int {
    guard let lines, lines.indent == indent, lines.range.contains(start) else { return start }
    return lines.range.upperBound
  }

  mutating func noteLineless(from start: Int, to end: Int, indent: Int) {
    guard start < end else { return }
    if let lines, lines.indent == indent, lines.range.contains(start) {
      self.lines = (lines.range.lowerBound..<max(end, lines.range.upperBound), indent)
    } else {
      lines = (start..<end, indent)
    }
  }
}
