import CArchive
import Glibc

/// A reader of one compressed stream or archive, based on libarchive. It owns the `struct archive`.
///
/// Only the formats that `Content` names are turned on. Nothing is ever written to disk.
final class ArchiveReader {
  enum Content {
    case zstd, bzip2, xz
    case zip, tar
  }

  let feed: ArchiveFeed
  /// Whether libarchive has given up on the whole archive, so that nothing more can be read from it.
  private(set) var isDead = false

  private let archive: OpaquePointer
  /// The locale in which names are read. libarchive returns names in the character set of the current locale, and the
  /// program's locale is "C".
  private let utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
  private var block = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position: Int64 = 0
  private var failure: InputFailure?

  /// Opens the stream or archive. If the feed is seekable, libarchive can reach the directory of a zip.
  init(_ content: Content, _ feed: ArchiveFeed) throws(InputFailure) {
    guard let archive = archive_read_new() else { throw .damaged("libarchive cannot be initialized") }
    self.archive = archive
    self.feed = feed
    switch content {
    case .zstd: archive_read_support_filter_zstd(archive)
    case .bzip2: archive_read_support_filter_bzip2(archive)
    case .xz: archive_read_support_filter_xz(archive)
    case .zip: archive_read_support_format_zip(archive)
    case .tar:
      archive_read_support_format_tar(archive)
      // Without this option, the archive that `cat a.tar b.tar` appended would be lost without a message.
      archive_read_set_format_option(archive, "tar", "read_concatenated_archives", "1")
    }
    if content != .zip && content != .tar {
      archive_read_support_format_raw(archive)
      archive_read_support_format_empty(archive)
    }
    if feed.isSeekable {
      archive_read_set_seek_callback(archive) { _, client, offset, whence in
        ArchiveFeed.of(client).seek(Int(offset), whence)
      }
      archive_read_set_skip_callback(archive) { _, client, count in ArchiveFeed.of(client).skip(Int(count)) }
    }
    let client = Unmanaged.passUnretained(feed).toOpaque()
    let code = archive_read_open(
      archive, client, nil, { _, client, pointer in ArchiveFeed.of(client).next(pointer) }, nil)
    guard code == ARCHIVE_OK else { throw fail(code) }
  }

  deinit {
    archive_read_free(archive)
    if let utf8 { freelocale(utf8) }
  }

  /// Calls `body` with the header of the next member, and returns its result; returns nil at the end of the archive.
  /// The entry belongs to libarchive, and is valid until the next call.
  func nextEntry<Result>(_ body: (OpaquePointer) -> Result) throws(InputFailure) -> Result? {
    let before = utf8.map { uselocale($0) }
    defer { if let before { uselocale(before) } }
    block = UnsafeRawBufferPointer(start: nil, count: 0)
    position = 0
    failure = nil
    var entry: OpaquePointer?
    let code = archive_read_next_header(archive, &entry)
    if code == ARCHIVE_EOF { return nil }
    // A warning is about attributes that are not used here.
    guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry else { throw fail(code) }
    return body(entry)
  }

  /// Reads data of the member that `nextEntry` returned last, in the same way as `ByteLayer.read`.
  func readData(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int {
    while block.isEmpty {
      if let failure { throw failure }
      var start: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      let code = archive_read_data_block(archive, &start, &count, &offset)
      if code == ARCHIVE_EOF { return 0 }
      // The last block may come with a warning, for a checksum that does not match. Return the block first.
      guard code == ARCHIVE_OK || code == ARCHIVE_WARN else {
        let error = fail(code)
        failure = error
        throw error
      }
      if code == ARCHIVE_WARN { failure = fail(code) }
      if count > 0, offset != position {
        throw .damaged("the archive member is a sparse file, which JSON text never is")
      }
      block = UnsafeRawBufferPointer(start: start, count: count)
      position += Int64(count)
    }
    let count = min(buffer.count, block.count)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[..<count]))
    block = UnsafeRawBufferPointer(rebasing: block[count...])
    return count
  }

  /// Returns whether libarchive has detected this compression.
  func hasFilter(_ code: Int32) -> Bool { archive_filter_code(archive, 0) == code }

  /// The number of bytes of the compressed stream that libarchive has used.
  var consumed: Int { Int(archive_filter_bytes(archive, -1)) }

  private func fail(_ code: Int32) -> InputFailure {
    if code == ARCHIVE_FATAL { isDead = true }
    if let failure = feed.failure { return failure }
    let reason = archive_error_string(archive).map { String(cString: $0) } ?? ""
    return .damaged(reason.isEmpty ? "the archive is damaged or truncated" : "the archive is damaged: \(reason)")
  }
}
