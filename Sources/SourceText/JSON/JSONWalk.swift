/// Where a walk through a record's text is: what is open around the place, and which members have just ended.
struct JSONWalk {
  struct Frame {
    enum Place { case between, key, value }

    let isObject: Bool
    /// Between its quotes.
    var key: Range<Int>?
    var index = 0
    var place: Place
    /// Where the key's value began, until it ends.
    var value: Int?

    init(isObject: Bool) {
      self.isObject = isObject
      place = isObject ? .between : .value
    }
  }

  /// A member of an object whose value has ended.
  struct Member {
    var key: Range<Int>
    var value: Range<Int>
  }

  /// On the next byte to look at.
  var at = 0
  var open: [Frame] = []
  /// In the order of their ends; those that ended long ago are forgotten.
  var members: [Member] = []

  /// How far in front of a place a message shows text, and more.
  private static let near = 64
  /// Members after which those that ended long ago are looked for.
  private static let manyMembers = 256
  /// Bytes of text after which a walk is kept, to go back to.
  static let markEvery = 4096

  /// Called where a value ends.
  mutating func valueEnds(_ end: Int) {
    guard let last = open.indices.last else { return }
    open[last].place = .between
    guard let key = open[last].key, let start = open[last].value else { return }
    open[last].value = nil
    if members.count > Self.manyMembers { self = forgetting() }
    members.append(Member(key: key, value: start..<end))
  }

  /// Without the members that no message shows any more.
  func forgetting() -> JSONWalk {
    var walk = self
    walk.members = members(shownAt: at)
    return walk
  }

  /// Those of which a message about the place may show something.
  func members(shownAt place: Int) -> [Member] {
    members.filter { $0.value.upperBound >= place - Self.near }
  }
}

extension JSONPath {
  /// What a message about `offset` needs: the JSON Pointer of the innermost place, and the ranges shortly before it
  /// that hold values under keys for which `isClassed` says so.
  public mutating func context(
    of offset: Int, isClassed: (String) -> Bool
  ) -> (pointer: String, classed: [Range<Int>], inClassed: Bool) {
    let place = min(offset, text.count)
    goBack(before: place)
    // What ends before the place is walked over for good; what touches it, only now.
    while walk.at < place, tokenEnd(walk.at) < place {
      pass(&walk, upTo: place)
      if walk.at >= (marks.last?.at ?? 0) + JSONWalk.markEvery { marks.append(walk.forgetting()) }
    }
    var here = walk
    while here.at < place { pass(&here, upTo: offset) }

    var classed = here.members(shownAt: place).filter { isClassed(unescaped($0.key)) }.map(\.value)
    let around = here.open.filter { frame in
      guard frame.value != nil, let key = frame.key else { return false }
      return isClassed(unescaped(key))
    }
    if let start = around.first?.value { classed.append(start..<max(start, offset)) }
    // Behind a classed key something that is no colon may be its value all the same.
    let keyBefore = here.open.last.flatMap { $0.place == .key ? $0.key : nil }
    let isInClassed = !around.isEmpty || keyBefore.map { isClassed(unescaped($0)) } ?? false
    // Between members or elements the place is in the object or array itself.
    if here.open.last?.place == .between { here.open.removeLast() }
    return (here.open.map { "/" + component($0) }.joined(), outermost(classed), isInClassed)
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
      walk.open.append(JSONWalk.Frame(isObject: c == UInt8(ascii: "{")))
      walk.at += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      _ = walk.open.popLast()
      walk.at += 1
      walk.valueEnds(walk.at)
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
        walk.at = offset
        break
      }
      if last >= 0, walk.open[last].isObject, walk.open[last].place == .between {
        walk.open[last].key = walk.at + 1..<end - 1
        walk.open[last].place = .key
      } else {
        walk.valueEnds(end)
      }
      walk.at = end
    case 0x20, 0x09, 0x0A, 0x0D: walk.at += 1
    default:
      let end = skipScalar(walk.at)
      // What the place touches is the value it is in.
      if end < offset { walk.valueEnds(end) }
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
