import CSodium
import Glibc
import SystemPackage

/// A walk along a path from `/` to a directory and the name of a file in it. Every step is checked on a descriptor that
/// is already open, so nobody can exchange a directory or a link between the check and its use.
///
/// Every directory and link belongs to root or this user. A directory that its group or others can write to must be
/// sticky, because others could otherwise put another file in the place of the key file. Symbolic links are followed,
/// except for those of `/proc`, which lead to open files whatever the directories on their way are.
struct KeyPathWalk: ~Copyable {
  /// The path as the user gave it, for messages.
  private let path: String
  private let task: KeyFileError.Task
  private(set) var directory: Descriptor
  /// The name of the file in `directory`; it is never a symbolic link when the walk has ended.
  private(set) var name = ""
  /// The number of symbolic links that were followed.
  private(set) var links = 0

  /// The kernel's own limit.
  private static let linkLimit = 40
  /// The flags that open a directory, or anything, only to look at it.
  private static let step = Int32(open_path_only) | O_CLOEXEC

  /// - Parameter followsLast: True to follow the last name if it is a symbolic link.
  init(to path: String, in task: KeyFileError.Task = .read, followsLast: Bool = true) throws(KeyFileError) {
    self.path = path
    self.task = task
    directory = Descriptor(open("/", Self.step | O_DIRECTORY))
    guard directory.isOpen else { throw failed(errno) }
    try checkDirectory(directory, called: "/")
    // The names that are still ahead, the next one last.
    var ahead = try Array(Self.names(of: absolute(path)).reversed())
    while let next = ahead.popLast() {
      let isLast = ahead.isEmpty
      if isLast, !followsLast {
        name = next
        return
      }
      let step = Descriptor(openat(directory.number, next, Self.step | O_NOFOLLOW))
      guard step.isOpen else { throw failed(errno) }
      let status = try status(of: step)
      switch status.st_mode & S_IFMT {
      case S_IFLNK:
        let target = try target(of: step, status, called: next)
        if target.hasPrefix("/") { directory = Descriptor(open("/", Self.step | O_DIRECTORY)) }
        ahead += Self.names(of: target).reversed()
      case S_IFDIR:
        try checkDirectory(step, called: next)
        directory = step
        if isLast { throw KeyFileError(.notRegular, path, "it is a directory", in: task) }
      default:
        guard isLast else { throw failed(ENOTDIR) }
        name = next
        return
      }
    }
    throw KeyFileError(.notRegular, path, "it is a directory", in: task)
  }

  /// Ends the use of the walk, and keeps its directory open.
  consuming func intoDirectory() -> Descriptor { directory }

  private func absolute(_ path: String) throws(KeyFileError) -> String {
    if path.hasPrefix("/") { return path }
    guard !path.isEmpty, let current = getcwd(nil, 0) else { throw failed(path.isEmpty ? ENOENT : errno) }
    defer { free(current) }
    return String(cString: current) + "/" + path
  }

  /// Returns the names between the slashes. A slash at the end asks for a directory, as `.` does.
  private static func names(of path: String) -> [String] {
    path.split(separator: "/").map(String.init) + (path.hasSuffix("/") ? ["."] : [])
  }

  /// Returns the target of a symbolic link, after checking that it may be followed.
  private mutating func target(
    of link: borrowing Descriptor, _ status: stat, called name: String
  ) throws(KeyFileError) -> String {
    guard !is_of_proc(link.number) else {
      throw KeyFileError(
        .processLink, path,
        "its path contains a link of /proc (\(name)), which is not followed; to read an open file, give its number, as in "
          + "--key-fd 3 3< <(age -d keys.json.age)",
        in: task)
    }
    guard Self.isTrusted(status.st_uid) else {
      throw KeyFileError(
        .owner, path,
        "the symbolic link \(name) on its path belongs to the user with id \(status.st_uid); it must belong to you or to root",
        in: task)
    }
    links += 1
    guard links <= Self.linkLimit else {
      throw KeyFileError(
        .tooManyLinks, path, "there are more than \(Self.linkLimit) symbolic links on its path", in: task)
    }
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlinkat(link.number, "", &buffer, buffer.count)
    guard count > 0, count < buffer.count else { throw failed(count < 0 ? errno : ENAMETOOLONG) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  private func checkDirectory(_ directory: borrowing Descriptor, called name: String) throws(KeyFileError) {
    let status = try status(of: directory)
    guard Self.isTrusted(status.st_uid) else {
      throw KeyFileError(
        .owner, path,
        "the directory \(name) on its path belongs to the user with id \(status.st_uid); it must belong to you or to root",
        in: task)
    }
    guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 || status.st_mode & S_ISVTX != 0 else {
      throw KeyFileError(
        .directoryMode, path,
        "the directory \(name) on its path has mode 0\(String(status.st_mode & 0o7777, radix: 8)), so other users can "
          + "replace the file; run `chmod go-w` on the directory, or move the file", in: task)
    }
  }

  private func status(of file: borrowing Descriptor) throws(KeyFileError) -> stat {
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw failed(errno) }
    return status
  }

  static func isTrusted(_ user: uid_t) -> Bool { user == 0 || user == geteuid() }

  private func failed(_ code: Int32) -> KeyFileError {
    guard code == ENOENT, task != .create else {
      return KeyFileError(.system, path, "\(Errno(rawValue: code))", in: task)
    }
    return KeyFileError(
      .missing, path, "it does not exist; check the path, or create the file with `strava-store keys generate`",
      in: task)
  }
}
