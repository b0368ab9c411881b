import CArchive

/// Gzip, one or more members, each checked against its CRC-32 and length; owns a `z_stream`.
///
/// This is zlib's work and not libarchive's, which leaves the checksums alone and takes a member that is cut
/// within its header for the end.
final class GzipLayer: ByteLayer {
  private let below: any ByteLayer
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
  /// On the heap, since zlib keeps the address.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var inMember = false
  private var inPadding = false
  private var failure: InputFailure?

  init(_ below: any ByteLayer) {
    self.below = below
    stream.initialize(to: z_stream())
    // 15 bits of window, 16 for the gzip wrapping.
    if inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) != Z_OK {
      failure = .damaged("zlib cannot be initialized")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
    input.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int {
    if let failure { throw failure }
    let room = UInt32(clamping: buffer.count)
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = room
    while true {
      if stream.pointee.avail_in == 0 {
        let count = try below.read(into: input)
        if count == 0 {
          if inMember { throw .damaged("the gzip data is truncated") }
          return 0
        }
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
      }
      if !inMember, !(try beginMember()) { continue }
      let code = inflate(stream, Z_NO_FLUSH)
      if code == Z_STREAM_END {
        inMember = false
      } else if code != Z_OK && code != Z_BUF_ERROR {
        let reason = stream.pointee.msg.map { ": " + String(cString: $0) } ?? ""
        failure = .damaged("the gzip data is damaged\(reason)")
      }
      let count = Int(room - stream.pointee.avail_out)
      if count > 0 { return count }
      if let failure { throw failure }
    }
  }

  /// Steps into the next member; false when the input at hand was padding only.
  private func beginMember() throws(InputFailure) -> Bool {
    // Zeros may fill the file to a block, as on tape; they end it.
    while stream.pointee.avail_in > 0, let next = stream.pointee.next_in, next.pointee == 0 {
      inPadding = true
      stream.pointee.next_in = next + 1
      stream.pointee.avail_in -= 1
    }
    if stream.pointee.avail_in == 0 { return false }
    if inPadding || stream.pointee.next_in?.pointee != 0x1F {
      throw .damaged("the gzip data is followed by other data")
    }
    inflateReset(stream)
    inMember = true
    return true
  }
}
