import BSON

/// Bytes that are written once and then read by several threads.
///
/// @unchecked Sendable: the buffer is handed over completely, and nothing writes to it afterwards.
package final class SharedBytes: @unchecked Sendable {
  private let buffer: ByteBuffer

  package init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

  package var count: Int { buffer.count }

  package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: buffer.bytes[range])
  }
}
