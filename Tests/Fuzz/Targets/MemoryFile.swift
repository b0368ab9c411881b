import Foundation
import Synchronization

/// A file in memory, where the system offers that. It is removed with the value, and only its owner can read it.
struct MemoryFile: ~Copyable {
  let path: String

  /// Removes the file when the process ends.
  static let folder: Result<String, any Error> = Result {
    let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    let folder = root + "/fuzz-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    atexit { try? FileManager.default.removeItem(atPath: MemoryFile.folder.get()) }
    return folder
  }

  private static let made = Atomic(0)

  init(_ bytes: [UInt8]) throws {
    let path = try Self.folder.get() + "/\(Self.made.add(1, ordering: .relaxed).newValue)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    let written = write(descriptor, bytes, bytes.count)
    close(descriptor)
    try expect(written == bytes.count, "no space for a file")
    self.path = path
  }

  deinit { unlink(path) }
}
