import BSON
import CMongo

/// A check of the bounds in a server's bytes. A `BSONView` trusts its bytes, so they are checked before it reads them.
///
/// `bson_validate` of libbson 1.23 is not sufficient: it accepts invalid UTF-8 in values, and embedded documents of
/// length 4 or without an end.
enum WellFormed {
  /// The maximum number of levels. The server's own limit is 180 levels.
  static let deepest = 200

  /// Returns whether the bytes are exactly one BSON document whose lengths, ends and texts are valid at every level.
  static func isDocument(_ bytes: UnsafeRawBufferPointer) -> Bool {
    document(bytes, at: 0, limit: bytes.count, depth: 1) == bytes.count
  }

  // Each of these functions takes the offset at which an element starts and returns the offset after it; nil if it is
  // malformed.

  private static func document(_ bytes: UnsafeRawBufferPointer, at start: Int, limit: Int, depth: Int) -> Int? {
    guard depth <= deepest, let length = length(bytes, at: start, limit: limit), length >= 5, length <= limit - start
    else { return nil }
    let last = start + length - 1
    guard bytes[last] == 0 else { return nil }
    var at = start + 4
    while at < last {
      let type = bytes[at]
      guard let key = cString(bytes, at: at + 1, limit: last),
        let next = value(bytes, type: type, at: key, limit: last, depth: depth)
      else { return nil }
      at = next
    }
    return at == last ? last + 1 : nil
  }

  private static func value(
    _ bytes: UnsafeRawBufferPointer, type: UInt8, at start: Int, limit: Int, depth: Int
  ) -> Int? {
    switch type {
    case 0x01, 0x09, 0x11, 0x12: return fixed(8, at: start, limit: limit)
    case 0x10: return fixed(4, at: start, limit: limit)
    case 0x07: return fixed(12, at: start, limit: limit)
    case 0x13: return fixed(16, at: start, limit: limit)
    case 0x06, 0x0A, 0x7F, 0xFF: return start
    case 0x08: return start < limit && bytes[start] <= 1 ? start + 1 : nil
    case 0x02, 0x0D, 0x0E: return string(bytes, at: start, limit: limit)
    case 0x03, 0x04: return document(bytes, at: start, limit: limit, depth: depth + 1)
    case 0x05:
      guard let length = length(bytes, at: start, limit: limit), length >= 0 else { return nil }
      return fixed(5 + length, at: start, limit: limit)
    case 0x0B: return cString(bytes, at: start, limit: limit).flatMap { cString(bytes, at: $0, limit: limit) }
    case 0x0C: return string(bytes, at: start, limit: limit).flatMap { fixed(12, at: $0, limit: limit) }
    case 0x0F:
      guard let length = length(bytes, at: start, limit: limit), length >= 14, length <= limit - start,
        let code = string(bytes, at: start + 4, limit: start + length),
        let end = document(bytes, at: code, limit: start + length, depth: depth + 1), end == start + length
      else { return nil }
      return end
    default: return nil
    }
  }

  private static func fixed(_ count: Int, at start: Int, limit: Int) -> Int? {
    count <= limit - start ? start + count : nil
  }

  private static func length(_ bytes: UnsafeRawBufferPointer, at start: Int, limit: Int) -> Int? {
    guard limit - start >= 4 else { return nil }
    return Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int32.self)))
  }

  private static func string(_ bytes: UnsafeRawBufferPointer, at start: Int, limit: Int) -> Int? {
    guard let length = length(bytes, at: start, limit: limit), length >= 1, length <= limit - start - 4 else {
      return nil
    }
    let last = start + 4 + length - 1
    return bytes[last] == 0 && isText(bytes, start + 4, last) ? last + 1 : nil
  }

  private static func cString(_ bytes: UnsafeRawBufferPointer, at start: Int, limit: Int) -> Int? {
    var at = start
    // Whole words of ASCII are skipped first. The remaining bytes, and any other text, are checked again below.
    while at + 8 <= limit {
      let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      let marked = (word &- 0x0101_0101_0101_0101 | word) & 0x8080_8080_8080_8080
      if marked == 0 {
        at += 8
        continue
      }
      // The first marked byte is a NUL or is not ASCII.
      at += marked.trailingZeroBitCount >> 3
      if bytes[at] == 0 { return at + 1 }
      break
    }
    while at < limit, bytes[at] != 0 { at += 1 }
    return at < limit && isText(bytes, start, at) ? at + 1 : nil
  }

  private static func isText(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
    guard let base = bytes.baseAddress, start < end else { return true }
    if isASCII(base + start, end - start) { return true }
    let text = (base + start).assumingMemoryBound(to: CChar.self)
    return bson_utf8_validate(text, end - start, true)
  }
}

extension WellFormed {
  /// Returns whether a text is ASCII. Most texts are, and libbson checks them byte by byte.
  @inline(__always)
  private static func isASCII(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
    var seen: UInt64 = 0
    var at = 0
    while at + 8 <= count {
      seen |= start.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      at += 8
    }
    // The last word overlaps bytes that were already checked.
    if at < count, count >= 8 {
      seen |= start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
      at = count
    }
    while at < count {
      seen |= UInt64(start.load(fromByteOffset: at, as: UInt8.self))
      at += 1
    }
    return seen & 0x8080_8080_8080_8080 == 0
  }
}

extension BSONDocument {
  /// Copies bytes from an untrusted source; nil unless they are exactly one well-formed document.
  public init?(checking bytes: UnsafeRawBufferPointer) {
    guard WellFormed.isDocument(bytes) else { return nil }
    self.init(copying: bytes)
  }
}
