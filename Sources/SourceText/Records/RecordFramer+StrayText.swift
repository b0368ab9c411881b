import Findings

/// Text between records that is not JSON: an HTML page, lines of a log, comments, or bytes that a crash left.
///
/// It is skipped up to the next offset at which a value can begin: a bracket that is first on its line, or that follows
/// a record separator (RFC 7464) or a run of NULs, or an object that begins as the last one did.
extension RecordFramer {
  /// The offset of a value, and the white space before it if it is the first on its line.
  typealias Beginning = (at: Int, indent: Int?)

  /// The maximum number of bytes that are searched with all of them in memory.
  private static let mostHeld = 1 << 20
  /// The maximum number of bytes of white space that are skipped in the search for a bracket or for what follows it.
  private static let mostBlank = 1 << 12

  /// The answer to a question about an offset. It is unknown if the window does not contain enough text.
  enum Likelihood { case yes, no, unknown }

  /// Skips the text at `p`, which becomes a slice.
  mutating func passText() -> Step {
    knownHead()
    var scanned = 0
    while true {
      let (found, upTo) = beginning(from: p + scanned)
      if let found {
        let start = p
        take(p..<found.at)
        begin(at: found, after: start)
        return .more
      }
      scanned = upTo - p
      if scanned >= Self.mostHeld {
        take(p..<upTo)
        passing = Passing(start: window.position(of: p), bytes: 0)
        return .more
      }
      switch fill() {
      case nil: continue
      case .cut: return .cut
      default:
        take(p..<window.count)
        endsTruncated = true
        return .more
      }
    }
  }

  /// Continues to skip a text whose first part is already a slice.
  mutating func passOn(_ state: Passing) -> Step {
    var state = state
    while true {
      let (found, upTo) = beginning(from: p)
      state.bytes += (found?.at ?? upTo) - p
      p = found?.at ?? upTo
      passing = state
      if let found {
        endPassing(state)
        begin(at: found, after: p)
        return .more
      }
      switch fill() {
      case nil: continue
      case .cut: return .cut
      default:
        state.bytes += window.count - p
        p = window.count
        endPassing(state)
        endsTruncated = true
        return .more
      }
    }
  }

  private mutating func endPassing(_ state: Passing) {
    passing = nil
    guard state.bytes > 0 else { return }
    findings.append(
      Finding(
        .syntax, "\(state.bytes) more bytes of this text were skipped", file: file, position: state.start))
  }

  /// Turns the text into a slice.
  mutating func take(_ range: Range<Int>) {
    endValues()
    let objects = LostObjects.count(in: window.buffer.bytes(range), like: knownHead())
    let indents = siblingIndent
    append(range)
    siblingIndent = indents
    oddities.append((range.lowerBound, .text(objects: objects)))
    if let last = contexts.indices.last { contexts[last].expecting = .anything }
  }

  /// Continues at a beginning that was found after text that cannot be framed.
  ///
  /// - Parameter start: the offset of that text.
  mutating func begin(at found: Beginning, after start: Int) {
    if endsOuterArrays(at: found, after: start) {
      endInside("the next array begins", at: found.at)
      contexts.removeAll()
      siblingIndent = nil
    }
    p = found.at
    indent = found.indent
  }

  /// Returns whether an array that begins its line is the next text, and not an element of the open array: a download
  /// that stopped is followed by the next page.
  private func endsOuterArrays(at found: Beginning, after start: Int) -> Bool {
    guard found.indent == 0, window[found.at] == UInt8(ascii: "["), !contexts.isEmpty,
      contexts.allSatisfy(\.isArray)
    else { return false }
    let before = window.buffer.bytes(start..<found.at).last { $0 > 0x20 }
    return before != UInt8(ascii: ",") && before != UInt8(ascii: "[")
  }

  /// Searches for the next value.
  ///
  /// - Returns: its beginning, or nil and the offset up to which the search was unsuccessful.
  func beginning(from start: Int) -> (found: Beginning?, upTo: Int) {
    var at = start
    while at < window.count {
      switch window[at] {
      case 0x0A, 0x1E, 0x00:
        switch lineStart(after: at) {
        case (.yes, let found): return (found, at)
        case (.unknown, _): return (nil, at)
        case (.no, _): break
        }
      case UInt8(ascii: "{") where at > p:
        switch looksLikeSibling(at) {
        case .yes: return ((openingBracket(before: at) ?? at, nil), at)
        case .unknown: return (nil, at)
        case .no: break
        }
      default: break
      }
      at += 1
    }
    return (nil, at)
  }

  /// Returns whether a value begins after a line break or another separator.
  private func lineStart(after separator: Int) -> (Likelihood, Beginning) {
    var first = separator + 1
    var width = 0
    while first < window.count, first - separator < Self.mostBlank {
      switch window[first] {
      case 0x20, 0x09: width += 1
      case 0x1E, 0x0D: break
      case 0xEF where window.isMark(at: first): first += 2
      default: return (startsValue(first), (first, width))
      }
      first += 1
    }
    return (first < window.count ? .no : .unknown, (first, width))
  }

  /// Returns whether a value begins at an offset, or the open array ends there.
  private func startsValue(_ at: Int) -> Likelihood {
    switch window[at] {
    case UInt8(ascii: "{"), UInt8(ascii: "["): return opensValue(at)
    case UInt8(ascii: "]"): return contexts.last?.isArray == true ? .yes : .no
    case 0xEF where window.count - at < 3: return .unknown
    default: return .no
    }
  }

  /// Returns whether a bracket belongs to JSON that can contain records, judging by what follows it.
  func opensValue(_ at: Int) -> Likelihood {
    var next = at + 1
    while next < window.count, next - at < Self.mostBlank, [0x20, 0x09, 0x0A, 0x0D].contains(window[next]) { next += 1 }
    guard next < window.count else { return .unknown }
    switch window[next] {
    case UInt8(ascii: "\""), UInt8(ascii: "}"): return window[at] == UInt8(ascii: "{") ? .yes : .no
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "]"): return window[at] == UInt8(ascii: "[") ? .yes : .no
    default: return .no
    }
  }

  /// Returns whether an object in the middle of a line begins as the last whole one did, or follows a comma of the
  /// array.
  private func looksLikeSibling(_ at: Int) -> Likelihood {
    let before = window.buffer.bytes(p..<at).last { $0 > 0x20 }
    if before == UInt8(ascii: ":") { return .no }
    if before == UInt8(ascii: ","), contexts.last?.isArray == true, window[p] != UInt8(ascii: "{") {
      return opensValue(at)
    }
    let head = lastHead
    guard !head.isEmpty else { return .no }
    let here = window.buffer.bytes(at..<min(window.count, at + head.count))
    guard head.starts(with: here) else { return .no }
    return here.count == head.count ? .yes : .unknown
  }

  private func openingBracket(before at: Int) -> Int? {
    guard contexts.isEmpty else { return nil }
    let before = window.buffer.bytes(p..<at).lastIndex { $0 > 0x20 }
    return before.flatMap { $0 > 0 && window[p + $0] == UInt8(ascii: "[") ? p + $0 : nil }
  }

  /// Returns whether the bracket at `p`, outside of any value, begins an array. Lines of logs begin with brackets, too.
  func opensArray() -> Bool {
    let near = window.buffer.bytes(p + 1..<min(window.count, p + 1 + Self.nearBracket))
    guard let first = near.firstIndex(where: { $0 > 0x20 }), !near[..<first].contains(0x0A) else { return true }
    switch near[first] {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\""), UInt8(ascii: ","): return true
    default: break
    }
    let word = near[first...].prefix { $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "]") }
    guard let end = near[word.endIndex...].first(where: { $0 > 0x20 }) else { return true }
    if end == UInt8(ascii: ",") { return true }
    guard end == UInt8(ascii: "]") else { return false }
    return PlainValue(UnsafeRawBufferPointer(rebasing: word)) != nil
  }

  /// The number of bytes after a bracket that are examined.
  static let nearBracket = 256
}

/// A text that is too long to be kept, and the number of its bytes that were skipped so far.
struct Passing {
  let start: Position
  var bytes: Int
}

extension RecordBatch {
  /// Returns the message that says what a text between records seems to be.
  public func textDescription(_ slice: RecordSlice) -> String {
    let text = text(slice)
    return "\(ForeignText.message(text)); \(text.count) bytes were skipped"
  }
}
