/// One file to open, as the listing found it.
struct InputFile: Sendable {
  enum Kind {
    case regular
    /// A pipe or a device that the user named.
    case stream
    case standardInput
  }

  /// Bytes, since a file's name need not be UTF-8.
  var path: [UInt8]
  var kind: Kind
  /// What the file takes on disk; 0 for streams.
  var storedBytes: Int
  /// Bytes of the path that say where the user keeps it: up to the file itself, or into the directory that was named.
  var folderBytes = 0
  /// Whether the user named the file itself.
  var isNamed = false

  var name: String { String(decoding: path, as: UTF8.self) }
  /// What names it wherever its folder is.
  var place: String { String(decoding: path.dropFirst(folderBytes), as: UTF8.self) }
}

extension [UInt8] {
  /// Calls `body` with these bytes as a C string.
  func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let cString = map { CChar(truncatingIfNeeded: $0) } + [0]
    return body(cString)
  }
}
