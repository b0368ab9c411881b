import Findings

/// Reading of objects that are too large to be kept in memory, member by member.
extension RecordFramer {
  /// The maximum number of bytes in a key. A longer text is not treated as a key.
  private static let maxKey = 1 << 16

  /// Reads the next part of a container, which begins with the byte `c`.
  mutating func memberStep(_ c: UInt8) -> Step {
    let last = contexts.count - 1
    switch (contexts[last].expecting, c) {
    case (.value, UInt8(ascii: "{")): return value()
    case (_, UInt8(ascii: "{")):
      missing("a key before the object")
      // This is reported once, because the same position is reached again if the object continues after the window.
      contexts[last].expecting = .value
      return value()
    case (let expected, UInt8(ascii: "[")):
      if expected != .value { missing("a key before the array") }
      contexts[last].expecting = .separator
      push(isArray: true)
    case (let expected, UInt8(ascii: "}")):
      if expected == .value || expected == .elementAfterComma { report("unexpected '}'") }
      contexts.removeLast()
      p += 1
      indent = nil
    case (let expected, UInt8(ascii: ",")):
      if expected != .separator, expected != .anything { report("unexpected ','") }
      contexts[last].expecting = .elementAfterComma
      p += 1
    case (.value, UInt8(ascii: ":")), (_, UInt8(ascii: "]")): stray(c)
    case (.value, _): return memberScalar()
    case (let expected, UInt8(ascii: "\"")):
      if expected == .separator {
        report("expected ',' between the members of the object")
        contexts[last].expecting = .key
      }
      return memberKey()
    default: stray(c)
    }
    return .more
  }

  /// Reports a missing token, except after a broken member, where anything may follow.
  private mutating func missing(_ what: String) {
    if contexts[contexts.count - 1].expecting != .anything { report("expected \(what)") }
  }

  /// Reads a key and its colon. The next step reads the value.
  private mutating func memberKey() -> Step {
    while true {
      if let step = keyInWindow() { return step }
      switch fill() {
      case nil: break
      case .cut: return .cut
      default:
        endInside("the input ends", at: window.count)
        return .done
      }
    }
  }

  /// Reads a key and its colon in the window. Returns nil if they may continue after the window.
  private mutating func keyInWindow() -> Step? {
    let last = contexts.count - 1
    let limit = min(window.count, p + Self.maxKey)
    var q = p + 1
    while q < limit, window[q] != UInt8(ascii: "\""), window[q] != 0x0A {
      q += window[q] == UInt8(ascii: "\\") ? 2 : 1
    }
    if q >= limit, limit == window.count { return nil }
    guard q < limit, window[q] == UInt8(ascii: "\"") else {
      report("unexpected '\"': it begins a key that does not end on its line")
      contexts[last].expecting = .anything
      p = min(q, limit)
      return .more
    }
    var colon = q + 1
    while colon < window.count, [0x20, 0x09, 0x0A, 0x0D].contains(window[colon]) { colon += 1 }
    guard colon < window.count else { return nil }
    if window[colon] == UInt8(ascii: ":") {
      contexts[last].expecting = .value
      contexts[last].key = String(decoding: window.buffer.bytes(p + 1..<q), as: UTF8.self)
      p = colon + 1
    } else {
      contexts[last].expecting = .anything
      report("expected ':' after a key")
      p = colon
    }
    indent = nil
    return .more
  }

  /// Notes, once for each member of a container, that it is not a record.
  mutating func noteMember(at range: Range<Int>) {
    guard let container = contexts.lastIndex(where: { !$0.isArray }), window[range.lowerBound] != UInt8(ascii: "n")
    else { return }
    let key = contexts[container].key
    guard contexts[container].notedKey != key else { return }
    contexts[container].notedKey = key
    var finding = Finding.wrapperKey(key, severity: .note, pointer: "/" + JSONPath.component(key))
    finding.file = file
    finding.position = window.position(of: range.lowerBound)
    findings.append(finding)
  }
}

extension Finding {
  /// Returns the finding for a wrapper's member that is not a record.
  public static func wrapperKey(_ name: String, severity: Severity, pointer: String) -> Finding {
    Finding(
      .wrapperKeys, "'\(name)' is not part of a record and is not stored", severity: severity, pointer: pointer)
  }
}
