import CArchive

/// A layer that decompresses gzip with one or more members, and verifies the CRC-32 and the length of each. It owns a
/// `z_stream`.
///
/// It uses zlib, because libarchive ignores the checksums and treats a member that is truncated within its header as
/// the end.
final class GzipLayer: ByteLayer {
  private let below: any ByteLayer
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
  /// The stream is on the heap, because zlib keeps its address.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var inMember = false
  private var inPadding = false
  private var failure: InputFailure?

  init(_ below: any ByteLayer) {
    self.below = below
    stream.initialize(to: z_stream())
    // The window has 15 bits. Adding 16 selects the gzip format.
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
    let capacity = UInt32(clamping: buffer.count)
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = capacity
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
      let count = Int(capacity - stream.pointee.avail_out)
      if count > 0 { return count }
      if let failure { throw failure }
    }
  }

  /// Begins the next member. Returns false if the available input was only padding.
  private func beginMember() throws(InputFailure) -> Bool {
    // Zeros may fill the file up to a whole block, as on tape. Nothing may follow them.
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
