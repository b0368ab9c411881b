import Findings

/// The part of an input that is in memory: bytes come in behind, batches leave in front.
struct TextWindow: ~Copyable {
  enum Fill {
    case more
    /// The window is full: a batch must leave, or the window must grow.
    case full
    case ended
  }

  /// nil where all text is in memory.
  private let source: ByteSource?
  private let size: Int
  private(set) var buffer: TextBuffer
  /// Bytes in use.
  private(set) var count = 0
  /// The position of the window's first byte in the input.
  private(set) var base = Position.start
  /// The last place that was asked for.
  private var known = Position.start
  private var ended = false

  init(_ source: ByteSource, size: Int) {
    self.source = source
    self.size = max(size, 64)
    buffer = TextBuffer(capacity: self.size)
  }

  /// The bytes in use, and the NULs behind them. Valid until the window changes.
  @inline(__always)
  var bytes: UnsafePointer<UInt8> { UnsafePointer(buffer.base.assumingMemoryBound(to: UInt8.self)) }

  @inline(__always)
  subscript(_ i: Int) -> UInt8 { bytes[i] }

  /// Whether a byte order mark begins there. What follows the bytes in use reads as NUL.
  func isMark(at i: Int) -> Bool { self[i] == 0xEF && self[i + 1] == 0xBB && self[i + 2] == 0xBF }

  /// A text that is in memory.
  init(_ text: UnsafeRawBufferPointer, at base: Position) {
    source = nil
    // Nothing comes in behind it.
    size = 0
    buffer = TextBuffer(copying: text)
    count = text.count
    (self.base, known) = (base, base)
    ended = true
  }

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

  mutating func grow() { buffer = buffer.copy(0..<count, capacity: buffer.capacity * 2) }

  /// Places are mostly asked for in order: counting goes on from the last one.
  mutating func position(of offset: Int) -> Position {
    if offset < known.offset - base.offset { known = base }
    known = known.advanced(over: buffer.bytes(known.offset - base.offset..<offset))
    return known
  }

  /// Takes the first `n` bytes out, as the buffer that they are in; the rest goes on in a fresh one.
  mutating func take(_ n: Int) -> (buffer: TextBuffer, base: Position) {
    let taken = (buffer: buffer, base: base)
    base = position(of: n)
    buffer = buffer.copy(n..<count, capacity: size)
    taken.buffer.seal(n)
    count -= n
    return taken
  }

  /// Forgets the first `n` bytes.
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
