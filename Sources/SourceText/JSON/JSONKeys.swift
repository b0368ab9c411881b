import BSON

/// The keys of an object.
extension JSONTranscoder {
  /// Copies the key whose opening quote is at `p`.
  ///
  /// - Parameters:
  ///   - cursor: on the key before; on this one then.
  ///   - start: of the object, in the output.
  @inline(__always)
  mutating func key(
    _ text: Span<UInt8>, _ cursor: inout KnownKeys.Cursor, _ scope: KeyStack.Scope, of start: Int
  ) throws(JSONError) {
    if !cursor.isLost, let count = known.follow(&cursor, text, at: p &+ 1, end: end, copyTo: out.base + out.count) {
      marks |= known.mark(cursor.place)
      p &+= count &+ 2
      out.count &+= count
      out.put(UInt8(0))
    } else {
      try unexpectedKey(text, &cursor, scope, of: start)
    }
  }

  @inline(never)
  private mutating func unexpectedKey(
    _ text: Span<UInt8>, _ cursor: inout KnownKeys.Cursor, _ scope: KeyStack.Scope, of start: Int
  ) throws(JSONError) {
    let at = p
    let from = out.count
    try string(text)
    let count = out.count - from
    let hasEscape = sawEscape
    sawEscape = false
    if hasEscape {
      for i in from..<out.count where out.bytes[i] == 0 {
        throw JSONError(.nulInKey, at: at, "a key holds a NUL, which BSON cannot keep")
      }
    }
    if !cursor.isLost {
      // With escapes a key's text is not the key.
      if !hasEscape, known.learn(UnsafeRawBufferPointer(start: out.base + from, count: count), &cursor, mark: mark) {
        marks |= known.mark(cursor.place)
        return out.put(UInt8(0))
      }
      cursor = .lost
      marks = .max
      insertKeys(of: start, scope)
    }
    // Before the NUL is written: the processor reads back in words what it wrote in words, and waits otherwise.
    if !keys.insert(from, count, in: out.base, scope) {
      throw JSONError(.duplicateKey, at: at, "the same key stands in this object before")
    }
    out.put(UInt8(0))
  }

  /// The keys that the object at `start` had before its cursor was lost.
  private mutating func insertKeys(of start: Int, _ scope: KeyStack.Scope) {
    // The type of the element in hand is still 0, as an object's end is.
    var elements = BSONView.Iterator(at: out.base + start + 4)
    while let element = elements.next() {
      _ = keys.insert(element.start + 1 - UnsafeRawPointer(out.base), element.keyCount, in: out.base, scope)
    }
  }
}
