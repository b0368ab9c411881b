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
      // Only where lines do not tell siblings apart.
      if indent == nil { lastHead = Self.head(window.buffer.bytes(0..<end)[range]) }
      append(range)
      learnOwner(range)
    case .cut: return .cut
    case .container:
      expectElement()
      push(isArray: false)
      if contexts.count > framing.maxNesting {
        giveUp(.tooDeep, "containers nested deeper than \(framing.maxNesting)")
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
    slices.append(RecordSlice(range: range, ordinal: ordinal, owner: contexts.last?.owner))
    p = range.upperBound
    indent = nil
  }

  private mutating func learnOwner(_ range: Range<Int>) {
    guard let last = contexts.indices.last, !contexts[last].isArray else { return }
    if let owner = framing.owner(contexts[last].key, window.buffer.bytes(range)) { contexts[last].owner = owner }
  }

  /// Follows brackets and strings from the opening one on.
  private mutating func extent(from start: Int) -> Extent {
    brackets.removeAll(keepingCapacity: true)
    var q = start
    var inString = false
    // Limits are met at the same byte however much of the text is in memory.
    var limit = framing.maxWhole
    while true {
      let seen = min(window.count, start + limit)
      if let end = follow(&q, &inString, upTo: seen) {
        return end < 0 ? .broken : .whole(end: end)
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
      default: return .broken
      }
      // The window let go of what was before `p`.
      if p != before { return extent(from: p) }
    }
  }

  /// Goes on until the value ends (its end), brackets do not pair or a string breaks off at a line's end (−1), or the
  /// window is used up (nil).
  private mutating func follow(_ q: inout Int, _ inString: inout Bool, upTo count: Int) -> Int? {
    let bytes = window.bytes
    while q < count {
      if inString {
        Self.skip(&q, in: bytes, upTo: count, stopsInString)
        if q == count { return nil }
        switch bytes[q] {
        case UInt8(ascii: "\""): inString = false
        case UInt8(ascii: "\\"): q &+= 1
        case 0x0A: return -1
        default: break
        }
      } else {
        Self.skip(&q, in: bytes, upTo: count, stopsOutsideStrings)
        if q == count { return nil }
        switch bytes[q] {
        case UInt8(ascii: "\""): inString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): brackets.append(bytes[q])
        default:
          // '{' and '}', '[' and ']' are two apart in ASCII.
          guard let open = brackets.popLast(), open == bytes[q] - 2 else { return -1 }
          if brackets.isEmpty { return q + 1 }
        }
      }
      q &+= 1
    }
    return nil
  }

  /// Goes on to the next byte that `stops` finds in a word, or to `count`. Most strings are shorter than two words, and
  /// a branch for each word would mostly be guessed wrong.
  @inline(__always)
  private static func skip(
    _ q: inout Int, in bytes: UnsafePointer<UInt8>, upTo count: Int, _ stops: (UInt64) -> UInt64
  ) {
    while q < count {
      let words = UnsafeRawPointer(bytes + q).loadUnaligned(as: (UInt64, UInt64).self)
      let (low, high) = (stops(words.0), stops(words.1))
      if low | high != 0 {
        q &+= (low != 0 ? low.trailingZeroBitCount : 64 &+ high.trailingZeroBitCount) >> 3
        break
      }
      q &+= 16
    }
    q = min(q, count)
  }

  func isContainer(_ seen: Range<Int>) -> Bool {
    window[seen.lowerBound] == UInt8(ascii: "{")
      && !framing.isRecord(JSONPath(window.buffer.bytes(seen)).scalarMembers())
  }

  /// Skips a value that is too long to be held, keeping its place and length.
  private mutating func oversized(from start: Int) {
    let position = window.position(of: start)
    var dropped = 0
    var inString = false
    var q = start
    brackets.removeAll(keepingCapacity: true)
    var end: Int?
    while end == nil {
      end = follow(&q, &inString, upTo: window.count)
      if end == nil {
        let keep = max(q - window.count, 0)
        dropped += window.count - (dropped == 0 ? start : 0)
        window.drop(window.count)
        p = 0
        q = keep
        if window.fill() == .ended {
          end = 0
          endsTruncated = true
        }
      }
    }
    // Where brackets do not pair, what is behind the place is looked at anew.
    let last = end == -1 ? q : end ?? 0
    expectElement()
    ordinal += 1
    slices.append(
      RecordSlice(
        range: last..<last, ordinal: ordinal, owner: nil, oversized: (dropped + last, position)))
    p = last
    indent = nil
  }

  /// What is no object and no array: a slice of its own, for the worker to name. Text that is no value either is
  /// damage, and is skipped to where the next record begins.
  mutating func scalar() -> Step {
    while true {
      if let end = scalarEnd() {
        if contexts.last?.isArray != false, !isPlain(window.buffer.bytes(p..<end)) { return recover() }
        expectElement()
        append(p..<end)
        return .more
      }
      switch fill() {
      case nil: continue
      case .cut: return .cut
      default:
        expectElement()
        append(p..<window.count)
        return .more
      }
    }
  }

  /// nil where it may go on behind the window.
  private func scalarEnd() -> Int? {
    let limit = min(window.count, p + framing.maxWhole)
    let isString = window[p] == UInt8(ascii: "\"")
    var q = p + 1
    while q < limit, window[q] != 0x0A {
      if isString {
        if window[q] == UInt8(ascii: "\"") { return q + 1 }
        if window[q] == UInt8(ascii: "\\") { q += 1 }
      } else if Self.endsScalar.contains(window[q]) {
        return q
      }
      q += 1
    }
    return q < window.count ? q : nil
  }

  private static let endsScalar = Set(" \t\r{}[],\"".utf8)
}
