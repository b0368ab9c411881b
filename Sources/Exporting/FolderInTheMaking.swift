import Foundation
import StoreAccess

/// A folder that is written aside, readable by its owner only, and takes its name when all of it is there. One that is
/// given up leaves nothing behind.
final class FolderInTheMaking {
  /// Where it will be.
  let path: String
  private let aside: String
  private var isFinished = false

  /// - Throws: `StoreFailure` where the path exists and is not an empty folder.
  init(_ path: String) throws {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let place = URL(filePath: path)
    aside =
      place.deletingLastPathComponent()
      .appending(path: ".\(place.lastPathComponent).\(UUID().uuidString.prefix(8)).partial").path
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

  /// Where a file of the folder is to be written; folders on the way to it are made.
  ///
  /// - Throws: `StoreFailure` for a name that leads elsewhere, or that a file has already.
  func place(of name: String) throws -> String {
    let steps = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !steps.contains(where: { ["", ".", ".."].contains($0) || $0.contains("\0") }) else {
      throw StoreFailure("cannot write to \(path): the name of a file would lead outside the folder")
    }
    let place = URL(filePath: aside).appending(path: name)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    var status = stat()
    guard lstat(place.path, &status) != 0 else {
      throw StoreFailure("cannot write to \(path): two files would have the same name")
    }
    return place.path
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
  /// As mongodump names it; it also compresses it with the rest.
  func metadataName(_ collection: String, database: String) -> String {
    "\(database)/\(collection).metadata.json\(compression)"
  }

  /// The name of one file of a folder.
  ///
  /// - Parameter label: has no dot in it.
  func fileName(_ collection: String, label: String, database: String) -> String {
    let folder = format == .bson ? "\(database)/" : ""
    let ending = format == .raw ? "raw.ndjson" : format == .extjson ? "extjson.ndjson" : format.rawValue
    let stem = collection + (label.isEmpty ? "" : "-\(label)")
    return folder + stem + ".\(ending)\(compression)"
  }
}
