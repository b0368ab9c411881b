import CScan
import Findings

/// Where one value ends.
extension RecordFramer {
  private enum Extent {
    case whole(end: Int)
    /// Brackets or quotes do not pair; framing must find the next record itself.
    case broken
    case container
    case oversized(from: Int)
    case cut
  }

  /// The object (or array too deep to follow) at `p` becomes a slice.
  mutating func value() -> Step {
    // Reading on may move the value in the window; it begins at `p` before and after.
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

  mutating func append(_ range: Range<Int>) {
    ordinal += 1
    if let indent { siblingIndent = indent }
    let array = contexts.last.flatMap { $0.isArray ? $0.opened.offset : nil }
    slices.append(RecordSlice(range: range, ordinal: ordinal, owner: contexts.last?.owner, array: array))
    if let last = contexts.indices.last, let key = contexts[last].memberKey { memberKeys[range.lowerBound] = key }
    p = range.upperBound
    indent = nil
  }

  mutating func learnOwner(_ range: Range<Int>) {
    guard let last = contexts.indices.last, !contexts[last].isArray else { return }
    let claim = framing.owner(contexts[last].key, window.buffer.bytes(range))
    // Null shows nothing.
    let isPlain = !"{[n".utf8.contains(window[range.lowerBound])
    contexts[last].learn(claim, isPlain: isPlain, outer: last > 0 ? contexts[last - 1].owner : nil)
    if last == 0 { containerOwner = contexts[0].owner }
  }

  /// Follows brackets and strings from the opening one on.
  private mutating func extent(from start: Int) -> Extent {
    if unended.holds(window.base.offset + start) { return .broken }
    brackets.removeAll()
    var q = start
    var inString = false
    // Limits are met at the same byte however much of the text is in memory.
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
      // The window let go of what was before `p`.
      if p != before { return extent(from: p) }
    }
  }

  /// What begins inside the value and is still open where it breaks off breaks off there too.
  private mutating func broken(from start: Int, at end: Int) -> Extent {
    // What is short is soon gone through again.
    if end - start > Self.blockSize, end - start <= framing.maxWhole {
      unended.note(window.buffer.bytes(start..<min(end, window.count)), at: window.base.offset + start)
    }
    return .broken
  }

  /// Goes on until the value ends (its end), brackets do not pair or a string breaks off at a line's end (−1), or the
  /// window is used up (nil).
  private mutating func follow(_ q: inout Int, _ inString: inout Bool, upTo count: Int) -> Int? {
    while q < count {
      if let end = followBlocks(&q, &inString, upTo: count) { return end }
      // What is left, or a block with an escape or a string that breaks off.
      if let end = followBytes(&q, &inString, upTo: min(q + Self.blockSize, count)) { return end }
    }
    return nil
  }

  private static let blockSize = 64

  /// Goes on over whole blocks of text in which every quote begins or ends a string.
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

  /// For each bit whether an odd number of bits is set up to it.
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

  /// Where the value ends with this bracket, its end; −1 where it pairs with none.
  @inline(__always)
  private mutating func bracket(_ byte: UInt8, _ place: Int) -> Int? {
    // In ASCII, what tells '{' from '[' and '}' from ']' is one bit.
    let isSquare = byte & 0x20 == 0
    if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
      brackets.open(isSquare: isSquare)
      return nil
    }
    guard brackets.close(isSquare: isSquare) else { return -1 }
    return brackets.isEmpty ? place + 1 : nil
  }

  func isContainer(_ seen: Range<Int>) -> Bool { framing.isContainer(window.buffer.bytes(seen)) }

  /// Skips a value that is too long to be held, keeping its place and length.
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
    // Where brackets do not pair, the text after this position is looked at again.
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
