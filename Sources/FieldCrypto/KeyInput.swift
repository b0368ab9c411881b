import Glibc
import SystemPackage

/// A key file that another program hands over by an open file, such as the output of `sops` or `age`.
struct KeyInput {
  private let descriptor: Int32

  /// The name of the input in messages.
  var name: String { "from descriptor \(descriptor)" }

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Reads to the end of the input, and closes it.
  ///
  /// - Parameter isCancelled: called ten times a second while nothing arrives; if it returns true, the wait ends.
  /// - Throws: `badDescriptor` for anything but a pipe or an unlinked file of this user or root; `system`, `tooLarge`,
  ///   `interrupted`.
  func read(_ isCancelled: () -> Bool) throws(KeyFileError) -> SecretBytes {
    // Before the check it may be a file of the program itself, which must not be closed.
    try check()
    let input = Descriptor(descriptor)
    var chunks: [(bytes: SecretBytes, count: Int)] = []
    var total = 0
    repeat {
      var filled = 0
      let bytes = try SecretBytes(count: Self.chunk) { (bytes) throws(KeyFileError) in
        filled = try fill(bytes, from: input, isCancelled)
      }
      chunks.append((bytes, filled))
      total += filled
      guard total <= KeyFileStorage.sizeLimit else {
        throw KeyFileError(.tooLarge, name, "it is larger than 1 MiB; check the command that writes it")
      }
    } while chunks.last?.count == Self.chunk
    return SecretBytes(count: total) { text in
      var position = 0
      for (bytes, count) in chunks {
        bytes.withUnsafeBytes { chunk in
          UnsafeMutableRawBufferPointer(rebasing: text[position...]).copyMemory(from: .init(rebasing: chunk[..<count]))
        }
        position += count
      }
    }
  }

  private static let chunk = 4096

  private func check() throws(KeyFileError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw KeyFileError(
        .badDescriptor, name, "the descriptor is not open; redirect it, as in 3< <(age -d keys.json.age)")
    }
    let type = status.st_mode & S_IFMT
    guard type == S_IFIFO || type == S_IFREG && status.st_nlink == 0 else {
      throw KeyFileError(
        .badDescriptor, name,
        type == S_IFREG
          ? "it is a file with a name; give its path by --key-file" : "it is neither a pipe nor an unlinked file")
    }
    guard KeyPathWalk.isTrusted(status.st_uid) else {
      throw KeyFileError(
        .owner, name, "it belongs to the user with id \(status.st_uid); it must belong to you or to root")
    }
  }

  /// Fills the buffer as far as the input reaches.
  ///
  /// - Returns: The number of bytes that were read; less than the size of the buffer at the end of the input.
  private func fill(
    _ bytes: UnsafeMutableRawBufferPointer, from input: borrowing Descriptor, _ isCancelled: () -> Bool
  ) throws(KeyFileError) -> Int {
    var filled = 0
    while filled < bytes.count {
      var waited = pollfd(fd: input.number, events: Int16(POLLIN), revents: 0)
      guard poll(&waited, 1, 100) > 0 else {
        if isCancelled() { throw KeyFileError(.interrupted, name, "the program was interrupted") }
        continue
      }
      let count = Glibc.read(input.number, bytes.baseAddress?.advanced(by: filled), bytes.count - filled)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { throw KeyFileError(.system, name, "\(Errno(rawValue: errno))") }
      if count == 0 { break }
      filled += count
    }
    return filled
  }
}
