import Findings
import Glibc

/// A buffer of bytes of one input, followed by padding that reads as NUL, because the scanner reads ahead in words.
///
/// Only the framer fills it. As soon as it is part of a batch, nothing writes to it any more, so any thread can read
/// it.
public final class TextBuffer: @unchecked Sendable {
  static let padding = 64

  let base: UnsafeMutableRawPointer
  let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(byteCount: capacity + Self.padding, alignment: 16)
    seal(0)
  }

  convenience init(copying text: UnsafeRawBufferPointer) {
    self.init(capacity: text.count)
    base.copyMemory(from: text.baseAddress ?? UnsafeRawPointer(base), byteCount: text.count)
    seal(text.count)
  }

  deinit { base.deallocate() }

  /// Writes the NULs of the padding after `count` bytes.
  func seal(_ count: Int) {
    (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: Self.padding)
  }

  /// Returns a larger or new buffer that begins with the bytes in `range` of this one.
  func copy(_ range: Range<Int>, capacity: Int) -> TextBuffer {
    let fresh = TextBuffer(capacity: max(capacity, range.count))
    fresh.base.copyMemory(from: base + range.lowerBound, byteCount: range.count)
    fresh.seal(range.count)
    return fresh
  }

  /// Returns the bytes in a range. They are valid as long as the buffer exists.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }
}

extension Position {
  public static let start = Position(line: 1, column: 1, offset: 0)

  /// Returns the position after `bytes`, which begin at this position.
  func advanced(over bytes: UnsafeRawBufferPointer) -> Position {
    var lines = 0
    var lastLine = 0
    while let start = bytes.baseAddress, let newline = memchr(start + lastLine, 0x0A, bytes.count - lastLine) {
      lines += 1
      lastLine = UnsafeRawPointer(newline) - start + 1
    }
    // A Unicode scalar begins with any byte except 10xxxxxx.
    let scalars = bytes[lastLine...].reduce(into: 0) { $0 += $1 & 0xC0 != 0x80 ? 1 : 0 }
    return Position(
      line: line + lines, column: (lines > 0 ? 1 : column) + scalars, offset: offset + bytes.count)
  }
}
