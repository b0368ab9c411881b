import CArchive
import Glibc

/// Reads one compressed stream or archive with libarchive; owns the `struct archive`.
///
/// Only what `Content` names is turned on. Nothing is ever written to disk.
final class ArchiveReader {
  enum Content {
    case zstd, bzip2, xz
    case zip, tar
  }

  let feed: ArchiveFeed
  /// libarchive gave up on the whole archive; nothing more can be asked of it.
  private(set) var isDead = false

  private let archive: OpaquePointer
  /// Names are given out in the locale's character set; the program's is "C".
  private let utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
  private var block = UnsafeRawBufferPointer(start: nil, count: 0)
  private var position: Int64 = 0
  private var failure: InputFailure?

  /// `file` is given where `feed` reads an uncompressed regular file, so that a zip's directory can be reached.
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
      // Without this, what `cat a.tar b.tar` appended would be lost without a word.
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
      archive, client, nil, { _, client, place in ArchiveFeed.of(client).next(place) }, nil)
    guard code == ARCHIVE_OK else { throw fail(code) }
  }

  deinit {
    archive_read_free(archive)
    if let utf8 { freelocale(utf8) }
  }

  /// The next member's header, or nil at the archive's end. The entry is libarchive's, and good until the next call.
  func nextEntry<Result>(_ body: (OpaquePointer) -> Result) throws(InputFailure) -> Result? {
    let before = utf8.map { uselocale($0) }
    defer { if let before { uselocale(before) } }
    block = UnsafeRawBufferPointer(start: nil, count: 0)
    position = 0
    failure = nil
    var entry: OpaquePointer?
    let code = archive_read_next_header(archive, &entry)
    if code == ARCHIVE_EOF { return nil }
    // A warning tells of attributes that nobody reads here.
    guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let entry else { throw fail(code) }
    return body(entry)
  }

  /// Reads data of the member that `nextEntry` returned last, as `ByteLayer.read` does.
  func readData(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int {
    while block.isEmpty {
      if let failure { throw failure }
      var start: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      let code = archive_read_data_block(archive, &start, &count, &offset)
      if code == ARCHIVE_EOF { return 0 }
      // With a warning (a checksum that does not match) comes the last block.
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

  /// True when libarchive took the compression to be this one.
  func hasFilter(_ code: Int32) -> Bool { archive_filter_code(archive, 0) == code }

  /// Bytes of the compressed stream that libarchive has used.
  var consumed: Int { Int(archive_filter_bytes(archive, -1)) }

  private func fail(_ code: Int32) -> InputFailure {
    if code == ARCHIVE_FATAL { isDead = true }
    if let failure = feed.failure { return failure }
    let reason = archive_error_string(archive).map { String(cString: $0) } ?? ""
    return .damaged(reason.isEmpty ? "the archive is damaged or truncated" : "the archive is damaged: \(reason)")
  }
}
