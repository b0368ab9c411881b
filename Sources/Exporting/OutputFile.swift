import BSON
import FieldCrypto
import Foundation
import Glibc
import SourceText
import StoreAccess
import SystemPackage

/// One file in the making: compressed by its name, hashed as it is stored; or standard output, which is neither.
///
/// A file is written aside, readable by its owner only, and takes its name when it is whole and on the disk. One that
/// is given up leaves nothing behind.
///
/// One that is closed for a while is opened again by the next write. Text that is compressed goes on in a further member
/// then: gzip and zstd read members one after another as one text.
final class OutputFile {
  private let name: String
  private let storage: Storage
  private let compression: OutputCompression
  /// The member that is being written.
  private var member: CompressedOutput?
  private var documents = 0

  /// - Parameters:
  ///   - path: nil is standard output, which no name compresses.
  ///   - name: what the summary calls it.
  init(path: String?, name: String) throws {
    self.name = name
    storage = try Storage(path)
    compression = path.map { OutputCompression(fileName: $0) } ?? .none
    // A file without any text has one member, too.
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

  /// Puts the file in its place.
  func finish() throws -> ExportedFile {
    try member?.close()
    member = nil
    let (bytes, digest) = try storage.finish()
    return ExportedFile(path: name, documents: documents, bytes: bytes, sha256: digest)
  }

  /// The bytes as they are stored.
  private final class Storage {
    private let path: String?
    private let aside: String?
    /// Nil while the file is closed.
    private var descriptor: Int32?
    private var hash = SHA256()
    private var bytes = 0
    /// The file is there under the name aside.
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

    /// Opens the file to go on at its end.
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
