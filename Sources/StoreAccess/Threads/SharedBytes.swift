import BSON

/// Bytes written once, read by several threads afterwards.
package final class SharedBytes: @unchecked Sendable {
  // Immutable from here on: the buffer has come in whole and nothing writes to it.
  private let buffer: ByteBuffer

  package init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

  package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: buffer.bytes[range])
  }
}
