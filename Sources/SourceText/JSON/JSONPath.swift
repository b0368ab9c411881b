import BSON

/// Finds places in a record's text after the fact: for messages and for the exact bytes of a record inside another.
/// Slow and tolerant; the fast pass keeps no track of where it is.
public struct JSONPath {
  private let text: UnsafeRawBufferPointer

  public init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// Where the value at the pointer stands (RFC 6901), or the innermost value around it that is there.
  public func range(of pointer: String) -> Range<Int> {
    var at = skipSpace(0)
    for name in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      let key = String(name).replacing("~1", with: "/").replacing("~0", with: "~")
      guard let inner = member(key, of: at) else { break }
      at = inner
    }
    return at..<skipValue(at)
  }

  /// Names of the top-level members whose value is no object or array, as far as the text goes.
  public func scalarMembers() -> [String] {
    var names: [String] = []
    eachMember(of: skipSpace(0)) { key, value in
      if value < text.count, text[value] != UInt8(ascii: "{"), text[value] != UInt8(ascii: "[") {
        names.append(Self.unescaped(UnsafeRawBufferPointer(rebasing: text[key])))
      }
      return true
    }
    return names
  }

  /// What a message about `offset` needs: the JSON Pointer of the innermost place, and the ranges before it that hold
  /// values under keys for which `isClassed` says so.
  public func context(
    of offset: Int, isClassed: (String) -> Bool
  ) -> (pointer: String, classed: [Range<Int>], inClassed: Bool) {
    var open: [Frame] = []
    var classed: [Range<Int>] = []
    var classedSince: (depth: Int, start: Int)?
    var at = 0
    /// Called where a value ends: closes the masked range that began with it.
    func valueEnds(_ end: Int) {
      if let last = open.indices.last { open[last].place = .between }
      guard let since = classedSince, since.depth == open.count else { return }
      classed.append(since.start..<end)
      classedSince = nil
    }
    while at < min(offset, text.count) {
      let c = text[at]
      switch c {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open.append(Frame(isObject: c == UInt8(ascii: "{")))
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        _ = open.popLast()
        at += 1
        valueEnds(at)
      case UInt8(ascii: ","):
        if let last = open.indices.last {
          open[last].index += 1
          open[last].place = open[last].isObject ? .between : .value
        }
        at += 1
      case UInt8(ascii: ":"):
        at += 1
        let value = skipSpace(at)
        if let last = open.indices.last, open[last].key != nil {
          open[last].place = .value
          if classedSince == nil, open[last].isClassed { classedSince = (open.count, value) }
        }
        at = value
      case UInt8(ascii: "\""):
        guard let end = closedString(at), end <= offset else {
          at = offset
          break
        }
        if let last = open.indices.last, open[last].isObject, open[last].place == .between {
          open[last].key = at + 1..<end - 1
          open[last].place = .key
          open[last].isClassed = isClassed(Self.unescaped(UnsafeRawBufferPointer(rebasing: text[at + 1..<end - 1])))
        } else {
          valueEnds(end)
        }
        at = end
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      default:
        let end = skipScalar(at)
        // What the place touches is the value it is in.
        if end < offset { valueEnds(end) }
        at = end
      }
    }
    if let since = classedSince { classed.append(since.start..<max(since.start, offset)) }
    // Behind a classed key something that is no colon may be its value all the same.
    let isBehindKey = open.last.map { $0.place == .key && $0.isClassed } ?? false
    // Between members or elements the place is in the object or array itself.
    if open.last?.place == .between { open.removeLast() }
    return (open.map { "/" + component($0) }.joined(), classed, classedSince != nil || isBehindKey)
  }

  /// The key that begins at `offset`, as a part of a JSON Pointer.
  public func key(at offset: Int) -> String? {
    guard offset < text.count, text[offset] == UInt8(ascii: "\""), let end = closedString(offset) else { return nil }
    return Self.component(Self.unescaped(UnsafeRawBufferPointer(rebasing: text[offset + 1..<end - 1])))
  }

  private struct Frame {
    enum Place { case between, key, value }

    let isObject: Bool
    var key: Range<Int>?
    /// Whether the key is one whose value must not be shown.
    var isClassed = false
    var index = 0
    var place: Place

    init(isObject: Bool) {
      self.isObject = isObject
      place = isObject ? .between : .value
    }
  }

  private func component(_ frame: Frame) -> String {
    guard frame.isObject else { return String(frame.index) }
    guard let key = frame.key else { return "" }
    return Self.component(Self.unescaped(UnsafeRawBufferPointer(rebasing: text[key])))
  }

  /// A key as a part of a JSON Pointer.
  public static func component(_ key: String) -> String {
    key.replacing("~", with: "~0").replacing("/", with: "~1")
  }

  /// A key's text from between its quotes; what is no valid string stays as it is.
  private static func unescaped(_ raw: UnsafeRawBufferPointer) -> String {
    guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
    let object = Array("{\"".utf8) + raw + Array("\":0}".utf8)
    let padded = object + Array(repeating: UInt8(0), count: TextBuffer.padding)
    var transcoder = JSONTranscoder()
    guard (try? transcoder.transcode(padded.span, from: 0, to: object.count)) != nil,
      let first = transcoder.document.first(where: { _ in true })
    else { return String(decoding: raw, as: UTF8.self) }
    return first.keyText
  }

  private func member(_ key: String, of at: Int) -> Int? {
    guard at < text.count else { return nil }
    var found: Int?
    if text[at] == UInt8(ascii: "{") {
      eachMember(of: at) { name, value in
        if Self.unescaped(UnsafeRawBufferPointer(rebasing: text[name])) == key { found = value }
        return found == nil
      }
    } else if text[at] == UInt8(ascii: "["), let wanted = Int(key) {
      var value = skipSpace(at + 1)
      var index = 0
      while value < text.count, text[value] != UInt8(ascii: "]") {
        if index == wanted { return value }
        value = skipSpace(skipValue(value))
        guard value < text.count, text[value] == UInt8(ascii: ",") else { break }
        value = skipSpace(value + 1)
        index += 1
      }
    }
    return found
  }

  /// Calls `body` with the range of each key (between its quotes) and the start of its value, until it says no.
  private func eachMember(of object: Int, _ body: (Range<Int>, Int) -> Bool) {
    guard object < text.count, text[object] == UInt8(ascii: "{") else { return }
    var at = skipSpace(object + 1)
    while at < text.count, text[at] == UInt8(ascii: "\"") {
      guard let end = closedString(at) else { return }
      let colon = skipSpace(end)
      guard colon < text.count, text[colon] == UInt8(ascii: ":") else { return }
      let value = skipSpace(colon + 1)
      guard body(at + 1..<end - 1, value) else { return }
      at = skipSpace(skipValue(value))
      guard at < text.count, text[at] == UInt8(ascii: ",") else { return }
      at = skipSpace(at + 1)
    }
  }

  private func skipSpace(_ from: Int) -> Int {
    var at = from
    while at < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[at]) { at += 1 }
    return at
  }

  private func skipString(_ from: Int) -> Int { closedString(from) ?? text.count }

  /// Behind the closing quote of the string at `from`.
  private func closedString(_ from: Int) -> Int? {
    var at = from + 1
    while at < text.count {
      if text[at] == UInt8(ascii: "\\") { at += 1 } else if text[at] == UInt8(ascii: "\"") { return at + 1 }
      at += 1
    }
    return nil
  }

  private func skipScalar(_ from: Int) -> Int {
    var at = from
    while at < text.count, !Array("{}[],:\" \t\r\n".utf8).contains(text[at]) { at += 1 }
    return max(at, min(from + 1, text.count))
  }

  private func skipValue(_ from: Int) -> Int {
    var at = from
    var depth = 0
    while at < text.count {
      switch text[at] {
      case UInt8(ascii: "\""): at = skipString(at)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return at }
        depth -= 1
        at += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D:
        if depth == 0 { return at }
        at += 1
        continue
      default: at = skipScalar(at)
      }
      if depth == 0 { return at }
    }
    return text.count
  }
}
