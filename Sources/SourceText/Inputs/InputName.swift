/// What a file's name promises; in directories and archives it decides what is read.
enum InputName: Equatable {
  /// JSON text, perhaps compressed.
  case text(compressed: Bool)
  case archive
  case other

  /// For findings: what is looked for.
  static let lookedFor =
    ".json, .ndjson and .jsonl files, also with .gz, .zst, .bz2 or .xz added, and .zip, .tar and .tar.* archives"

  init(_ path: some BidirectionalCollection<UInt8>) {
    // ASCII letters in lower case; what else this changes stands in no ending.
    var name = path.suffix(16).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    func ends(_ endings: [String]) -> String? {
      endings.first { name.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }
    let isArchive = ends(Self.archives) != nil
    let compression = ends(Self.compressions)
    name.removeLast(compression?.utf8.count ?? 0)
    if ends(Self.texts) != nil {
      self = .text(compressed: compression != nil)
    } else {
      self = isArchive || ends([".tar"]) != nil ? .archive : .other
    }
  }

  private static let texts = [".json", ".ndjson", ".jsonl"]
  private static let compressions = [".gz", ".zst", ".bz2", ".xz"]
  private static let archives = [".zip", ".tgz", ".tbz2", ".txz"]

  /// Hidden by the Unix custom, or the shadow of a file that a Mac puts beside it in a zip.
  static func isHidden(_ path: some Collection<UInt8>) -> Bool {
    path.split(separator: UInt8(ascii: "/")).contains { part in
      part.elementsEqual("__MACOSX".utf8)
        || (part.first == UInt8(ascii: ".") && !part.elementsEqual(".".utf8)
          && !part.elementsEqual("..".utf8))
    }
  }
}
