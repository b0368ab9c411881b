import BSON
import Findings

/// Reading the keys of an object.
extension JSONTranscoder {
  /// Copies the key at `at.p` after a byte for the element's type, and skips the colon. Accepts only the keys that
  /// followed here in earlier objects.
  ///
  /// - Returns: false, without doing anything, for another key or another spelling.
  @inline(__always)
  mutating func expectedKey(
    _ text: Span<UInt8>, _ at: inout Scan, _ cursor: inout KnownKeys.Cursor, _ marks: inout UInt32
  ) -> Bool {
    let count = text.bytes.withUnsafeBytes {
      known.follow(&cursor, $0.baseAddress.unsafelyUnwrapped, at: at.p, end: end, copyTo: at.o)
    }
    guard let count else { return false }
    marks |= known.mark(cursor.offset)
    at.p &+= count &+ 3
    at.o += count &+ 1
    at.put(UInt8(0))
    return true
  }

  /// Copies a key that `expectedKey` did not accept, after a byte for the element's type, and skips the colon.
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
    // The NUL is written only now. The key was written in words and has just been read in words; a byte written in
    // between would have made the processor wait.
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
      // The text of a key with escapes is not the key itself, so it is not learned.
      if !sawEscape, known.learn(key, &object.cursor, mark: mark) {
        object.marks |= known.mark(object.cursor.offset)
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

  /// Inserts the keys that the object had before its cursor was lost.
  private mutating func insertKeys(of object: Container) {
    // The type of the current element is still 0, which is how an object ends, so the iteration stops there.
    var elements = BSONView.Iterator(at: out.base + object.start + 4)
    while let element = elements.next() { _ = keys.insert(element.key, in: out.base, object.scope) }
  }
}
