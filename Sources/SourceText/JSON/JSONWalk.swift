/// Where a walk through a record's text is: what is open around the place, and which members have just ended.
struct JSONWalk {
  struct Frame {
    enum Place { case between, key, value, afterValue }

    let isObject: Bool
    /// Between its quotes.
    var key: Range<Int>?
    /// The key that an array is under, however many arrays are around it.
    let outerKey: Range<Int>?
    var index = 0
    var place: Place
    /// Where the key's value began, until it ends.
    var value: Int?

    init(isObject: Bool, within outer: Frame?) {
      self.isObject = isObject
      outerKey = outer?.nearestKey
      place = isObject ? .between : .value
    }

    /// The key whose value a value here is, or is in.
    var nearestKey: Range<Int>? { isObject ? key : outerKey }
    /// Whether a key may come next.
    var expectsKey: Bool { isObject && (place == .between || place == .afterValue) }
  }

  /// A value that has ended: a member's, or a scalar in an array.
  struct Ended {
    var key: Range<Int>?
    var value: Range<Int>
    var isScalar: Bool
  }

  /// On the next byte to look at.
  var at = 0
  var open: [Frame] = []
  /// In the order of their ends; those that ended long ago are forgotten.
  var ended: [Ended] = []
  /// Where the string or scalar begins that the place is in, or right behind.
  var partial: Int?

  /// How far in front of a place a message shows text, and more.
  private static let near = 64
  /// Values after which those that ended long ago are looked for.
  private static let manyValues = 256
  /// Bytes of text after which a walk is kept, to go back to.
  static let markEvery = 4096

  /// Called where an object or array ends.
  mutating func containerEnds(_ end: Int) {
    guard let last = open.indices.last else { return }
    if let key = open[last].key, let start = open[last].value {
      add(Ended(key: key, value: start..<end, isScalar: false))
    }
    close(last)
  }

  /// Called where a string, a number or a literal ends.
  mutating func scalarEnds(_ range: Range<Int>) {
    guard let last = open.indices.last else { return }
    add(Ended(key: open[last].nearestKey, value: range, isScalar: true))
    close(last)
  }

  private mutating func close(_ last: Int) {
    open[last].place = .afterValue
    open[last].value = nil
  }

  private mutating func add(_ value: Ended) {
    if ended.count > Self.manyValues { self = forgetting() }
    ended.append(value)
  }

  /// Without the values that no message shows any more.
  func forgetting() -> JSONWalk {
    var walk = self
    walk.ended = ended(shownAt: at)
    return walk
  }

  /// Those of which a message about the place may show something.
  func ended(shownAt place: Int) -> [Ended] {
    ended.filter { $0.value.upperBound >= place - Self.near }
  }
}

/// How much of what is under a key a source line shows.
public enum KeyMask: Sendable {
  /// Nothing, at any depth.
  case everything
  /// Nothing of the value itself; keys inside it have masks of their own.
  case value
  /// Numbers, true, false and null.
  case texts
}

/// What a message needs to know of a place in a record's text.
public struct JSONContext: Sendable {
  /// The JSON Pointer of the innermost value.
  public var pointer: String
  /// What is not shown of the text shortly before the place, in order.
  var masked: [Range<Int>]
  /// What is not shown of the word at the place; nil where it is a key.
  var wordMask: KeyMask?
}

extension JSONPath {
  /// Looks at the place and at what is shortly before it.
  ///
  /// - Parameter mask: says of a key, unescaped, what is shown of its value.
  public mutating func context(of offset: Int, mask: (String) -> KeyMask) -> JSONContext {
    let place = min(offset, text.count)
    goBack(before: place)
    // What ends before the place is walked over for good; what touches it, only now.
    while walk.at < place, tokenEnd(walk.at) < place {
      pass(&walk, upTo: place)
      if walk.at >= (marks.last?.at ?? 0) + JSONWalk.markEvery { marks.append(walk.forgetting()) }
    }
    var here = walk
    while here.at < place { pass(&here, upTo: offset) }

    func maskUnder(_ key: Range<Int>?) -> KeyMask { key.map { mask(unescaped($0)) } ?? .value }
    var masked = here.ended(shownAt: place).filter { hides($0, maskUnder($0.key)) }.map(\.value)
    let around = here.open.first { $0.value != nil && maskUnder($0.key) == .everything }
    let last = here.open.last
    if let start = around?.value {
      masked.append(start..<max(start, offset))
    } else if let start = here.partial, start < place {
      let isKey = last?.expectsKey == true && text[start] != UInt8(ascii: "\"")
      let part = JSONWalk.Ended(key: last?.nearestKey, value: start..<place, isScalar: true)
      if !isKey, hides(part, maskUnder(part.key)) { masked.append(start..<offset) }
    }
    let wordMask: KeyMask? =
      if around != nil {
        .everything
      } else if let last {
        last.isObject && last.place == .between ? nil : maskUnder(last.place == .afterValue ? nil : last.nearestKey)
      } else {
        .value
      }
    // Between members or elements the place is in the object or array itself.
    if last?.place == .between || last?.place == .afterValue { here.open.removeLast() }
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

  /// The findings of one record are in no order: the walk goes on from the last place before, of those that it knows.
  private mutating func goBack(before place: Int) {
    let after = marks.partitioningIndex { $0.at >= place }
    let mark = after > 0 ? marks[after - 1] : JSONWalk()
    if walk.at >= place || walk.at < mark.at { walk = mark }
  }

  private func component(_ frame: JSONWalk.Frame) -> String {
    guard frame.isObject else { return String(frame.index) }
    return frame.key.map { Self.component(unescaped($0)) } ?? ""
  }

  /// Without those that are inside others.
  private func outermost(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var kept: [Range<Int>] = []
    for range in ranges.sorted(by: { ($0.lowerBound, -$0.upperBound) < ($1.lowerBound, -$1.upperBound) })
    where kept.last.map({ range.lowerBound >= $0.upperBound }) ?? true {
      kept.append(range)
    }
    return kept
  }

  /// Where `pass` would leave the walk.
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

  /// Goes over one token; a string that goes on behind `offset` is the place itself.
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
        walk.open[last].place = walk.open[last].isObject ? .between : .value
      }
      walk.at += 1
    case UInt8(ascii: ":"):
      walk.at = skipSpace(walk.at + 1)
      if last >= 0, walk.open[last].key != nil {
        walk.open[last].place = .value
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
        walk.open[last].place = .key
      } else {
        walk.scalarEnds(walk.at..<end)
      }
      walk.at = end
    case 0x20, 0x09, 0x0A, 0x0D: walk.at += 1
    default:
      let end = skipScalar(walk.at)
      // What the place touches is the value it is in.
      if end < offset { walk.scalarEnds(walk.at..<end) } else { walk.partial = walk.at }
      walk.at = end
    }
  }
}

extension [JSONWalk] {
  /// The first place where the test holds, in an array where it holds from some place on.
  fileprivate func partitioningIndex(_ holds: (JSONWalk) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
