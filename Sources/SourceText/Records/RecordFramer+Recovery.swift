import Findings

/// Recovery after text that cannot be framed. An unclosed string or bracket includes the text that follows it, so the
/// search for the next record begins at the start of the broken one.
extension RecordFramer {
  /// The maximum number of nested wrappers without an end that are opened to find the complete records in them.
  private static let deepestOpened = 12
  /// The maximum number of bytes in the head of an object, by which its siblings are recognized.
  private static let longestHead = 256

  /// Skips a broken value up to the next record.
  mutating func recover() -> Step {
    knownHead()
    let wanted = indent ?? siblingIndent
    // If only the beginning of a line is accepted, the search continues after the text that is known to contain no such
    // line.
    var scanned = wanted.map { max(p, unended.lineless(p + window.base.offset, indent: $0) - window.base.offset) } ?? p
    while true {
      let (found, upTo) = nextStart(from: p, scanned: scanned, indent: wanted)
      if let found, found.at - p <= framing.maxRecord {
        skip(to: found)
        return .more
      }
      if window.count - p > framing.maxRecord { return withoutSibling(upTo: p + framing.maxRecord, isEnd: false) }
      scanned = upTo
      if let wanted { noteLineless(upTo: scanned, wanted) }
      let before = p
      switch fill() {
      case nil: scanned -= before - p
      case .cut: return .cut
      default:
        if let wanted { noteLineless(upTo: window.count, wanted) }
        return withoutSibling(upTo: window.count, isEnd: true)
      }
    }
  }

  private mutating func noteLineless(upTo end: Int, _ indent: Int) {
    unended.noteLineless(from: p + window.base.offset, to: end + window.base.offset, indent: indent)
  }

  private mutating func skip(to found: Beginning) {
    let start = p
    expectElement()
    appendLost(start..<found.at, isOpened: false)
    if let last = contexts.indices.last { contexts[last].expecting = .anything }
    begin(at: found, after: start)
  }

  private mutating func appendLost(_ range: Range<Int>, isOpened: Bool) {
    let objects = LostObjects.count(in: window.buffer.bytes(range), like: [])
    append(range)
    oddities.append((range.lowerBound, .lost(objects: max(1, objects), isOpened: isOpened)))
  }

  /// Handles broken text after which no line begins as it does. Its siblings may be on the same line. Or it may be a
  /// wrapper, whose members are then examined one by one.
  private mutating func withoutSibling(upTo end: Int, isEnd: Bool) -> Step {
    let bytes = window.buffer.bytes(0..<end)
    if let found = sameKey(bytes, from: p, in: p + 1..<end) {
      skip(to: found)
    } else if contexts.count < min(framing.maxNesting, Self.deepestOpened),
      isContainer(p..<min(end, p + framing.maxWhole))
    {
      expectElement()
      push(isArray: false)
    } else {
      expectElement()
      appendLost(p..<end, isOpened: true)
      if isEnd { endsTruncated = true } else { passing = Passing(start: window.position(of: p), bytes: 0) }
    }
    return .more
  }

  /// Returns whether a text that looks like one endless value contains a line that begins as the value does, after the
  /// end of a sibling. Then it is many values, and the first of them does not end.
  func beginsAgain(_ seen: Range<Int>, isRecord: Bool) -> Bool {
    let isAlone = contexts.isEmpty
    // In an array whose elements begin their lines without indent, the inner records of a container may look the same.
    guard let indent, isAlone || isRecord || indent > 0 else { return false }
    let bytes = window.buffer.bytes(0..<seen.upperBound)
    let sibling = isAlone ? UInt8(ascii: "}") : UInt8(ascii: ",")
    var from = seen.lowerBound + 1
    while let line = nextLine(bytes, in: from..<bytes.count, indent: indent).found {
      let before = bytes[seen.lowerBound..<line.at].last { $0 > 0x20 }
      if bytes[line.at] == UInt8(ascii: "{"), before == sibling { return true }
      from = line.at
    }
    return false
  }

  /// Searches for the next line that begins as the broken record does. If the broken record was not first on its line,
  /// searches for the next object that begins like a sibling too, and returns whichever comes first.
  ///
  /// - Returns: the beginning, or nil and the offset up to which the search was unsuccessful.
  private func nextStart(
    from start: Int, scanned: Int, indent wanted: Int?
  ) -> (found: Beginning?, upTo: Int) {
    let bytes = window.buffer.bytes(0..<window.count)
    let from = max(scanned, start + 1)
    guard wanted == nil else { return nextLine(bytes, in: from..<bytes.count, indent: wanted) }
    // The search begins with a small range, because the next record is usually near.
    var size = 1 << 6
    while true {
      let end = min(bytes.count, from + size)
      guard from < end else { return (nil, scanned) }
      let line = nextLine(bytes, in: from..<end, indent: nil)
      let near = sameKey(bytes, from: start, in: from..<(line.found?.at ?? end))
      if let found = near ?? line.found { return (found, end) }
      // A head may continue after the window.
      if end == bytes.count { return (nil, max(scanned, min(line.upTo, end - Self.longestHead))) }
      size *= 2
    }
  }

  /// Searches for the next line that begins as the broken record does.
  ///
  /// - Parameter range: the range in which the separator before the line may be.
  private func nextLine(
    _ bytes: UnsafeRawBufferPointer, in range: Range<Int>, indent wanted: Int?
  ) -> (found: Beginning?, upTo: Int) {
    var at = range.lowerBound
    while let separator = bytes[at..<range.upperBound].firstIndex(where: Self.separates) {
      var first = separator + 1
      var width = 0
      while first < bytes.count {
        if bytes[first] == 0x20 || bytes[first] == 0x09 {
          width += 1
        } else if window.isMark(at: first) {
          first += 2
        } else if bytes[first] != 0x1E {
          break
        }
        first += 1
      }
      guard first < bytes.count else { return (nil, separator) }
      switch begins(first, width, wanted) {
      case .yes: return ((first, width), separator)
      case .unknown: return (nil, separator)
      case .no: at = max(first, separator + 1)
      }
      if at >= range.upperBound { break }
    }
    return (nil, range.upperBound)
  }

  /// Returns whether a byte separates records: a line break, a record separator, or a NUL that a crash left in a file.
  private static func separates(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x1E || byte == 0 }

  /// Returns whether the first value on a line, with this much white space before it, is a sibling of the broken
  /// record, or contains it.
  private func begins(_ first: Int, _ width: Int, _ wanted: Int?) -> Likelihood {
    switch window[first] {
    case UInt8(ascii: "{"):
      guard let wanted, wanted != width else { return .yes }
      return width < wanted ? opensValue(first) : .no
    case UInt8(ascii: "["): return wanted.map { width <= $0 } ?? true ? opensValue(first) : .no
    case UInt8(ascii: "]"): return wanted.map { width < $0 } ?? false ? .yes : .no
    case 0xEF where window.count - first < 3: return .unknown
    default: return .no
    }
  }

  /// Returns the next object that begins with the same key as the broken object or the last whole one, after text that
  /// separates siblings here.
  private func sameKey(_ bytes: UnsafeRawBufferPointer, from start: Int, in range: Range<Int>) -> Beginning? {
    let heads = [Self.head(bytes[start...]), lastHead].filter { !$0.isEmpty }
    guard !heads.isEmpty else { return nil }
    var at = range.lowerBound
    while at < range.upperBound, let brace = bytes[at..<range.upperBound].firstIndex(of: UInt8(ascii: "{")) {
      if heads.contains(where: { bytes.holds($0, at: brace) }), followsSibling(brace, bytes, start) {
        return (brace, nil)
      }
      at = brace + 1
    }
    return nil
  }

  /// Returns the text of an object up to its first colon; empty if the colon is not near.
  static func head(_ object: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
    let near = object.prefix(longestHead)
    return near.firstIndex(of: UInt8(ascii: ":")).map { Array(near[...$0]) } ?? []
  }

  /// Returns whether the text before a brace is what separates siblings here.
  private func followsSibling(_ brace: Int, _ bytes: UnsafeRawBufferPointer, _ start: Int) -> Bool {
    /// Returns the last byte before an offset that is not white space, and its offset.
    func before(_ offset: Int) -> (byte: UInt8, at: Int)? {
      let at = bytes[start..<offset].lastIndex { $0 > 0x20 }
      return at.map { (bytes[$0], $0) }
    }
    guard let last = before(brace) else { return false }
    if last.byte == UInt8(ascii: ",") { return true }
    if contexts.isEmpty { return last.byte == UInt8(ascii: "}") }
    // In an array of arrays, a sibling may be the first element of the next array. Members whose keys are ids have a
    // number before them.
    guard let second = before(last.at) else { return false }
    if last.byte == UInt8(ascii: "[") { return second.byte == UInt8(ascii: ",") }
    guard last.byte == UInt8(ascii: ":"), second.byte == UInt8(ascii: "\"") else { return false }
    return before(second.at).map { $0.byte &- 48 <= 9 } ?? false
  }
}
