import Glibc
import SystemPackage

/// A key file in the file system: it checks who can read the file, and writes the file so that it is always complete.
struct KeyFileStorage {
  let path: String

  /// The size limit in bytes. A key file with a thousand master keys is much smaller.
  static let sizeLimit = 1 << 20

  /// A key file that was found by its path and is open for reading.
  struct OpenFile: ~Copyable {
    let file: Descriptor
    let directory: Descriptor
    let name: String
    let links: Int
  }

  func read() throws(KeyFileError) -> SecretBytes { try read(try opened()) }

  /// Opens the file and locks it, so that no other command can change it while it is open.
  ///
  /// - Throws: `notChangeable` if it was found by a symbolic link, or if it is not this user's own: what has put it there
  ///   would not see the change, or would undo it.
  func openForChange() throws(KeyFileError) -> OpenFile {
    for _ in 0..<100 {
      let open = try opened()
      var (mine, named) = (stat(), stat())
      guard fstat(open.file.number, &mine) == 0 else { throw failed(errno, in: .change) }
      try checkChangeable(open.links, mine)
      guard flock(open.file.number, LOCK_EX | LOCK_NB) == 0 else {
        throw errno == EWOULDBLOCK
          ? KeyFileError(.busy, path, "another command is changing it; try again later", in: .change)
          : failed(errno, in: .change)
      }
      // If another command replaced the file in between, its lock was on another file, which no longer has this name.
      if fstatat(open.directory.number, open.name, &named, AT_SYMLINK_NOFOLLOW) == 0, mine.st_dev == named.st_dev,
        mine.st_ino == named.st_ino
      {
        return open
      }
    }
    throw KeyFileError(.busy, path, "other commands keep changing it; try again later", in: .change)
  }

  private func checkChangeable(_ links: Int, _ status: stat) throws(KeyFileError) {
    // The checks of every reading come first: their advice is the more urgent one.
    _ = try Self.size(of: status, path)
    let mode = status.st_mode & 0o7777
    let problem: String? =
      if links > 0 {
        "its path contains a symbolic link"
      } else if status.st_uid != geteuid() {
        "it belongs to the user with id \(status.st_uid)"
      } else if mode != 0o600, mode != 0o400 {
        "its mode is 0\(String(mode, radix: 8)), not 0600 or 0400"
      } else {
        nil
      }
    guard let problem else { return }
    throw KeyFileError(
      .notChangeable, path, "\(problem); write the changed keys to a new file with --key-out PATH", in: .change)
  }

  private func opened() throws(KeyFileError) -> OpenFile {
    let walk = try KeyPathWalk(to: path)
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    let file = Descriptor(
      openat(walk.directory.number, walk.name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK))
    guard file.isOpen else {
      // A socket, for example.
      if errno == ENXIO { throw KeyFileError(.notRegular, path, "it is not a regular file") }
      throw failed(errno)
    }
    let (name, links) = (walk.name, walk.links)
    return OpenFile(file: file, directory: walk.intoDirectory(), name: name, links: links)
  }

  func read(_ open: borrowing OpenFile) throws(KeyFileError) -> SecretBytes { try read(open.file) }

  private func read(_ file: borrowing Descriptor) throws(KeyFileError) -> SecretBytes {
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
  func replace(_ old: borrowing OpenFile, by text: SecretBytes) throws(KeyFileError) {
    // The name is always the same, so that a file that a crash left behind is removed here. The lock prevents
    // concurrent use.
    let (directory, aside) = (old.directory.number, "\(old.name).new")
    unlinkat(directory, aside, 0)
    do throws(KeyFileError) {
      try write(text, to: aside, in: directory, .change)
      guard renameat(directory, aside, directory, old.name) == 0 else { throw failed(errno, in: .change) }
    } catch {
      unlinkat(directory, aside, 0)
      throw error
    }
    try sync(directory, in: .change)
  }

  /// Writes a temporary file in the same directory and renames it to the path, if the path does not exist.
  func create(_ text: SecretBytes) throws(KeyFileError) {
    let walk = try KeyPathWalk(to: path, in: .create, followsLast: false)
    let (directory, name) = (walk.directory.number, walk.name)
    let aside = "\(name).\(KeyID.random()).new"
    do throws(KeyFileError) {
      try write(text, to: aside, in: directory, .create)
      guard linkat(directory, aside, directory, name, 0) == 0 else {
        throw errno == EEXIST
          ? KeyFileError(
            .exists, path, "a file with this name exists; choose another path, or use that file", in: .create)
          : failed(errno, in: .create)
      }
    } catch {
      unlinkat(directory, aside, 0)
      throw error
    }
    guard unlinkat(directory, aside, 0) == 0 else {
      throw failed(errno, "it was created, but \(aside) cannot be removed", in: .create)
    }
    try sync(directory, in: .create)
  }

  /// Returns the size of the file in bytes, after checking who can read and change it.
  private func check(_ file: borrowing Descriptor) throws(KeyFileError) -> Int {
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw failed(errno) }
    return try Self.size(of: status, path)
  }

  /// Returns the size of a regular file that belongs to this user or root, and that no other user can read or change.
  /// The group may read a file of root: systemd's credentials have such a mode, because the mode shows the mask of an
  /// access control list, and so do files of a Kubernetes Secret for a user who is not root.
  private static func size(of status: stat, _ path: String) throws(KeyFileError) -> Int {
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw KeyFileError(.notRegular, path, "it is not a regular file")
    }
    guard KeyPathWalk.isTrusted(status.st_uid) else {
      throw KeyFileError(
        .owner, path, "it belongs to the user with id \(status.st_uid); it must belong to you or to root")
    }
    let mode = status.st_mode & 0o7777
    let allowed: mode_t = status.st_uid == 0 ? 0o7740 : 0o7700
    guard mode & ~allowed == 0 else {
      throw KeyFileError(
        .mode, path,
        "its mode is 0\(String(mode, radix: 8)), so other users can read or change it; run `chmod 600 \(path)`")
    }
    guard status.st_size <= sizeLimit else {
      throw KeyFileError(.tooLarge, path, "it is larger than 1 MiB; check the path")
    }
    return status.st_size
  }

  private func write(
    _ text: SecretBytes, to aside: String, in directory: Int32, _ task: KeyFileError.Task
  ) throws(KeyFileError) {
    let file = Descriptor(openat(directory, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600))
    guard file.isOpen else { throw failed(errno, in: task) }
    // The umask may have removed the owner's own rights.
    guard fchmod(file.number, 0o600) == 0 else { throw failed(errno, in: task) }
    do {
      _ = try text.withUnsafeBytes { try FileDescriptor(rawValue: file.number).writeAll($0) }
    } catch {
      throw KeyFileError(.system, path, "\(error)", in: task)
    }
    guard fsync(file.number) == 0 else { throw failed(errno, in: task) }
  }

  /// Makes the names in a directory durable. A descriptor of a walk cannot be synced itself.
  private func sync(_ directory: Int32, in task: KeyFileError.Task) throws(KeyFileError) {
    let file = Descriptor(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
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
