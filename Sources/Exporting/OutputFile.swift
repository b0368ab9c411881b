import BSON
import FieldCrypto
import Foundation
import Glibc
import SourceText
import StoreAccess
import SystemPackage

/// A file that is being written, compressed according to its name, and hashed as it is stored; or standard output,
/// which is neither compressed nor hashed.
///
/// A file is written under a temporary name, readable by its owner only, and gets its final name when it is complete
/// and on the disk. A file that is abandoned is removed.
///
/// A file that was closed temporarily is opened again by the next write. Compressed text then continues in a further
/// member: gzip and zstd read consecutive members as one text.
final class OutputFile {
  private let name: String
  private let storage: Storage
  private let compression: OutputCompression
  /// The current compression member.
  private var member: CompressedOutput?
  private var documents = 0

  /// - Parameters:
  ///   - path: The path of the file; nil means standard output, which is not compressed.
  ///   - name: The name in the summary.
  init(path: String?, name: String) throws {
    self.name = name
    storage = try Storage(path)
    compression = path.map { OutputCompression(fileName: $0) } ?? .none
    // A file without any text also has one member.
    _ = try openMember()
  }

  func write(_ bytes: UnsafeRawBufferPointer, documents: Int = 0) throws {
    if !bytes.isEmpty { try openMember().write(bytes) }
    self.documents += documents
  }

  func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  private func openMember() throws -> CompressedOutput {
    if let member { return member }
    try storage.open()
    let member = try CompressedOutput(compression) { [storage] in try storage.store($0) }
    self.member = member
    return member
  }

  /// Ends the member, and holds no resources of the system until the next write.
  func close() throws {
    try member?.close()
    member = nil
    try storage.close()
  }

  /// Gives the file its final name.
  func finish() throws -> ExportedFile {
    try member?.close()
    member = nil
    let (bytes, digest) = try storage.finish()
    return ExportedFile(path: name, documents: documents, bytes: bytes, sha256: digest)
  }

  /// The number of bytes as they are stored.
  private final class Storage {
    private let path: String?
    private let aside: String?
    /// The open file; nil while it is closed.
    private var descriptor: Int32?
    private var hash = SHA256()
    private var bytes = 0
    /// True if the file exists under its temporary name.
    private var isAside = false

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
      aside =
        url.deletingLastPathComponent()
        .appending(path: ".\(url.lastPathComponent).\(UUID().uuidString.prefix(8)).partial").path
      try open(O_CREAT | O_EXCL, "cannot create")
    }

    deinit {
      guard let aside else { return }
      if let descriptor { Glibc.close(descriptor) }
      if isAside { unlink(aside) }
    }

    /// Opens the file to continue at its end.
    func open(_ flags: Int32 = O_APPEND, _ problem: String = "cannot open again") throws {
      guard descriptor == nil, let path, let aside else { return }
      let opened = Glibc.open(aside, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | flags, 0o600)
      guard opened >= 0 else { throw Self.failure("\(problem) \(path)") }
      descriptor = opened
      isAside = true
    }

    func close() throws {
      guard let path, let open = descriptor else { return }
      descriptor = nil
      guard Glibc.close(open) == 0 else { throw Self.failure("cannot write \(path)") }
    }

    func store(_ piece: UnsafeRawBufferPointer) throws {
      if path != nil { hash.update(piece) }
      bytes += piece.count
      do {
        try FileDescriptor(rawValue: descriptor ?? -1).writeAll(piece)
      } catch {
        throw StoreFailure("cannot write \(path ?? "to standard output"): \(error)")
      }
    }

    func finish() throws -> (bytes: Int, digest: String?) {
      guard let path, let aside else { return (bytes, nil) }
      try open()
      guard let descriptor, fsync(descriptor) == 0 else { throw Self.failure("cannot write \(path)") }
      guard rename(aside, path) == 0 else { throw Self.failure("cannot rename the finished file to \(path)") }
      isAside = false
      try close()
      try Folder.sync(URL(filePath: path).deletingLastPathComponent().path)
      let digest = exchange(&hash, with: SHA256()).finished()
      return (bytes, digest.withUnsafeBytes { $0.hexadecimal })
    }

    private static func failure(_ what: String) -> StoreFailure {
      StoreFailure("\(what): \(String(cString: strerror(errno)))")
    }
  }
}

/// The directory entry of a folder on the disk.
enum Folder {
  /// Makes the latest changes of names in the folder durable.
  static func sync(_ path: String) throws {
    let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    // Some file systems do not support this.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw StoreFailure("cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }
}
