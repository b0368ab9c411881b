import Glibc
import SystemPackage

/// A key file in the file system: it checks who can read the file, and writes the file so that it is always complete.
struct KeyFileStorage {
  let path: String

  /// The size limit in bytes. A key file with a thousand master keys is much smaller.
  private static let sizeLimit = 1 << 20

  func read() throws(KeyFileError) -> SecretBytes { try read(try opened()) }

  /// Opens the file and locks it, so that no other command can change it while it is open.
  func openForChange() throws(KeyFileError) -> Descriptor {
    for _ in 0..<100 {
      let file = try opened()
      guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
        throw errno == EWOULDBLOCK
          ? KeyFileError(.busy, path, "another command is changing it; try again later", in: .change)
          : failed(errno, in: .change)
      }
      // If another command replaced the file in between, its lock was on another file, which no longer has this name.
      var (mine, named) = (stat(), stat())
      guard fstat(file.number, &mine) == 0 else { throw failed(errno, in: .change) }
      if lstat(path, &named) == 0, mine.st_dev == named.st_dev, mine.st_ino == named.st_ino { return file }
    }
    throw KeyFileError(.busy, path, "other commands keep changing it; try again later", in: .change)
  }

  private func opened() throws(KeyFileError) -> Descriptor {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    let file = Descriptor(open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK))
    guard file.isOpen else {
      switch errno {
      case ENOENT:
        throw KeyFileError(
          .missing, path,
          "it does not exist; check the path, or create the file with `strava-store keys generate`")
      case ELOOP: throw KeyFileError(.notRegular, path, "it is a symbolic link; give the path of the file itself")
      case let code: throw failed(code)
      }
    }
    return file
  }

  func read(_ file: borrowing Descriptor) throws(KeyFileError) -> SecretBytes {
    let size = try check(file)
    let number = file.number
    return try SecretBytes(count: size) { (bytes) throws(KeyFileError) in
      var filled = 0
      while filled < size {
        let count = Glibc.read(number, bytes.baseAddress?.advanced(by: filled), size - filled)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw failed(count < 0 ? errno : EIO) }
        filled += count
      }
    }
  }

  /// Writes a temporary file in the same directory and renames it to the path of the old file, which was opened for
  /// change. At any time, the path names a complete file, either the old one or the new one.
  func replace(_ old: borrowing Descriptor, by text: SecretBytes) throws(KeyFileError) {
    // The name is always the same, so that a file that a crash left behind is removed here. The lock prevents
    // concurrent use.
    let aside = "\(path).new"
    unlink(aside)
    do throws(KeyFileError) {
      try write(text, to: aside, in: .change)
      guard rename(aside, path) == 0 else { throw failed(errno, in: .change) }
    } catch {
      unlink(aside)
      throw error
    }
    try syncDirectory(in: .change)
  }

  /// Writes a temporary file in the same directory and renames it to the path, if the path does not exist.
  func create(_ text: SecretBytes) throws(KeyFileError) {
    let aside = "\(path).\(KeyID.random()).new"
    do throws(KeyFileError) {
      try write(text, to: aside, in: .create)
      guard link(aside, path) == 0 else {
        throw errno == EEXIST
          ? KeyFileError(
            .exists, path, "a file with this name exists; choose another path, or use that file", in: .create)
          : failed(errno, in: .create)
      }
    } catch {
      unlink(aside)
      throw error
    }
    guard unlink(aside) == 0 else { throw failed(errno, "it was created, but \(aside) cannot be removed", in: .create) }
    try syncDirectory(in: .create)
  }

  /// Returns the size of the file in bytes, after checking that it is a regular file that only its owner can read, and
  /// that the owner is this user or root.
  private func check(_ file: borrowing Descriptor) throws(KeyFileError) -> Int {
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw failed(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw KeyFileError(.notRegular, path, "it is not a regular file")
    }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw KeyFileError(
        .owner, path, "it belongs to the user with id \(status.st_uid); it must belong to you or to root")
    }
    let mode = status.st_mode & 0o7777
    guard mode & 0o077 == 0 else {
      throw KeyFileError(
        .mode, path,
        "its mode is 0\(String(mode, radix: 8)), so other users can read or change it; run `chmod 600 \(path)`")
    }
    guard status.st_size <= Self.sizeLimit else {
      throw KeyFileError(.tooLarge, path, "it is larger than 1 MiB; check the path")
    }
    return status.st_size
  }

  private func write(_ text: SecretBytes, to aside: String, in task: KeyFileError.Task) throws(KeyFileError) {
    let file = Descriptor(open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600))
    guard file.isOpen else { throw failed(errno, in: task) }
    do {
      _ = try text.withUnsafeBytes { try FileDescriptor(rawValue: file.number).writeAll($0) }
    } catch {
      throw KeyFileError(.system, path, "\(error)", in: task)
    }
    guard fsync(file.number) == 0 else { throw failed(errno, in: task) }
  }

  private func syncDirectory(in task: KeyFileError.Task) throws(KeyFileError) {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[...$0]) } ?? "."
    let file = Descriptor(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    guard file.isOpen, fsync(file.number) == 0 else {
      throw failed(errno, "it was written, but its directory cannot be synced", in: task)
    }
  }

  private func failed(_ code: Int32, _ problem: String? = nil, in task: KeyFileError.Task = .read) -> KeyFileError {
    let reason = "\(Errno(rawValue: code))"
    return KeyFileError(.system, path, problem.map { "\($0): \(reason)" } ?? reason, in: task)
  }
}

/// A file descriptor that is closed at the end of its lifetime.
struct Descriptor: ~Copyable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  deinit {
    if isOpen { close(number) }
  }

  var isOpen: Bool { number >= 0 }
}
