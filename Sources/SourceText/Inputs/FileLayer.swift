import Findings
import Glibc

/// An open file. It owns its descriptor (except that of standard input), reads it with plain `read`, and reports
/// whether the file changed.
final class FileLayer: ByteLayer {
  /// The offset of the next byte; for streams, the number of bytes read so far.
  private(set) var position = 0
  /// Whether the file is regular, so that `seek` and `tail` work.
  let isRegular: Bool

  private let descriptor: Int32
  private let opened: stat

  init(_ file: InputFile) throws(InputFailure) {
    switch file.kind {
    case .standardInput: descriptor = STDIN_FILENO
    // A file that was regular when it was listed may have become a pipe. Opening it must not block.
    case .regular: descriptor = file.path.withCPath { open($0, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) }
    case .stream:
      descriptor = file.path.withCPath { path in retrying { open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) } }
    }
    guard descriptor >= 0 else { throw .unreadable("cannot open the file", errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      if descriptor != STDIN_FILENO { close(descriptor) }
      throw .unreadable("cannot open the file", code)
    }
    opened = status
    isRegular = file.kind == .regular
    if isRegular, status.st_mode & S_IFMT != S_IFREG {
      throw InputFailure(
        rule: .unreadable, message: "the regular file was replaced by something else after it was listed")
    }
  }

  deinit {
    if descriptor != STDIN_FILENO { close(descriptor) }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFailure) -> Int {
    let count = retrying { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    guard count >= 0 else { throw .unreadable("cannot read the file at byte \(position)", errno) }
    position += count
    return count
  }

  /// The size of the file in bytes; for a stream, the number of bytes read so far.
  var storedBytes: Int { isRegular ? Int(opened.st_size) : position }

  /// Moves to an offset in the same way as `lseek`, and returns the new position; nil after a failure.
  func seek(_ offset: Int, _ whence: Int32) -> Int? {
    let newPosition = lseek(descriptor, offset, whence)
    guard newPosition >= 0 else { return nil }
    position = newPosition
    return newPosition
  }

  /// Returns the last bytes of the file, at most `count`. The position does not change.
  func tail(_ count: Int) throws(InputFailure) -> [UInt8] {
    let start = max(0, Int(opened.st_size) - count)
    var bytes = [UInt8](repeating: 0, count: Int(opened.st_size) - start)
    var filled = 0
    while filled < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        return retrying { pread(descriptor, rest.baseAddress, rest.count, start + filled) }
      }
      guard got >= 0 else { throw .unreadable("cannot read the file at byte \(start + filled)", errno) }
      if got == 0 { break }
      filled += got
    }
    return Array(bytes.prefix(filled))
  }

  /// Returns the finding that the file changed since it was opened; nil if it did not. Call it when all of the file has
  /// been read.
  func change(_ name: String) -> Finding? {
    guard isRegular else { return nil }
    var now = stat()
    guard fstat(descriptor, &now) == 0 else { return nil }
    if now.st_size < opened.st_size {
      return Finding(
        .changedWhileRead,
        "the file shrank from \(opened.st_size) to \(now.st_size) bytes while it was read; import it when it is complete",
        severity: .error, file: name)
    }
    if now.st_size > opened.st_size {
      return Finding(
        .changedWhileRead,
        "the file grew from \(opened.st_size) to \(now.st_size) bytes while it was read; import it again when it is complete",
        file: name)
    }
    let unchanged =
      now.st_mtim.tv_sec == opened.st_mtim.tv_sec && now.st_mtim.tv_nsec == opened.st_mtim.tv_nsec
    return unchanged
      ? nil : Finding(.changedWhileRead, "the file was modified while it was read; import it again", file: name)
  }
}

/// Repeats a call that a signal interrupted.
private func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
