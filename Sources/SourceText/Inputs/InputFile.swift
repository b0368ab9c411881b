/// A file to open, as the listing found it.
struct InputFile: Sendable {
  enum Kind {
    case regular
    /// A pipe or a device that the user named.
    case stream
    case standardInput
  }

  /// The path as bytes, because the name of a file need not be UTF-8.
  var path: [UInt8]
  var kind: Kind
  /// The size of the file on disk in bytes; 0 for streams.
  var storedBytes: Int
  /// The number of bytes in the part of the path that says where the user keeps the file: the path up to the file
  /// itself, or up to the contents of the directory that was named.
  var folderBytes = 0
  /// Whether the user named the file itself.
  var isNamed = false

  var name: String { String(decoding: path, as: UTF8.self) }
  /// The part of the path that stays the same wherever its folder is.
  var relativePath: String { String(decoding: path.dropFirst(folderBytes), as: UTF8.self) }
}

extension [UInt8] {
  /// Calls `body` with these bytes as a C string.
  func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let cString = map { CChar(truncatingIfNeeded: $0) } + [0]
    return body(cString)
  }
}
