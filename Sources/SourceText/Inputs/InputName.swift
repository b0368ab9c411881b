/// What the name of a file says about its content. In directories and archives, it decides what is read.
public enum InputName: Equatable {
  /// JSON text, or the table of activities in an account archive. It may be compressed.
  case text(compressed: Bool)
  case archive
  case other

  /// A list of the files that are looked for, for findings.
  static let lookedFor =
    ".json, .ndjson, .jsonl, .jsonlines and .geojson files, also with a number (.json.1) or .gz, .zst, .bz2 or .xz added, "
    + "activities.csv, and .zip, .tar and .tar.* archives"

  init(_ path: some BidirectionalCollection<UInt8>) {
    // Names are compared without regard to the case of ASCII letters.
    var name = path.suffix(32).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    func ends(_ endings: [String]) -> String? {
      endings.first { name.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }
    let isArchive = ends(Self.archives) != nil
    let compression = ends(Self.compressions)
    name.removeLast(compression?.utf8.count ?? 0)
    let isTable = Self.isTable(name)
    Self.removeNumber(&name)
    if isTable || ends(Self.texts) != nil {
      self = .text(compressed: compression != nil)
    } else {
      self = isArchive || ends([".tar"]) != nil ? .archive : .other
    }
  }

  /// The name of the table of activities in an account archive.
  public static let table = "activities.csv"

  private static func isTable(_ path: [UInt8]) -> Bool {
    path.reversed().prefix { $0 != UInt8(ascii: "/") }.elementsEqual(table.utf8.reversed())
  }

  /// Returns whether a file has the name of the table of activities in an account archive, or that name with the
  /// extension of a compression.
  public static func isTable(_ path: String) -> Bool {
    var name = path.utf8.suffix(32).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    if let compression = compressions.first(where: { name.suffix($0.utf8.count).elementsEqual($0.utf8) }) {
      name.removeLast(compression.utf8.count)
    }
    return isTable(name)
  }

  /// Removes the number that the rotation of files appends, as in `.json.1`.
  private static func removeNumber(_ name: inout [UInt8]) {
    let digits = name.reversed().prefix { $0 &- 48 <= 9 }.count
    guard digits > 0, digits < name.count, name[name.count - digits - 1] == UInt8(ascii: ".") else { return }
    name.removeLast(digits + 1)
  }

  /// Returns the extension of a file in lower case. If the last extension says how the file is compressed, includes the
  /// one before it.
  static func ending(of name: some BidirectionalCollection<UInt8>) -> String {
    let text = String(decoding: name, as: UTF8.self).lowercased()
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 1, let last = parts.last, !last.isEmpty else { return "no extension" }
    let isCompressed = compressions.contains("." + last) && parts.count > 2
    return "." + parts.suffix(isCompressed ? 2 : 1).joined(separator: ".")
  }

  private static let texts = [".json", ".ndjson", ".jsonl", ".jsonlines", ".geojson"]
  private static let compressions = [".gz", ".zst", ".bz2", ".xz"]
  private static let archives = [".zip", ".tgz", ".tbz2", ".txz"]

  /// Returns whether a path is hidden by Unix convention, or belongs to a metadata file that a Mac adds for each file
  /// in a zip.
  static func isHidden(_ path: some Collection<UInt8>) -> Bool {
    path.split(separator: UInt8(ascii: "/")).contains { part in
      part.elementsEqual("__MACOSX".utf8)
        || (part.first == UInt8(ascii: ".") && !part.elementsEqual(".".utf8)
          && !part.elementsEqual("..".utf8))
    }
  }
}
