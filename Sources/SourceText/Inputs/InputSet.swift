import Findings
import Glibc

/// The inputs that the user named, resolved into the files to read: files, directories (recursively, in the byte order
/// of the relative paths), `-` for standard input, and any of these compressed or as archives.
///
/// Listing opens directories, but no files. In directories and archives, the name decides what is read
/// (`InputSelection`). A file that the user named is always read. Compression and archives are recognized by their
/// content.
///
/// ```
/// let inputs = InputSet(paths: ["dumps/", "export.zip"])
/// inputs.forEachSource(report: { print($0.message) }) { source in
///   print(source.name)
///   return true
/// }
/// ```
public struct InputSet: Sendable {
  enum Item: Sendable {
    case file(InputFile)
    /// The finding is boxed, because there may be a million files, and a finding is large.
    indirect case problem(Finding)
  }

  private let items: [Item]

  private let selection: InputSelection

  public init(paths: [String], selection: InputSelection = InputSelection()) {
    self.selection = selection
    items = paths.flatMap { Self.list($0, selection) }
  }

  /// The total size in bytes of all files as stored on disk; nil if standard input or a pipe is among them.
  public var totalBytes: Int? {
    var sum = 0
    for case .file(let file) in items {
      guard file.kind == .regular else { return nil }
      sum += file.storedBytes
    }
    return sum
  }

  /// Opens each source in order and calls `body` with it. If `body` returns false, the walk ends.
  ///
  /// A source is valid only during the call, and need not be read to its end. Problems with inputs, including the
  /// failure of a source, are passed to `report`, and the walk continues. An archive provides one source for each
  /// member.
  public func forEachSource(report: (Finding) -> Void, body: (ByteSource) -> Bool) {
    var before = 0
    for item in items {
      switch item {
      case .problem(let finding): report(finding)
      case .file(let input):
        do throws(InputFailure) {
          let opened = try OpenInput(input, selection, before: before)
          guard opened.forEachSource(report: report, body: body) else { return }
        } catch {
          report(error.finding(input.name))
        }
        before += input.storedBytes
      }
    }
  }

  private static func list(_ path: String, _ selection: InputSelection) -> [Item] {
    let bytes = Array(path.utf8)
    if path == "-" { return [.file(InputFile(path: bytes, kind: .standardInput, storedBytes: 0, isNamed: true))] }
    var status = stat()
    guard bytes.withCPath({ stat($0, &status) }) == 0 else {
      return [.problem(InputFailure.unreadable("cannot read the input", errno).finding(path))]
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      let listing = DirectoryListing(bytes, status, selection)
      let passedOver = listing.passedOver
      if listing.items.isEmpty {
        let message = "the directory contains nothing to read; looked for \(InputName.lookedFor)\(passedOver.suffix)"
        return [.problem(Finding(.nothingToRead, message, file: path))]
      }
      return listing.items + (passedOver.finding(path).map { [.problem($0)] } ?? [])
    case S_IFREG: return [.file(named(bytes, .regular, storedBytes: Int(status.st_size)))]
    default: return [.file(named(bytes, .stream))]
    }
  }

  private static func named(_ path: [UInt8], _ kind: InputFile.Kind, storedBytes: Int = 0) -> InputFile {
    let folder = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    return InputFile(path: path, kind: kind, storedBytes: storedBytes, folderBytes: folder, isNamed: true)
  }
}
