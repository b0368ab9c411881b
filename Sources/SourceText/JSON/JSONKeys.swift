import BSON
import Findings

/// The keys of an object.
extension JSONTranscoder {
  /// Copies the key at `at.p` after a byte for the element's type, and skips the colon, if it is one of the keys that
  /// followed here in earlier objects. Returns false, and does nothing, for another key or another spelling.
  @inline(__always)
  mutating func expectedKey(
    _ text: Span<UInt8>, _ at: inout Scan, _ cursor: inout KnownKeys.Cursor, _ marks: inout UInt32
  ) -> Bool {
    let count = text.bytes.withUnsafeBytes {
      known.follow(&cursor, $0.baseAddress.unsafelyUnwrapped, at: at.p, end: end, copyTo: at.o)
    }
    guard let count else { return false }
    marks |= known.mark(cursor.place)
    at.p &+= count &+ 3
    at.o += count &+ 1
    at.put(UInt8(0))
    return true
  }

  /// The same for any other key.
  @inline(never)
  mutating func key(_ text: Span<UInt8>, _ start: Scan, _ object: inout Container) throws(JSONError) -> Scan {
    var at = start
    guard at.p < end, text[at.p] == UInt8(ascii: "\"") else {
      throw unexpected(text, at.p, "where a key should be")
    }
    at.put(UInt8(0))
    let key = at.o
    sawEscape = false
    try string(text, &at)
    if sawEscape, UnsafeRawBufferPointer(start: key, count: at.o - key).contains(0) {
      throw JSONError(.nulInKey, at: start.p, "the key contains a NUL character, which BSON cannot store")
    }
    try take(UnsafeRawBufferPointer(start: key, count: at.o - key), at: start.p, of: &object)
    // Not before: the processor reads back in words what it wrote in words, and waits otherwise.
    at.put(UInt8(0))
    space(text, &at)
    guard at.p < end, text[at.p] == UInt8(ascii: ":") else { throw unexpected(text, at.p, "where ':' should be") }
    at.p += 1
    return at
  }

  private mutating func take(
    _ key: UnsafeRawBufferPointer, at start: Int, of object: inout Container
  ) throws(JSONError) {
    if !object.cursor.isLost {
      // With escapes a key's text is not the key.
      if !sawEscape, known.learn(key, &object.cursor, mark: mark) {
        object.marks |= known.mark(object.cursor.place)
        return
      }
      object.cursor = .lost
      object.marks = .max
      insertKeys(of: object)
    }
    if !keys.insert(key, in: out.base, object.scope) {
      throw JSONError(.duplicateKey, at: start, "duplicate key: the object already contains this key")
    }
  }

  /// The keys that the object had before its cursor was lost.
  private mutating func insertKeys(of object: Container) {
    // The type of the element in hand is still 0, as an object's end is.
    var elements = BSONView.Iterator(at: out.base + object.start + 4)
    while let element = elements.next() { _ = keys.insert(element.key, in: out.base, object.scope) }
  }
}
