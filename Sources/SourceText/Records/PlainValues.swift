import Findings

/// A JSON value that is neither an object nor an array.
public enum PlainValue: Int, CaseIterable, Sendable {
  case string, number, boolean, null

  /// Classifies a text.
  ///
  /// - Parameter text: the text, without white space around it.
  /// - Returns: nil if the text is not such a value by RFC 8259.
  init?(_ text: UnsafeRawBufferPointer) {
    guard let first = text.first else { return nil }
    switch first {
    case UInt8(ascii: "\""):
      guard Self.isString(text) else { return nil }
      self = .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      guard text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8) else { return nil }
      self = .boolean
    case UInt8(ascii: "n"):
      guard text.elementsEqual("null".utf8) else { return nil }
      self = .null
    default:
      guard Self.isNumber(text) else { return nil }
      self = .number
    }
  }

  /// Returns the message that `count` values of this kind are not records.
  public func description(count: Int) -> String {
    let (one, many) =
      switch self {
      case .string: ("a string is not a record", "strings, which are not records")
      case .number: ("a number is not a record", "numbers, which are not records")
      case .boolean: ("true or false is not a record", "booleans, which are not records")
      case .null: ("null is not a record", "null values, which are not records")
      }
    return (count == 1 ? one : "\(count) \(many)") + ": records are objects"
  }

  private static func isNumber(_ text: UnsafeRawBufferPointer) -> Bool {
    var at = 0
    func digits() -> Int {
      let start = at
      while at < text.count, text[at] &- 48 <= 9 { at += 1 }
      return at - start
    }
    if text[0] == UInt8(ascii: "-") { at = 1 }
    let whole = at
    let count = digits()
    guard count > 0, count == 1 || text[whole] != UInt8(ascii: "0") else { return false }
    if at < text.count, text[at] == UInt8(ascii: ".") {
      at += 1
      guard digits() > 0 else { return false }
    }
    if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") { at += 1 }
      guard digits() > 0 else { return false }
    }
    return at == text.count
  }

  private static func isString(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count >= 2, text[text.count - 1] == UInt8(ascii: "\"") else { return false }
    var at = 1
    var isASCII = true
    while at < text.count - 1 {
      switch text[at] {
      case 0..<0x20, UInt8(ascii: "\""): return false
      case UInt8(ascii: "\\"):
        at += 1
        switch text[at] {
        case UInt8(ascii: "u"):
          guard at + 4 < text.count - 1, text[at + 1...at + 4].allSatisfy(isHexadecimal) else { return false }
          at += 4
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
          UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
          // The last quote is the end of the string.
          if at == text.count - 1 { return false }
        default: return false
        }
      case 0x80...: isASCII = false
      default: break
      }
      at += 1
    }
    return isASCII || String(validating: text, as: UTF8.self) != nil
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool { byte &- 48 <= 9 || (byte | 0x20) &- 97 <= 5 }
}

/// Plain values that follow each other in one array or between records: the number of values of each sort, and the
/// first one.
public struct PlainValues: Sendable {
  /// The values of one sort.
  public struct Sort: Sendable {
    public let value: PlainValue
    public fileprivate(set) var count: Int
    /// The ordinal of the first one in its file.
    public let ordinal: Int
    /// The offset of the first one, in bytes from the first value of any sort.
    public let offset: Int

    /// The message that these values are not records.
    public var description: String { value.description(count: count) }
  }

  /// The sorts of values, in the order of their first values.
  public private(set) var sorts: [Sort] = []

  public var count: Int { sorts.reduce(0) { $0 + $1.count } }

  mutating func add(_ value: PlainValue, ordinal: Int, at offset: Int) {
    for index in sorts.indices where sorts[index].value == value {
      sorts[index].count += 1
      return
    }
    sorts.append(Sort(value: value, count: 1, ordinal: ordinal, offset: offset))
  }
}

/// Plain values that the framer is collecting.
struct ValueRun {
  /// The range in the window from the first value to the last one.
  var range: Range<Int>
  let ordinal: Int
  let memberKey: String?
  var values = PlainValues()

  func moved(by offset: Int) -> ValueRun {
    var run = self
    run.range = range.lowerBound + offset..<range.upperBound + offset
    return run
  }
}

/// Values that are neither objects nor arrays, and words that are not values.
extension RecordFramer {
  /// The number of bytes after a value in which the text that follows it on its line is examined.
  private static let near = 64

  /// Reads a plain value between records or in an array. Skips text that is not a value, up to an offset at which a
  /// value can begin.
  mutating func scalar() -> Step {
    guard var end = scalarEndReadingOn() else { return .cut }
    let count = end - p
    if case .cut = lookAhead(count + Self.near) { return .cut }
    end = p + count
    let isArray = contexts.last?.isArray == true
    if let value = PlainValue(window.buffer.bytes(p..<end)), isArray || isAloneOnLine(endingAt: end) {
      expectElement()
      add(value, p..<end)
      return .more
    }
    endValues()
    if isArray, isWord(p..<end), let next = nextOnLine(end), next == UInt8(ascii: ",") || next == UInt8(ascii: "]") {
      expectElement()
      append(p..<end)
      return .more
    }
    return passText()
  }

  /// Reads a plain value in a container, which is not a record. A note is reported once per member. Text that is not a
  /// value is reported as such.
  mutating func memberScalar() -> Step {
    guard let end = scalarEndReadingOn() else { return .cut }
    let range = p..<end
    guard PlainValue(window.buffer.bytes(range)) != nil else {
      if contexts.last?.isArray == true { return passText() }
      expectElement()
      append(range)
      return .more
    }
    expectElement()
    if contexts.last?.isArray == true, window[p] == UInt8(ascii: "n") {
      add(.null, range)
      return .more
    }
    endValues()
    if let indent { siblingIndent = indent }
    p = end
    indent = nil
    learnOwner(range)
    noteMember(at: range)
    return .more
  }

  private mutating func add(_ value: PlainValue, _ range: Range<Int>) {
    if let run = values, range.upperBound - run.range.lowerBound > framing.maxWhole { endValues() }
    ordinal += 1
    var run =
      values.take() ?? ValueRun(range: range, ordinal: ordinal, memberKey: contexts.last?.memberKey)
    run.range = run.range.lowerBound..<range.upperBound
    run.values.add(value, ordinal: ordinal, at: range.lowerBound - run.range.lowerBound)
    values = run
    if let indent { siblingIndent = indent }
    p = range.upperBound
    indent = nil
  }

  /// Turns the current run of plain values into a slice.
  mutating func endValues() {
    guard let run = values.take() else { return }
    slices.append(RecordSlice(range: run.range, ordinal: run.ordinal, owner: nil))
    oddities.append((run.range.lowerBound, .values(run.values)))
    if let key = run.memberKey { memberKeys[run.range.lowerBound] = key }
  }

  /// Returns the end of the value at `p`, reading more text if necessary. Returns nil if a batch must be returned
  /// first.
  private mutating func scalarEndReadingOn() -> Int? {
    while true {
      if let end = scalarEnd() { return end }
      switch fill() {
      case nil: continue
      case .cut: return nil
      default: return window.count
      }
    }
  }

  /// Returns the end of the value at `p`; nil if the value may continue after the window.
  private func scalarEnd() -> Int? {
    let limit = min(window.count, p + framing.maxWhole)
    let isString = window[p] == UInt8(ascii: "\"")
    var q = p + 1
    while q < limit, window[q] != 0x0A {
      if isString {
        if window[q] == UInt8(ascii: "\"") { return q + 1 }
        if window[q] == UInt8(ascii: "\\") { q += 1 }
      } else if Self.endsScalar(window[q]) {
        return q
      }
      q += 1
    }
    return q < window.count ? q : nil
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0D, 0x1E, 0x00, UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"),
      UInt8(ascii: ","), UInt8(ascii: "\""):
      true
    default: false
    }
  }

  /// Returns whether only other values follow a value on its line. If words follow, the value and the words are text.
  private func isAloneOnLine(endingAt end: Int) -> Bool {
    guard let next = nextOnLine(end) else { return true }
    switch next {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ","),
      UInt8(ascii: "\""), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x1E, 0x00, 0x80...:
      return true
    default: return false
    }
  }

  /// Returns the next byte on the line that is not white space; nil if the line has no more, or none that is near.
  private func nextOnLine(_ from: Int) -> UInt8? {
    let near = window.buffer.bytes(from..<min(window.count, from + Self.near))
    return near.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }.flatMap { $0 == 0x0A ? nil : $0 }
  }

  /// Returns whether the text is one word, such as NaN or None, which programs write for values that JSON does not
  /// have.
  private func isWord(_ range: Range<Int>) -> Bool {
    window.buffer.bytes(range).allSatisfy {
      $0 &- 48 <= 9 || ($0 | 0x20) &- 97 <= 25 || [0x2B, 0x2D, 0x2E, 0x5F].contains($0)
    }
  }

  /// Reads until `count` bytes follow `p`, or the input ends.
  ///
  /// - Returns: `.cut` if a batch must be returned first.
  mutating func lookAhead(_ count: Int) -> Step? {
    while window.count - p < count {
      switch fill() {
      case nil: continue
      case .cut: return .cut
      default: return nil
      }
    }
    return nil
  }
}
