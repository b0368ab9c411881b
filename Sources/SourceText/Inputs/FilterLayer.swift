import CArchive

/// A layer that decompresses zstd, bzip2 or xz with libarchive. Checksums are verified if the format has them.
final class FilterLayer: ByteLayer {
  enum Format: String {
    case zstd, bzip2, xz
  }

  private let format: Format
  private var reader: ArchiveReader?
  private var failure: InputFailure?

  init(_ format: Format, _ below: any ByteLayer) {
    self.format = format
    do throws(InputFailure) {
      reader = try open(ArchiveFeed(below))
    } catch {
      failure = error
    }
  }

  /// Opens the compressed stream. Returns nil if it contains no bytes.
  private func open(_ feed: ArchiveFeed) throws(InputFailure) -> ArchiveReader? {
    let (content, code): (ArchiveReader.Content, Int32) =
      switch format {
      case .zstd: (.zstd, ARCHIVE_FILTER_ZSTD)
      case .bzip2: (.bzip2, ARCHIVE_FILTER_BZIP2)
      case .xz: (.xz, ARCHIVE_FILTER_XZ)
      }
    let reader = try ArchiveReader(content, feed)
    guard reader.hasFilter(code) else {
      throw .damaged("the \(format) data is damaged or uses an unsupported feature")
    }
    if try reader.nextEntry({ _ in true }) == nil {
      try checkEnd(reader)
      return nil
    }
    return reader
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int {
    if let failure { throw failure }
    guard let reader else { return 0 }
    let count = try reader.readData(into: buffer)
    if count == 0 { try checkEnd(reader) }
    return count
  }

  /// Checks that nothing follows the compressed data. libarchive treats anything that does not begin another stream as
  /// the end, even a stream that is truncated within its header.
  private func checkEnd(_ reader: ArchiveReader) throws(InputFailure) {
    try reader.feed.drain()
    if reader.consumed != reader.feed.count {
      throw .damaged("the \(format) data is followed by other data")
    }
  }
}
