import Findings
import Glibc

/// What the user named, resolved into the files to read: files, directories (recursively, in the byte order of the
/// relative paths), `-` for standard input; compressed files and archives of any of these.
///
/// Listing opens directories but no file. In directories and archives the name decides what is read (`InputSelection`);
/// a file that was named is always read. Compression and archives are recognized by content.
public struct InputSet: Sendable {
  enum Item: Sendable {
    case file(InputFile)
    /// Boxed: there may be a million files, and a finding is large.
    indirect case problem(Finding)
  }

  private let items: [Item]

  private let selection: InputSelection

  public init(paths: [String], selection: InputSelection = InputSelection()) {
    self.selection = selection
    items = paths.flatMap { Self.list($0, selection) }
  }

  /// Sum of the sizes of all files as stored on disk; nil when standard input or a pipe is among them.
  public var totalBytes: Int? {
    var sum = 0
    for case .file(let file) in items {
      guard file.kind == .regular else { return nil }
      sum += file.storedBytes
    }
    return sum
  }

  /// Opens each source in order and calls `body` with it; false from `body` ends the walk.
  ///
  /// A source is good only inside its call, and need not be read to its end. What is wrong with inputs goes to
  /// `report`, a source's `failure` included, and the walk goes on. An archive gives a source for each member.
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
