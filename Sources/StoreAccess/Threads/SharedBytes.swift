import BSON

/// Bytes written once, read by several threads afterwards.
///
/// @unchecked Sendable: the buffer is handed over whole, and nothing writes to it any more.
package final class SharedBytes: @unchecked Sendable {
  private let buffer: ByteBuffer

  package init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

  package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: buffer.bytes[range])
  }
}
