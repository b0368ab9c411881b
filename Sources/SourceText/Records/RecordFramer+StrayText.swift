import Findings

/// Text between records that is not JSON: a page of HTML, lines of a log, comments, bytes that a crash left behind.
///
/// It is passed to the next place where a value can begin: a bracket that is the first on its line, or behind a record
/// separator (RFC 7464) or a run of NULs, or an object that begins as the last one did.
extension RecordFramer {
  /// Where a value begins, and the white space before it on its line where it is the first there.
  typealias Beginning = (at: Int, indent: Int?)

  /// So much text is looked through with all of it in memory.
  private static let mostHeld = 1 << 20
  /// White space that is passed in looking for a bracket or what follows it.
  private static let mostBlank = 1 << 12

  /// What is known of a place.
  enum Likelihood { case yes, no, unknown }

  /// Passes the text at `p`.
  mutating func passText() -> Step {
    knownHead()
    var scanned = 0
    while true {
      let (found, upTo) = beginning(from: p + scanned)
      if let found {
        let start = p
        take(p..<found.at)
        begin(at: found, behind: start)
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

  /// Goes on passing a text of which the first part is taken.
  mutating func passOn(_ state: Passing) -> Step {
    var state = state
    while true {
      let (found, upTo) = beginning(from: p)
      state.bytes += (found?.at ?? upTo) - p
      p = found?.at ?? upTo
      passing = state
      if let found {
        endPassing(state)
        begin(at: found, behind: p)
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

  /// The text becomes a slice.
  mutating func take(_ range: Range<Int>) {
    endValues()
    let objects = LostObjects.count(in: window.buffer.bytes(range), like: knownHead())
    let indents = siblingIndent
    append(range)
    siblingIndent = indents
    oddities.append((range.lowerBound, .text(objects: objects)))
    if let last = contexts.indices.last { contexts[last].expecting = .anything }
  }

  /// Goes on at a place that was found in text which does not frame.
  ///
  /// - Parameter start: where that text begins.
  mutating func begin(at place: Beginning, behind start: Int) {
    if endsOuterArrays(at: place, behind: start) {
      endInside("the next array begins", at: place.at)
      contexts.removeAll()
      siblingIndent = nil
    }
    p = place.at
    indent = place.indent
  }

  /// Whether an array that begins its line is the next text, and not an element of the one that is open: a download
  /// that stopped is followed by the next page.
  private func endsOuterArrays(at place: Beginning, behind start: Int) -> Bool {
    guard place.indent == 0, window[place.at] == UInt8(ascii: "["), !contexts.isEmpty,
      contexts.allSatisfy(\.isArray)
    else { return false }
    let before = window.buffer.bytes(start..<place.at).last { $0 > 0x20 }
    return before != UInt8(ascii: ",") && before != UInt8(ascii: "[")
  }

  /// - Returns: the next place, or nil and up to where there is none.
  func beginning(from start: Int) -> (found: Beginning?, upTo: Int) {
    var at = start
    while at < window.count {
      switch window[at] {
      case 0x0A, 0x1E, 0x00:
        switch lineStart(behind: at) {
        case (.yes, let place): return (place, at)
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

  /// Whether the line (or what else begins) behind a byte begins with a value.
  private func lineStart(behind separator: Int) -> (Likelihood, Beginning) {
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

  private func startsValue(_ at: Int) -> Likelihood {
    switch window[at] {
    case UInt8(ascii: "{"), UInt8(ascii: "["): return opensValue(at)
    case UInt8(ascii: "]"): return contexts.last?.isArray == true ? .yes : .no
    case 0xEF where window.count - at < 3: return .unknown
    default: return .no
    }
  }

  /// Whether a bracket is one of JSON that can hold records, by what follows it.
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

  /// Whether an object in the middle of a line begins as the last whole one did, or follows a comma of the array.
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

  /// Whether the bracket at `p`, outside of any value, begins an array; lines of logs begin with brackets, too.
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

  static let nearBracket = 256
}

/// A text that is too long to be held, as far as it was passed.
struct Passing {
  let start: Position
  var bytes: Int
}

extension RecordBatch {
  /// What a text between records seems to be, for its message.
  public func textDescription(_ slice: RecordSlice) -> String {
    let text = text(slice)
    return "\(ForeignText.message(text)); \(text.count) bytes were skipped"
  }
}
