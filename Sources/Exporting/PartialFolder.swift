import Foundation
import StoreAccess

/// A folder that is written under a temporary name, readable by its owner only, and gets its final name when it is
/// complete. A folder that is abandoned is removed.
final class PartialFolder {
  /// The final path.
  let path: String
  private let aside: String
  private var isFinished = false

  /// - Throws: `StoreFailure` if the path exists and is not an empty folder.
  init(_ path: String) throws {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let target = URL(filePath: path)
    aside =
      target.deletingLastPathComponent()
      .appending(path: ".\(target.lastPathComponent).\(UUID().uuidString.prefix(8)).partial").path
    var status = stat()
    if lstat(self.path, &status) == 0,
      status.st_mode & S_IFMT != S_IFDIR
        || (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty != true
    {
      throw StoreFailure("cannot write to \(path): it exists and is not an empty folder; choose another path")
    }
    guard mkdir(aside, 0o700) == 0 else {
      throw StoreFailure("cannot create the folder \(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit {
    if !isFinished { try? FileManager.default.removeItem(atPath: aside) }
  }

  /// Returns the path at which a file of the folder is to be written, and creates the folders on that path.
  ///
  /// - Throws: `StoreFailure` for a name that leads outside the folder, or that another file already has.
  func makePath(of name: String) throws -> String {
    let steps = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !steps.contains(where: { ["", ".", ".."].contains($0) || $0.contains("\0") }) else {
      throw StoreFailure("cannot write to \(path): the name of a file would lead outside the folder")
    }
    let target = URL(filePath: aside).appending(path: name)
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    var status = stat()
    guard lstat(target.path, &status) != 0 else {
      throw StoreFailure("cannot write to \(path): two files would have the same name")
    }
    return target.path
  }

  func finish() throws {
    try Folder.sync(aside)
    guard rename(aside, path) == 0 else {
      throw StoreFailure("cannot rename the finished folder to \(path): \(String(cString: strerror(errno)))")
    }
    isFinished = true
    try Folder.sync(URL(filePath: path).deletingLastPathComponent().path)
  }
}

extension ExportOptions {
  /// Returns the name that mongodump uses; mongodump also compresses this file with the others.
  func metadataName(_ collection: String, database: String) -> String {
    "\(database)/\(collection).metadata.json\(compression)"
  }

  /// Returns the name of one file of a folder.
  ///
  /// - Parameter label: The label, which contains no dot.
  func fileName(_ collection: String, label: String, database: String) -> String {
    let folder = format == .bson ? "\(database)/" : ""
    let ending = format == .raw ? "raw.ndjson" : format == .extjson ? "extjson.ndjson" : format.rawValue
    let stem = collection + (label.isEmpty ? "" : "-\(label)")
    return folder + stem + ".\(ending)\(compression)"
  }
}
