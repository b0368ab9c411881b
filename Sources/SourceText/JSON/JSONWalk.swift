/// The state of a walk through the text of a record: the containers that are open, and the values that ended shortly
/// before.
struct JSONWalk {
  struct Frame {
    enum State { case between, key, value, afterValue }

    let isObject: Bool
    /// The range of the current key, between its quotes.
    var key: Range<Int>?
    /// The key whose value contains an array, through any number of arrays.
    let outerKey: Range<Int>?
    var index = 0
    var state: State
    /// The offset of the key's value, until the value ends.
    var value: Int?

    init(isObject: Bool, within outer: Frame?) {
      self.isObject = isObject
      outerKey = outer?.nearestKey
      state = isObject ? .between : .value
    }

    /// The key whose value is, or contains, the values of this container.
    var nearestKey: Range<Int>? { isObject ? key : outerKey }
    /// Whether a key may come next.
    var expectsKey: Bool { isObject && (state == .between || state == .afterValue) }
  }

  /// A value that has ended: the value of a member, or a scalar in an array.
  struct Ended {
    var key: Range<Int>?
    var value: Range<Int>
    var isScalar: Bool
  }

  /// The offset of the next byte to examine.
  var at = 0
  var open: [Frame] = []
  /// The values that have ended, in the order of their ends. Those that ended long ago are removed.
  var ended: [Ended] = []
  /// The offset of the string or scalar that contains the position, or that ends at it.
  var partial: Int?

  /// The number of bytes before a position that are relevant, which is more than a message shows.
  private static let near = 64
  /// The number of values after which those that ended long ago are removed.
  private static let manyValues = 256
  /// The number of bytes of text after which a copy of the walk is kept, to return to.
  static let markEvery = 4096

  /// Records the end of an object or array.
  mutating func containerEnds(_ end: Int) {
    guard let last = open.indices.last else { return }
    if let key = open[last].key, let start = open[last].value {
      add(Ended(key: key, value: start..<end, isScalar: false))
    }
    close(last)
  }

  /// Records the end of a string, a number or a literal.
  mutating func scalarEnds(_ range: Range<Int>) {
    guard let last = open.indices.last else { return }
    add(Ended(key: open[last].nearestKey, value: range, isScalar: true))
    close(last)
  }

  private mutating func close(_ last: Int) {
    open[last].state = .afterValue
    open[last].value = nil
  }

  private mutating func add(_ value: Ended) {
    if ended.count > Self.manyValues { self = forgetting() }
    ended.append(value)
  }

  /// Returns the walk without the values that messages no longer show.
  func forgetting() -> JSONWalk {
    var walk = self
    walk.ended = ended(shownAt: at)
    return walk
  }

  /// Returns the values that a message about the position may show.
  func ended(shownAt position: Int) -> [Ended] {
    ended.filter { $0.value.upperBound >= position - Self.near }
  }
}

/// The part of a key's value that a source line hides.
public enum KeyMask: Sendable {
  /// Everything is hidden, at any depth.
  case everything
  /// The value itself is hidden. Keys inside it have their own masks.
  case value
  /// Texts are hidden. Numbers, true, false and null are shown.
  case texts
}

/// What a message needs to know about a position in the text of a record.
public struct JSONContext: Sendable {
  /// The JSON Pointer of the innermost value.
  public var pointer: String
  /// The ranges that are hidden in the text shortly before the position, in order.
  var masked: [Range<Int>]
  /// The mask of the word at the position; nil if the word is a key.
  var wordMask: KeyMask?
}

extension JSONPath {
  /// Returns the context of a position: its pointer, and what is hidden at it and shortly before it.
  ///
  /// - Parameter mask: returns the mask of the value of an unescaped key.
  public mutating func context(of offset: Int, mask: (String) -> KeyMask) -> JSONContext {
    let position = min(offset, text.count)
    goBack(before: position)
    // Tokens that end before the position move the walk itself. Tokens that touch the position move only a copy of it.
    while walk.at < position, tokenEnd(walk.at) < position {
      pass(&walk, upTo: position)
      if walk.at >= (marks.last?.at ?? 0) + JSONWalk.markEvery { marks.append(walk.forgetting()) }
    }
    var here = walk
    while here.at < position { pass(&here, upTo: offset) }

    func maskUnder(_ key: Range<Int>?) -> KeyMask { key.map { mask(unescaped($0)) } ?? .value }
    var masked = here.ended(shownAt: position).filter { hides($0, maskUnder($0.key)) }.map(\.value)
    let around = here.open.first { $0.value != nil && maskUnder($0.key) == .everything }
    let last = here.open.last
    if let start = around?.value {
      masked.append(start..<max(start, offset))
    } else if let start = here.partial, start < position {
      let isKey = last?.expectsKey == true && text[start] != UInt8(ascii: "\"")
      let part = JSONWalk.Ended(key: last?.nearestKey, value: start..<position, isScalar: true)
      if !isKey, hides(part, maskUnder(part.key)) { masked.append(start..<offset) }
    }
    let wordMask: KeyMask? =
      if around != nil {
        .everything
      } else if let last {
        last.isObject && last.state == .between ? nil : maskUnder(last.state == .afterValue ? nil : last.nearestKey)
      } else {
        .value
      }
    // Between members or elements, the position is in the object or array itself.
    if last?.state == .between || last?.state == .afterValue { here.open.removeLast() }
    return JSONContext(
      pointer: here.open.map { "/" + component($0) }.joined(), masked: outermost(masked), wordMask: wordMask)
  }

  private func hides(_ value: JSONWalk.Ended, _ mask: KeyMask) -> Bool {
    switch mask {
    case .everything: true
    case .value: value.isScalar
    case .texts: value.isScalar && !Snippet.isNumberOrLiteral(text[value.value])
    }
  }

  /// Moves the walk to the last known state before the position, because the findings of one record are in no
  /// particular order.
  private mutating func goBack(before position: Int) {
    let after = marks.partitioningIndex { $0.at >= position }
    let mark = after > 0 ? marks[after - 1] : JSONWalk()
    if walk.at >= position || walk.at < mark.at { walk = mark }
  }

  private func component(_ frame: JSONWalk.Frame) -> String {
    guard frame.isObject else { return String(frame.index) }
    return frame.key.map { Self.component(unescaped($0)) } ?? ""
  }

  /// Returns the ranges that are not inside others.
  private func outermost(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var kept: [Range<Int>] = []
    for range in ranges.sorted(by: { ($0.lowerBound, -$0.upperBound) < ($1.lowerBound, -$1.upperBound) })
    where kept.last.map({ range.lowerBound >= $0.upperBound }) ?? true {
      kept.append(range)
    }
    return kept
  }

  /// Returns the offset to which `pass` would move the walk.
  private func tokenEnd(_ at: Int) -> Int {
    switch text[at] {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), 0x20, 0x09,
      0x0A, 0x0D:
      at + 1
    case UInt8(ascii: ":"): skipSpace(at + 1)
    case UInt8(ascii: "\""): closedString(at) ?? text.count
    default: skipScalar(at)
    }
  }

  /// Moves the walk over one token. A string that continues after `offset` contains the position.
  private func pass(_ walk: inout JSONWalk, upTo offset: Int) {
    let last = walk.open.count - 1
    let c = text[walk.at]
    switch c {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      walk.open.append(JSONWalk.Frame(isObject: c == UInt8(ascii: "{"), within: walk.open.last))
      walk.at += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      _ = walk.open.popLast()
      walk.at += 1
      walk.containerEnds(walk.at)
    case UInt8(ascii: ","):
      if last >= 0 {
        walk.open[last].index += 1
        walk.open[last].state = walk.open[last].isObject ? .between : .value
      }
      walk.at += 1
    case UInt8(ascii: ":"):
      walk.at = skipSpace(walk.at + 1)
      if last >= 0, walk.open[last].key != nil {
        walk.open[last].state = .value
        if walk.open[last].value == nil { walk.open[last].value = walk.at }
      }
    case UInt8(ascii: "\""):
      guard let end = closedString(walk.at), end <= offset else {
        walk.partial = walk.at
        walk.at = offset
        break
      }
      if last >= 0, walk.open[last].expectsKey {
        walk.open[last].key = walk.at + 1..<end - 1
        walk.open[last].state = .key
      } else {
        walk.scalarEnds(walk.at..<end)
      }
      walk.at = end
    case 0x20, 0x09, 0x0A, 0x0D: walk.at += 1
    default:
      let end = skipScalar(walk.at)
      // A value that touches the position contains it.
      if end < offset { walk.scalarEnds(walk.at..<end) } else { walk.partial = walk.at }
      walk.at = end
    }
  }
}

extension [JSONWalk] {
  /// Returns the first index for which the test is true, in an array in which it is true from some index on.
  fileprivate func partitioningIndex(_ holds: (JSONWalk) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
