import CArchive
import Glibc

/// The compression of a file, recognized by its name.
public enum OutputCompression: Sendable, Equatable {
  case none, gzip, zstd

  /// Selects the compression by `.gz` or `.zst` at the end of the file's name.
  public init(fileName: String) {
    self = fileName.hasSuffix(".gz") ? .gzip : fileName.hasSuffix(".zst") ? .zstd : .none
  }
}

/// A writer of text to a file or a pipe, compressed by libarchive if requested. It owns the `struct archive`.
///
/// The same text always results in the same bytes, because they contain neither a name nor a time.
///
/// ```
/// let output = try CompressedOutput(.gzip) { try file.write($0) }
/// try output.write(text)
/// try output.close()
/// ```
public final class CompressedOutput {
  /// A function that stores bytes. An error that it throws ends the output.
  public typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private let sink: Sink
  private let archive: OpaquePointer?
  private var failure: (any Error)?

  /// Creates an output that passes compressed bytes to `sink`.
  ///
  /// - Throws: `OutputFailure` if libarchive does not support the compression.
  public init(_ compression: OutputCompression, sink: @escaping Sink) throws {
    self.sink = sink
    guard compression != .none else {
      archive = nil
      return
    }
    guard let archive = archive_write_new() else { throw OutputFailure("libarchive cannot be used here") }
    self.archive = archive
    archive_write_set_format_raw(archive)
    if compression == .gzip {
      try check(archive_write_add_filter_gzip(archive))
      // The null value removes the time from the header.
      try check(archive_write_set_filter_option(archive, "gzip", "timestamp", nil))
    } else {
      try check(archive_write_add_filter_zstd(archive))
    }
    // Without this, libarchive would fill the last block with zeros, as on tape.
    archive_write_set_bytes_in_last_block(archive, 1)
    let client = Unmanaged.passUnretained(self).toOpaque()
    try check(
      archive_write_open2(
        archive, client, nil,
        { _, client, start, count in CompressedOutput.of(client).store(start, count) }, nil, nil))
    let entry = archive_entry_new()
    defer { archive_entry_free(entry) }
    archive_entry_set_filetype(entry, S_IFREG)
    try check(archive_write_header(archive, entry))
  }

  deinit {
    guard let archive else { return }
    // An output that was not closed is abandoned, so nothing more is written.
    archive_write_fail(archive)
    archive_write_free(archive)
  }

  /// Compresses and stores bytes. Some may be stored only by a later call.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    guard let archive else { return try sink(bytes) }
    var rest = bytes
    while !rest.isEmpty {
      let taken = archive_write_data(archive, rest.baseAddress, rest.count)
      guard taken > 0 else { throw failure ?? OutputFailure(reason()) }
      rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
    }
  }

  /// Stores all remaining bytes and ends the output.
  public func close() throws {
    guard let archive else { return }
    try check(archive_write_close(archive))
  }

  private func check(_ code: Int32) throws {
    if let failure { throw failure }
    // A warning would be about a filter that runs in another process, which none of these filters does.
    guard code == ARCHIVE_OK else { throw OutputFailure(reason()) }
  }

  private func reason() -> String {
    archive.flatMap { archive_error_string($0) }.map { String(cString: $0) } ?? "libarchive cannot compress here"
  }

  private static func of(_ client: UnsafeMutableRawPointer?) -> CompressedOutput {
    guard let client else { preconditionFailure("libarchive lost its client data") }
    return Unmanaged<CompressedOutput>.fromOpaque(client).takeUnretainedValue()
  }

  /// Implements libarchive's write callback.
  private func store(_ start: UnsafeRawPointer?, _ count: Int) -> Int {
    guard failure == nil else { return -1 }
    do {
      try sink(UnsafeRawBufferPointer(start: start, count: count))
      return count
    } catch {
      failure = error
      return -1
    }
  }
}

/// The reason that an output cannot be compressed.
public struct OutputFailure: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
