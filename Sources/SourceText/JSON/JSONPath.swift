import BSON

/// A finder of positions in the text of a record, used after the text was read: for messages, and for the exact bytes
/// of a record inside another. It tolerates invalid JSON. The fast pass over the text does not keep track of positions.
///
/// If positions are requested in order, it continues from the last one, because a wrapper of a million records may have
/// a finding for each.
///
/// ```
/// var path = JSONPath(text)
/// let range = path.range(of: "/segment_efforts/0/id")
/// ```
public struct JSONPath {
  let text: UnsafeRawBufferPointer
  /// The steps to the value that was requested last.
  private var trail: [Step] = []
  var walk = JSONWalk()
  /// Copies of the walk, one every few kilobytes.
  var marks: [JSONWalk] = []

  private struct Step {
    /// The component of the pointer, escaped.
    var name: Substring
    /// The offsets of the object or array, and of the value in it.
    var container: Int
    var value: Int
    /// The index of the value in an array.
    var index: Int
  }

  public init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// Returns the range of the value at the pointer (RFC 6901), or of the innermost existing value around it.
  public mutating func range(of pointer: String) -> Range<Int> {
    var at = skipSpace(0)
    var depth = 0
    for name in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      let last = depth < trail.count && trail[depth].container == at ? trail[depth] : nil
      if last?.name != name {
        trail.removeSubrange(depth...)
        guard let step = step(to: name, in: at, after: last) else {
          // The next search can still continue from this sibling.
          if let last { trail.append(last) }
          break
        }
        trail.append(step)
      }
      at = trail[depth].value
      depth += 1
    }
    return at..<skipValue(at)
  }

  /// Returns the names of the top-level members whose value is neither an object nor an array, as far as the text goes.
  public func scalarMembers() -> [String] {
    var names: [String] = []
    eachMember(from: firstMember(of: skipSpace(0))) { key, value in
      if value < text.count, text[value] != UInt8(ascii: "{"), text[value] != UInt8(ascii: "[") {
        names.append(unescaped(key))
      }
      return true
    }
    return names
  }

  /// Returns the key that begins at `offset` as a component of a JSON Pointer; nil if no key begins there.
  public func key(at offset: Int) -> String? {
    guard offset < text.count, text[offset] == UInt8(ascii: "\""), let end = closedString(offset) else { return nil }
    return Self.component(unescaped(offset + 1..<end - 1))
  }

  /// Returns a key as a component of a JSON Pointer.
  public static func component(_ key: String) -> String {
    key.replacing("~", with: "~0").replacing("/", with: "~1")
  }

  /// Returns a key's text from between its quotes; an invalid string is returned unchanged.
  func unescaped(_ key: Range<Int>) -> String {
    let raw = UnsafeRawBufferPointer(rebasing: text[key])
    guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
    let object = Array("{\"".utf8) + raw + Array("\":0}".utf8)
    let padded = object + Array(repeating: UInt8(0), count: TextBuffer.padding)
    var transcoder = JSONTranscoder()
    guard (try? transcoder.transcode(padded.span, from: 0, to: object.count)) != nil,
      let first = transcoder.document.first(where: { _ in true })
    else { return String(decoding: raw, as: UTF8.self) }
    return first.keyText
  }

  // MARK: Members and elements

  /// Returns the step from a container to its member or element; nil if it has no such member or element.
  ///
  /// - Parameter last: a step in the same object or array. The search begins after it.
  private func step(to name: Substring, in container: Int, after last: Step?) -> Step? {
    guard container < text.count else { return nil }
    let key = String(name).replacing("~1", with: "/").replacing("~0", with: "~")
    var found: Step?
    switch text[container] {
    case UInt8(ascii: "{"):
      func look(_ range: Range<Int>, _ value: Int) -> Bool {
        if unescaped(range) == key { found = Step(name: name, container: container, value: value, index: 0) }
        return found == nil
      }
      if let last { eachMember(from: next(last.value), look) }
      if found == nil {
        eachMember(from: firstMember(of: container)) { range, value in
          if let last, value > last.value { return false }
          return look(range, value)
        }
      }
    case UInt8(ascii: "["):
      guard let wanted = Int(key) else { return nil }
      let known = last.flatMap { $0.index <= wanted ? $0 : nil }
      var index = known?.index ?? 0
      var value: Int? = known?.value ?? skipSpace(container + 1)
      while let at = value, at < text.count, text[at] != UInt8(ascii: "]") {
        if index == wanted { return Step(name: name, container: container, value: at, index: index) }
        value = next(at)
        index += 1
      }
    default: break
    }
    return found
  }

  /// Calls `body` with the range of each key (between its quotes) and the offset of its value, until it returns false.
  private func eachMember(from first: Int?, _ body: (Range<Int>, Int) -> Bool) {
    var member = first
    while let at = member, at < text.count, text[at] == UInt8(ascii: "\"") {
      guard let end = closedString(at) else { return }
      let colon = skipSpace(end)
      guard colon < text.count, text[colon] == UInt8(ascii: ":") else { return }
      let value = skipSpace(colon + 1)
      guard body(at + 1..<end - 1, value) else { return }
      member = next(value)
    }
  }

  /// Returns the offset of an object's first key; nil if it is not an object.
  private func firstMember(of object: Int) -> Int? {
    object < text.count && text[object] == UInt8(ascii: "{") ? skipSpace(object + 1) : nil
  }

  /// Returns the offset after the comma that follows the value; nil if no comma follows.
  private func next(_ value: Int) -> Int? {
    let at = skipSpace(skipValue(value))
    return at < text.count && text[at] == UInt8(ascii: ",") ? skipSpace(at + 1) : nil
  }

  // MARK: Tokens

  /// Returns the offset of the next byte that is not white space.
  func skipSpace(_ from: Int) -> Int {
    var at = from
    while at < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[at]) { at += 1 }
    return at
  }

  /// Returns the offset after the closing quote of the string at `from`; nil if the string does not end.
  func closedString(_ from: Int) -> Int? {
    var at = from + 1
    while at < text.count {
      if text[at] == UInt8(ascii: "\\") { at += 1 } else if text[at] == UInt8(ascii: "\"") { return at + 1 }
      at += 1
    }
    return nil
  }

  /// Returns the offset after a number or a literal.
  func skipScalar(_ from: Int) -> Int {
    var at = from
    while at < text.count, !Self.endsScalar(text[at]) { at += 1 }
    return max(at, min(from + 1, text.count))
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
      UInt8(ascii: ":"), UInt8(ascii: "\""), 0x20, 0x09, 0x0A, 0x0D:
      true
    default: false
    }
  }

  /// Returns the offset after a value.
  private func skipValue(_ from: Int) -> Int {
    var at = from
    var depth = 0
    while at < text.count {
      switch text[at] {
      case UInt8(ascii: "\""): at = closedString(at) ?? text.count
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
