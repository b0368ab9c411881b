/// Objects too large to be held: read member by member.
extension RecordFramer {
  mutating func memberStep(_ c: UInt8) -> Step {
    let last = contexts.count - 1
    switch (contexts[last].expecting, c) {
    case (.separator, UInt8(ascii: ",")):
      contexts[last].expecting = .key
      p += 1
    case (.separator, UInt8(ascii: "}")), (.key, UInt8(ascii: "}")):
      contexts.removeLast()
      p += 1
      indent = nil
    case (.key, UInt8(ascii: "\"")): return memberKey()
    case (.value, UInt8(ascii: "{")): return value()
    case (.value, UInt8(ascii: "[")):
      contexts[last].expecting = .separator
      push(isArray: true)
    case (.value, _): return memberScalar()
    default:
      contexts[last].expecting = .separator
      stray(c)
    }
    return .more
  }

  /// The key and its colon; the value is the next step's.
  private mutating func memberKey() -> Step {
    var q = p + 1
    while true {
      while q < window.count, window[q] != UInt8(ascii: "\"") {
        q += window[q] == UInt8(ascii: "\\") ? 2 : 1
      }
      var colon = q + 1
      while colon < window.count, window[colon] <= 0x20 { colon += 1 }
      if colon < window.count {
        if window[colon] == UInt8(ascii: ":") {
          contexts[contexts.count - 1].expecting = .value
          contexts[contexts.count - 1].key = String(decoding: window.buffer.bytes(p + 1..<q), as: UTF8.self)
          p = colon + 1
        } else {
          contexts[contexts.count - 1].expecting = .separator
          p = colon
          report("expected ':' after a key")
        }
        indent = nil
        return .more
      }
      if let step = fill() { return step }
      q = p + 1
    }
  }

  /// A container's plain member is no record.
  private mutating func memberScalar() -> Step {
    let before = (slices.count, ordinal)
    let step = scalar()
    if case .more = step, slices.count > before.0 {
      slices.removeLast()
      ordinal = before.1
    }
    return step
  }
}
