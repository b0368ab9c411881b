import Glibc

/// Counting of the objects that are lost in text that cannot be framed.
enum LostObjects {
  /// Returns the number of objects in the text that begin in the same way as the object before the text, or else as the
  /// first object in it.
  ///
  /// - Parameter head: the beginning of the object before the text; empty if there was no such object.
  static func count(in text: UnsafeRawBufferPointer, like head: [UInt8]) -> Int {
    var head = head
    var count = 0
    // The number of tries is bounded, since a bracket may not belong to JSON.
    var tries = 16
    var before: UInt8 = 0x0A
    var at = 0
    while at < text.count {
      let byte = text[at]
      if byte == UInt8(ascii: "{"), before != UInt8(ascii: ":") {
        if head.isEmpty {
          if tries == 0 { return 0 }
          tries -= 1
          head = firstHead(text[at...])
        }
        if !head.isEmpty, text.holds(head, at: at) { count += 1 }
      }
      if byte > 0x20 { before = byte }
      at += 1
    }
    return count
  }

  /// Returns an object's text up to its first colon; empty where the bracket does not belong to JSON.
  private static func firstHead(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
    let head = RecordFramer.head(text)
    return head.dropFirst().first { $0 > 0x20 } == UInt8(ascii: "\"") ? head : []
  }
}

extension UnsafeRawBufferPointer {
  /// Returns whether the bytes are at an offset.
  func holds(_ bytes: [UInt8], at offset: Int) -> Bool {
    guard let base = baseAddress, count - offset >= bytes.count else { return false }
    return memcmp(base + offset, bytes, bytes.count) == 0
  }
}
