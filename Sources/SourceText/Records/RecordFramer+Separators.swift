import Findings

/// Commas, closing brackets, and closing brackets without an opening one.
extension RecordFramer {
  mutating func comma() {
    if let last = contexts.indices.last {
      if contexts[last].expecting == .separator || contexts[last].expecting == .anything {
        contexts[last].expecting = contexts[last].isArray ? .elementAfterComma : .key
      } else if !contexts[last].reportedComma {
        contexts[last].reportedComma = true
        report("unexpected ',': there is no element before it")
      }
    } else if !reportedComma {
      reportedComma = true
      report("unexpected ',' between values that are not in an array")
    }
    p += 1
  }

  mutating func closeArray() {
    guard let last = contexts.last, last.isArray else { return stray(window[p]) }
    if last.expecting == .elementAfterComma { report("unexpected ']' after ','") }
    contexts.removeLast()
    p += 1
    indent = nil
  }

  /// Reports an unexpected byte, and begins to skip such text.
  mutating func stray(_ c: UInt8) {
    report("unexpected \(shown(c))")
    p += 1
    indent = nil
    isPassing = true
  }

  /// Skips a run of such text, which has only one finding. Returns nil after it.
  mutating func passStray() -> Step? {
    while true {
      while p < window.count, passesStray(window[p]) { p += 1 }
      if p < window.count { break }
      if let step = fill() { return step }
    }
    isPassing = false
    return nil
  }

  private mutating func passesStray(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x0A, 0x1E: indent = 0
    case 0x20, 0x09: indent = indent.map { $0 + 1 }
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "\""), 0xEF:
      return false
    // These closing brackets have no opening one.
    case UInt8(ascii: "]"):
      if contexts.contains(where: \.isArray) { return false }
      indent = nil
    case UInt8(ascii: "}"):
      if contexts.contains(where: { !$0.isArray }) { return false }
      indent = nil
    case 0x0D: break
    default: indent = nil
    }
    return true
  }
}
