import CScan
import Findings

/// Finding the end of a value.
extension RecordFramer {
  private enum Extent {
    case whole(end: Int)
    /// Brackets or quotes do not match. The framer must search for the next record.
    case broken
    case container
    case oversized(from: Int)
    case cut
  }

  /// Turns the object at `p`, or an array that is too deep to be followed, into a slice.
  mutating func value() -> Step {
    // Reading more text may move the value in the window, but the value always begins at `p`.
    switch extent(from: p) {
    case .whole(let end):
      let range = p..<end
      expectElement()
      lastObject = range
      append(range)
      learnOwner(range)
    case .cut: return .cut
    case .container:
      expectElement()
      push(isArray: false)
      if contexts.count > framing.maxNesting {
        giveUp(.tooDeep, "objects and arrays are nested deeper than \(framing.maxNesting) levels")
        return .done
      }
    case .oversized(let from): oversized(from: from)
    case .broken: return recover()
    }
    return .more
  }

  /// Adds a slice, and moves `p` to its end.
  mutating func append(_ range: Range<Int>) {
    ordinal += 1
    if let indent { siblingIndent = indent }
    let array = contexts.last.flatMap { $0.isArray ? $0.start.offset : nil }
    slices.append(RecordSlice(range: range, ordinal: ordinal, owner: contexts.last?.owner, array: array))
    if let last = contexts.indices.last, let key = contexts[last].memberKey { memberKeys[range.lowerBound] = key }
    p = range.upperBound
    indent = nil
  }

  /// Learns what a member of a container says about the owner of the records.
  mutating func learnOwner(_ range: Range<Int>) {
    guard let last = contexts.indices.last, !contexts[last].isArray else { return }
    let claim = framing.owner(contexts[last].key, window.buffer.bytes(range))
    // An object, an array or null is not evidence.
    let isPlain = !"{[n".utf8.contains(window[range.lowerBound])
    contexts[last].learn(claim, isPlain: isPlain, outer: last > 0 ? contexts[last - 1].owner : nil)
    if last == 0 { containerOwner = contexts[0].owner }
  }

  /// Returns the extent of the value at `start`, by following brackets and strings.
  private mutating func extent(from start: Int) -> Extent {
    if unended.holds(window.base.offset + start) { return .broken }
    brackets.removeAll()
    var q = start
    var inString = false
    // The limits apply at the same byte, however much of the text is in memory.
    var limit = framing.maxWhole
    while true {
      let seen = min(window.count, start + limit)
      if let end = follow(&q, &inString, upTo: seen) {
        return end < 0 ? broken(from: start, at: q) : .whole(end: end)
      }
      if window.count > start + limit {
        if limit == framing.maxRecord { return .oversized(from: start) }
        let isContainer = isContainer(start..<seen)
        if beginsAgain(start..<seen, isRecord: !isContainer) { return .broken }
        if isContainer { return .container }
        limit = framing.maxRecord
        continue
      }
      let before = p
      switch fill() {
      case nil: break
      case .cut: return .cut
      default: return broken(from: start, at: window.count)
      }
      // The window has dropped the text before `p`, so the offsets have changed.
      if p != before { return extent(from: p) }
    }
  }

  /// Returns `.broken`. Values inside this one that are still open at its end break off there too, so they are
  /// recorded.
  private mutating func broken(from start: Int, at end: Int) -> Extent {
    // A short text is quickly scanned again.
    if end - start > Self.blockSize, end - start <= framing.maxWhole {
      unended.note(window.buffer.bytes(start..<min(end, window.count)), at: window.base.offset + start)
    }
    return .broken
  }

  /// Continues up to `count`. Returns the end of the value if it ends, −1 if brackets do not match or a string breaks
  /// off at the end of a line, and otherwise nil.
  private mutating func follow(_ q: inout Int, _ inString: inout Bool, upTo count: Int) -> Int? {
    while q < count {
      if let end = followBlocks(&q, &inString, upTo: count) { return end }
      // This reads the last bytes, or a block that contains an escape or a string that breaks off.
      if let end = followBytes(&q, &inString, upTo: min(q + Self.blockSize, count)) { return end }
    }
    return nil
  }

  private static let blockSize = 64

  /// Continues over whole blocks of text in which every quote begins or ends a string.
  @inline(__always)
  private mutating func followBlocks(_ q: inout Int, _ inString: inout Bool, upTo count: Int) -> Int? {
    let bytes = window.bytes
    while count &- q >= Self.blockSize {
      let block = text_look(bytes + q)
      let inside = Self.parity(block.quotes) ^ (inString ? .max : 0)
      if block.breaks & inside != 0 { return nil }
      var found = block.brackets & ~inside
      while found != 0 {
        let at = q &+ found.trailingZeroBitCount
        if let end = bracket(bytes[at], at) {
          q = at
          return end
        }
        found &= found &- 1
      }
      inString = inside >> 63 != 0
      q &+= Self.blockSize
    }
    return nil
  }

  /// Returns a mask in which each bit says whether an odd number of bits is set up to that bit.
  @inline(__always)
  private static func parity(_ bits: UInt64) -> UInt64 {
    var parity = bits
    parity ^= parity &<< 1
    parity ^= parity &<< 2
    parity ^= parity &<< 4
    parity ^= parity &<< 8
    parity ^= parity &<< 16
    parity ^= parity &<< 32
    return parity
  }

  private mutating func followBytes(_ q: inout Int, _ inString: inout Bool, upTo count: Int) -> Int? {
    let bytes = window.bytes
    while q < count {
      let byte = bytes[q]
      if inString {
        switch byte {
        case UInt8(ascii: "\""): inString = false
        case UInt8(ascii: "\\"): q &+= 1
        case 0x0A: return -1
        default: break
        }
      } else {
        switch byte {
        case UInt8(ascii: "\""): inString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "}"), UInt8(ascii: "]"):
          if let end = bracket(byte, q) { return end }
        default: break
        }
      }
      q &+= 1
    }
    return nil
  }

  /// Follows a bracket. Returns the end of the value if this bracket ends it, −1 if the bracket does not match, and
  /// otherwise nil.
  @inline(__always)
  private mutating func bracket(_ byte: UInt8, _ offset: Int) -> Int? {
    // In ASCII, one bit distinguishes '{' from '[' and '}' from ']'.
    let isSquare = byte & 0x20 == 0
    if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
      brackets.open(isSquare: isSquare)
      return nil
    }
    guard brackets.close(isSquare: isSquare) else { return -1 }
    return brackets.isEmpty ? offset + 1 : nil
  }

  func isContainer(_ seen: Range<Int>) -> Bool { framing.isContainer(window.buffer.bytes(seen)) }

  /// Skips a value that is too long to be kept, and records its position and length.
  private mutating func oversized(from start: Int) {
    let position = window.position(of: start)
    var dropped = 0
    var inString = false
    var q = start
    brackets.removeAll()
    var end: Int?
    while end == nil {
      end = follow(&q, &inString, upTo: window.count)
      if end == nil {
        let keep = max(q - window.count, 0)
        dropped += window.count - (dropped == 0 ? start : 0)
        knownHead()
        window.drop(window.count)
        p = 0
        q = keep
        if window.fill() == .ended {
          end = 0
          endsTruncated = true
        }
      }
    }
    // If brackets do not match, the text after this position is scanned again.
    let last = end == -1 ? q : end ?? 0
    expectElement()
    ordinal += 1
    slices.append(
      RecordSlice(
        range: last..<last, ordinal: ordinal, owner: nil, oversized: (dropped + last, position)))
    p = last
    indent = nil
  }
}
