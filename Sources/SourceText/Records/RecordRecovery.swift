/// Going on behind text that does not frame: an unclosed string or bracket swallows what comes after it, so the next
/// record is looked for from the broken one's start on.
extension RecordFramer {
  mutating func recover() -> Step {
    let wanted = indent
    var scanned = p
    while true {
      if let place = nextStart(from: p, scanned: scanned, indent: wanted) {
        expectElement()
        append(p..<place.at)
        if let last = contexts.indices.last { contexts[last].expecting = .anything }
        indent = place.indent
        return .more
      }
      scanned = max(p, window.count - 256)
      if window.count - p > framing.maxRecord {
        giveUp(
          .truncated,
          "this record does not end, and behind it no next one can be told: the rest of the input is not read")
        return .done
      }
      let before = p
      switch fill() {
      case nil: scanned -= before - p
      case .cut: return .cut
      default:
        expectElement()
        append(p..<window.count)
        endsTruncated = true
        return .more
      }
      scanned = max(scanned, p)
    }
  }

  /// The next line that begins as the broken record's did, or, where that was no first on its line, the next object
  /// behind a comma that begins with the same key.
  private func nextStart(from start: Int, scanned: Int, indent wanted: Int?) -> (at: Int, indent: Int?)? {
    let bytes = window.buffer.bytes(0..<window.count)
    var at = max(scanned, start + 1)
    while let newline = bytes[at...].firstIndex(of: 0x0A) {
      var first = newline + 1
      while first < bytes.count, bytes[first] == 0x20 || bytes[first] == 0x09 { first += 1 }
      guard first < bytes.count else { return nil }
      let width = first - newline - 1
      let opens = bytes[first] == UInt8(ascii: "{")
      let closes = bytes[first] == UInt8(ascii: "]")
      if opens, wanted == nil || wanted == width { return (first, width) }
      if closes, let wanted, width < wanted { return (first, width) }
      at = first
    }
    return wanted == nil ? sameKey(bytes, from: start, scanned: scanned) : nil
  }

  private func sameKey(
    _ bytes: UnsafeRawBufferPointer, from start: Int, scanned: Int
  ) -> (at: Int, indent: Int?)? {
    guard let colon = bytes[start...].prefix(256).firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let head = bytes[start...colon]
    var at = max(scanned, start + 1)
    while let brace = bytes[at...].firstIndex(of: UInt8(ascii: "{")) {
      if bytes[brace - 1] == UInt8(ascii: ","), bytes[brace...].starts(with: head) { return (brace, nil) }
      at = brace + 1
    }
    return nil
  }
}
