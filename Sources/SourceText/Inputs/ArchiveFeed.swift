import CArchive
import Glibc

/// The bytes that libarchive's callbacks read: those of the layer below, in large pieces.
final class ArchiveFeed {
  /// The reason that the layer below ended early; nil if it did not.
  private(set) var failure: InputFailure?
  /// The number of bytes passed to libarchive so far.
  private(set) var count = 0
  /// The last bytes passed to libarchive, at most `tailSize`.
  private(set) var tail: [UInt8] = []

  /// The size in bytes of a zip's end record with the longest comment.
  static let tailSize = 22 + 65_535

  private let below: any ByteLayer
  private var ended = false
  private let file: FileLayer?
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)

  init(_ below: any ByteLayer) {
    self.below = below
    file = nil
  }

  /// Creates a feed that reads a regular file from its start and can seek in it.
  init(seekable file: FileLayer) throws(InputFailure) {
    guard file.seek(0, SEEK_SET) != nil else { throw .unreadable("cannot read the file", errno) }
    below = file
    self.file = file
  }

  deinit { buffer.deallocate() }

  var isSeekable: Bool { file != nil }

  /// Returns the feed that was registered as libarchive's client data.
  static func of(_ client: UnsafeMutableRawPointer?) -> ArchiveFeed {
    guard let client else { preconditionFailure("libarchive lost its client data") }
    return Unmanaged<ArchiveFeed>.fromOpaque(client).takeUnretainedValue()
  }

  /// Implements libarchive's read callback. Sets the pointer to the next piece, and returns its size in bytes: 0 at the
  /// end, `ARCHIVE_FATAL` after a failure.
  func next(_ pointer: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
    pointer?.pointee = UnsafeRawPointer(buffer.baseAddress)
    let filled = fill()
    return filled == 0 && failure != nil ? Int(ARCHIVE_FATAL) : filled
  }

  /// Implements libarchive's skip callback. Returns how many of the next bytes were skipped.
  func skip(_ count: Int) -> Int64 {
    guard let file, file.seek(count, SEEK_CUR) != nil else { return 0 }
    return Int64(count)
  }

  /// Implements libarchive's seek callback.
  func seek(_ offset: Int, _ whence: Int32) -> Int64 {
    ended = false
    return file?.seek(offset, whence).map(Int64.init) ?? Int64(ARCHIVE_FATAL)
  }

  /// Reads the bytes that libarchive left unread, so that the layers below verify their checksums and `tail` is the end
  /// of the stream.
  func drain() throws(InputFailure) {
    while fill() > 0 {}
    if let failure { throw failure }
  }

  /// Returns the last bytes of the whole stream, at most `tailSize`. A stream that is not a file is read to its end
  /// first.
  func endOfStream() throws(InputFailure) -> [UInt8] {
    if let file { return try file.tail(Self.tailSize) }
    try drain()
    return tail
  }

  private func fill() -> Int {
    var filled = 0
    do throws(InputFailure) {
      while failure == nil, !ended, filled < buffer.count {
        let got = try below.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        if got == 0 { ended = true }
        filled += got
      }
    } catch {
      failure = error
    }
    count += filled
    if filled >= Self.tailSize {
      tail = Array(buffer[filled - Self.tailSize..<filled])
    } else if filled > 0 {
      tail = tail.suffix(Self.tailSize - filled) + buffer[..<filled]
    }
    return filled
  }
}
