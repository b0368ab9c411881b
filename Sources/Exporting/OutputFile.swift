import BSON
import FieldCrypto
import Foundation
import SourceText
import StoreAccess
import SystemPackage

/// One file in the making: compressed by its name, hashed as it is stored; or standard output, which is neither.
///
/// A file is written aside, readable by its owner only, and takes its name when it is whole and on the disk. One that
/// is given up leaves nothing behind.
final class OutputFile {
  /// Bytes gathered for one write.
  private static let blockSize = 1 << 18

  private let name: String
  private let storage: Storage
  private let compressed: CompressedOutput
  private var documents = 0

  /// - Parameters:
  ///   - path: nil is standard output, which no name compresses.
  ///   - name: what the summary calls it.
  init(path: String?, name: String) throws {
    self.name = name
    let storage = try Storage(path)
    self.storage = storage
    compressed = try CompressedOutput(path.map { OutputCompression(fileName: $0) } ?? .none) { try storage.store($0) }
  }

  func write(_ bytes: UnsafeRawBufferPointer, documents: Int) throws {
    try compressed.write(bytes)
    self.documents += documents
  }

  func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try compressed.write(UnsafeRawBufferPointer($0)) }
  }

  /// Puts the file in its place.
  func finish() throws -> ExportedFile {
    try compressed.close()
    let (bytes, digest) = try storage.finish()
    return ExportedFile(path: name, documents: documents, bytes: bytes, sha256: digest)
  }

  /// The bytes as they are stored.
  private final class Storage {
    private let path: String?
    private let aside: String?
    private let descriptor: Int32
    private var hash = SHA256()
    private var bytes = 0
    private var isFinished = false

    init(_ path: String?) throws {
      self.path = path
      guard let path else {
        (aside, descriptor) = (nil, STDOUT_FILENO)
        return
      }
      var status = stat()
      if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        throw StoreFailure("cannot write \(path): it exists and is not a regular file; choose another path")
      }
      let url = URL(filePath: path)
      let aside = url.deletingLastPathComponent()
        .appending(path: ".\(url.lastPathComponent).\(UUID().uuidString.prefix(8)).partial").path
      self.aside = aside
      descriptor = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw Self.failure("cannot create \(path)") }
    }

    deinit {
      guard let aside, descriptor >= 0 else { return }
      close(descriptor)
      if !isFinished { unlink(aside) }
    }

    func store(_ piece: UnsafeRawBufferPointer) throws {
      if path != nil { hash.update(piece) }
      bytes += piece.count
      do {
        try FileDescriptor(rawValue: descriptor).writeAll(piece)
      } catch {
        throw StoreFailure("cannot write \(path ?? "to standard output"): \(error)")
      }
    }

    func finish() throws -> (bytes: Int, digest: String?) {
      guard let path, let aside else { return (bytes, nil) }
      guard fsync(descriptor) == 0 else { throw Self.failure("cannot write \(path)") }
      guard rename(aside, path) == 0 else { throw Self.failure("cannot rename the finished file to \(path)") }
      isFinished = true
      try Folder.sync(URL(filePath: path).deletingLastPathComponent().path)
      let digest = exchange(&hash, with: SHA256()).finished()
      return (bytes, digest.withUnsafeBytes { $0.hexadecimal })
    }

    private static func failure(_ what: String) -> StoreFailure {
      StoreFailure("\(what): \(String(cString: strerror(errno)))")
    }
  }
}

/// A folder's own entry on the disk.
enum Folder {
  /// Makes names that were given in it last.
  static func sync(_ path: String) throws {
    let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    // Some file systems know no such thing.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw StoreFailure("cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }
}
