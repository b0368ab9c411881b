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
    let start = p
    switch extent(from: start) {
    case .whole(let end):
      expectElement()
      append(start..<end)
      learnOwner(start..<end)
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
    while true {
      if let end = follow(&q, &inString) {
        return end < 0 ? .broken : .whole(end: end)
      }
      let length = window.count - start
      if length > framing.maxRecord { return .oversized(from: start) }
      if length > framing.maxWhole, start == p, isContainer(start) { return .container }
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
  private mutating func follow(_ q: inout Int, _ inString: inout Bool) -> Int? {
    let bytes = window.bytes
    let count = window.count
    while q < count {
      if inString {
        // NULs behind the window stop this at its end.
        var stops = stopsInString(UnsafeRawPointer(bytes + q).loadUnaligned(as: UInt64.self))
        while stops == 0 {
          q += 8
          stops = stopsInString(UnsafeRawPointer(bytes + q).loadUnaligned(as: UInt64.self))
        }
        q += stops.trailingZeroBitCount >> 3
        if q >= count { return nil }
        switch bytes[q] {
        case UInt8(ascii: "\""): inString = false
        case UInt8(ascii: "\\"): q += 1
        case 0x0A: return -1
        default: break
        }
        q += 1
        continue
      }
      switch bytes[q] {
      case UInt8(ascii: "\""): inString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): brackets.append(bytes[q])
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        // '{' and '}', '[' and ']' are two apart in ASCII.
        guard let open = brackets.popLast(), open == bytes[q] - 2 else { return -1 }
        if brackets.isEmpty { return q + 1 }
      default: break
      }
      q += 1
    }
    return nil
  }

  private func isContainer(_ start: Int) -> Bool {
    window[start] == UInt8(ascii: "{")
      && !framing.isRecord(JSONPath(window.buffer.bytes(start..<window.count)).scalarMembers())
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
      end = follow(&q, &inString)
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
    let last = max(end ?? 0, 0)
    expectElement()
    ordinal += 1
    slices.append(
      RecordSlice(
        range: last..<last, ordinal: ordinal, owner: nil, oversized: (dropped + last, position)))
    p = last
    indent = nil
  }

  /// What is no object and no array: a slice of its own, for the worker to name.
  mutating func scalar() -> Step {
    let start = p
    var q = start
    let isString = window[start] == UInt8(ascii: "\"")
    if isString { q += 1 }
    while true {
      while q < window.count {
        let c = window[q]
        if c == 0x0A { break }
        if isString {
          if c == UInt8(ascii: "\\") {
            q += 1
          } else if c == UInt8(ascii: "\"") {
            q += 1
            break
          }
        } else if Self.endsScalar.contains(c) {
          break
        }
        q += 1
      }
      if q < window.count || q - start > framing.maxWhole { break }
      let before = p
      switch fill() {
      case nil: q -= before - p
      case .cut: return .cut
      default:
        expectElement()
        append(start..<window.count)
        return .more
      }
      if p != before { return scalar() }
    }
    expectElement()
    append(start..<max(min(q, window.count), start + 1))
    return .more
  }

  private static let endsScalar = Set(" \t\r{}[],\"".utf8)
}
