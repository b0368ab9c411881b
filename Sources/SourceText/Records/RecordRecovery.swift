import Findings

/// Going on behind text that does not frame: an unclosed string or bracket swallows what comes after it, so the next
/// record is looked for from the broken one's start on.
extension RecordFramer {
  mutating func recover() -> Step {
    let wanted = indent ?? siblingIndent
    // Where only a line will do, and none came up to there, the search goes on from there.
    var scanned = wanted.map { max(p, unended.lineless(p + window.base.offset, indent: $0) - window.base.offset) } ?? p
    while true {
      if let place = nextStart(from: p, scanned: scanned, indent: wanted), place.at - p <= framing.maxRecord {
        skip(to: place)
        return .more
      }
      if window.count - p > framing.maxRecord { return withoutSibling(upTo: p + framing.maxRecord, isEnd: false) }
      scanned = lineAtEnd()
      if let wanted { noteLineless(upTo: scanned, wanted) } else { scanned = max(p, min(scanned, window.count - 256)) }
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

  /// The line break behind which the window holds nothing but white space yet; the window's end where there is none.
  private func lineAtEnd() -> Int {
    let bytes = window.buffer.bytes(p..<window.count)
    guard let last = bytes.lastIndex(where: { $0 != 0x20 && $0 != 0x09 }), bytes[last] == 0x0A else {
      return window.count
    }
    return p + last
  }

  private mutating func skip(to place: (at: Int, indent: Int?)) {
    expectElement()
    append(p..<place.at)
    if let last = contexts.indices.last { contexts[last].expecting = .anything }
    indent = place.indent
  }

  /// No line begins as the broken text did. Its siblings may stand on the same line, or it may be a wrapper, whose
  /// members are looked at one by one then.
  private mutating func withoutSibling(upTo end: Int, isEnd: Bool) -> Step {
    let bytes = window.buffer.bytes(0..<end)
    if let place = sameKey(bytes, from: p, scanned: p + 1) {
      skip(to: place)
    } else if isContainer(p..<min(end, p + framing.maxWhole)),
      contexts.count < framing.maxNesting
    {
      expectElement()
      push(isArray: false)
    } else if isEnd {
      expectElement()
      append(p..<end)
      endsTruncated = true
    } else {
      giveUp(
        .truncated,
        "this record does not end, and behind it no next one can be told: the rest of the input is not read")
      return .done
    }
    return .more
  }

  /// Whether what looks like one endless value has a line in it that begins as it did, and behind what ends a sibling:
  /// then it is many, and the first of them does not end.
  func beginsAgain(_ seen: Range<Int>, isRecord: Bool) -> Bool {
    let isAlone = contexts.isEmpty
    // In an array whose elements begin their lines without indent, a container's inner records may look just so.
    guard let indent, isAlone || isRecord || indent > 0 else { return false }
    let bytes = window.buffer.bytes(0..<seen.upperBound)
    let sibling = isAlone ? UInt8(ascii: "}") : UInt8(ascii: ",")
    var from = seen.lowerBound + 1
    while let line = nextLine(bytes, from: from, indent: indent) {
      let before = bytes[seen.lowerBound..<line.at].last { $0 > 0x20 }
      if bytes[line.at] == UInt8(ascii: "{"), before == sibling { return true }
      from = line.at
    }
    return false
  }

  /// The next line that begins as the broken record's did, or, where that was no first on its line, the next object
  /// that begins like a sibling, whichever comes first.
  private func nextStart(from start: Int, scanned: Int, indent wanted: Int?) -> (at: Int, indent: Int?)? {
    let bytes = window.buffer.bytes(0..<window.count)
    let from = max(scanned, start + 1)
    let line = nextLine(bytes, from: from, indent: wanted)
    guard wanted == nil else { return line }
    let end = line?.at ?? bytes.count
    return sameKey(UnsafeRawBufferPointer(rebasing: bytes[..<end]), from: start, scanned: from) ?? line
  }

  private func nextLine(
    _ bytes: UnsafeRawBufferPointer, from: Int, indent wanted: Int?
  ) -> (at: Int, indent: Int?)? {
    var at = from
    while let newline = bytes[at...].firstIndex(of: 0x0A) {
      var first = newline + 1
      while first < bytes.count, bytes[first] == 0x20 || bytes[first] == 0x09 { first += 1 }
      guard first < bytes.count else { return nil }
      let width = first - newline - 1
      let opens = bytes[first] == UInt8(ascii: "{")
      let closes = bytes[first] == UInt8(ascii: "]")
      if opens, wanted == nil || wanted == width { return (first, width) }
      if closes, let wanted, width < wanted { return (first, width) }
      at = first
    }
    return nil
  }

  /// The next object that begins with the same key as the broken one or the last whole one, behind what stands between
  /// siblings here.
  private func sameKey(
    _ bytes: UnsafeRawBufferPointer, from start: Int, scanned: Int
  ) -> (at: Int, indent: Int?)? {
    let heads = [Self.head(bytes[start...]), lastHead].filter { !$0.isEmpty }
    var at = scanned
    while at < bytes.count, let brace = bytes[at...].firstIndex(of: UInt8(ascii: "{")) {
      if isBehindSibling(brace, bytes, start), heads.contains(where: { bytes[brace...].starts(with: $0) }) {
        return (brace, nil)
      }
      at = brace + 1
    }
    return nil
  }

  /// An object's text up to its first colon, where that is near.
  static func head(_ object: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
    let near = object.prefix(256)
    return near.firstIndex(of: UInt8(ascii: ":")).map { Array(near[...$0]) } ?? []
  }

  private func isBehindSibling(_ brace: Int, _ bytes: UnsafeRawBufferPointer, _ start: Int) -> Bool {
    let before = Array(bytes[start..<brace].lazy.reversed().filter { $0 > 0x20 }.prefix(3))
    guard let last = before.first else { return false }
    if last == UInt8(ascii: ",") { return true }
    if contexts.isEmpty { return last == UInt8(ascii: "}") }
    // In an array of arrays a sibling may be the first of the next one; members keyed by id have a number before them.
    return before.starts(with: "[,".utf8)
      || before.starts(with: ":\"".utf8) && before.last.map { $0 &- 48 <= 9 } ?? false
  }
}
