import Findings

/// The part of an input that is in memory. Bytes are added at its end, and batches are removed from its start.
struct TextWindow: ~Copyable {
  enum Fill {
    case more
    /// The window is full: a batch must be removed, or the window must grow.
    case full
    case ended
  }

  /// The source of the text; nil if all text is in memory.
  private let source: ByteSource?
  private let size: Int
  private(set) var buffer: TextBuffer
  /// The number of bytes in use.
  private(set) var count = 0
  /// The position of the window's first byte in the input.
  private(set) var base = Position.start
  /// The position that was requested last.
  private var known = Position.start
  private var ended = false

  init(_ source: ByteSource, size: Int) {
    self.source = source
    self.size = max(size, 64)
    buffer = TextBuffer(capacity: self.size)
  }

  /// The bytes in use, followed by NULs. They are valid until the window changes.
  @inline(__always)
  var bytes: UnsafePointer<UInt8> { UnsafePointer(buffer.base.assumingMemoryBound(to: UInt8.self)) }

  @inline(__always)
  subscript(_ i: Int) -> UInt8 { bytes[i] }

  /// Returns whether a byte order mark begins at an offset. The bytes after those in use read as NUL.
  func isMark(at i: Int) -> Bool { self[i] == 0xEF && self[i + 1] == 0xBB && self[i + 2] == 0xBF }

  /// Creates a window of a text that is in memory.
  init(_ text: UnsafeRawBufferPointer, at base: Position) {
    source = nil
    // No bytes are added to the window.
    size = 0
    buffer = TextBuffer(copying: text)
    count = text.count
    (self.base, known) = (base, base)
    ended = true
  }

  /// Reads more bytes from the source.
  mutating func fill() -> Fill {
    guard !ended, let source else { return .ended }
    if count == buffer.capacity { return .full }
    let got = source.read(
      into: UnsafeMutableRawBufferPointer(start: buffer.base + count, count: buffer.capacity - count))
    count += got
    buffer.seal(count)
    if got == 0 {
      ended = true
      return .ended
    }
    return .more
  }

  /// Doubles the capacity.
  mutating func grow() { buffer = buffer.copy(0..<count, capacity: buffer.capacity * 2) }

  /// Returns the position of an offset. Counting continues from the last position, because positions are usually
  /// requested in order.
  mutating func position(of offset: Int) -> Position {
    if offset < known.offset - base.offset { known = base }
    known = known.advanced(over: buffer.bytes(known.offset - base.offset..<offset))
    return known
  }

  /// Removes the first `n` bytes, and returns them in their buffer. The other bytes continue in a new buffer.
  mutating func take(_ n: Int) -> (buffer: TextBuffer, base: Position) {
    let taken = (buffer: buffer, base: base)
    base = position(of: n)
    buffer = buffer.copy(n..<count, capacity: size)
    taken.buffer.seal(n)
    count -= n
    return taken
  }

  /// Removes the first `n` bytes.
  mutating func drop(_ n: Int) {
    base = position(of: n)
    if buffer.capacity > size {
      buffer = buffer.copy(n..<count, capacity: size)
    } else {
      buffer.base.copyMemory(from: buffer.base + n, byteCount: count - n)
    }
    count -= n
    buffer.seal(count)
  }
}
