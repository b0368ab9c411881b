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

  var name: String { String(decoding: path, as: UTF8.self) }
}

extension [UInt8] {
  /// Calls `body` with these bytes as a C string.
  func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let cString = map { CChar(truncatingIfNeeded: $0) } + [0]
    return body(cString)
  }
}
