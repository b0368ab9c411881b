import CSodium

/// A parser of key files. It reads the text in place and decodes keys directly into secret memory. Unlike a general
/// JSON decoder, it leaves no copy of a key in other memory.
///
/// It accepts only the JSON of key files: two objects, one number, and strings without escapes (except `\/`, which some
/// writers use for `/`). Errors contain a position but never quote the text, because a file edited by hand may contain
/// a key anywhere.
struct KeyFileParser {
  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private var position = 0

  private enum Field: String, CaseIterable {
    case version
    case active
    case masters
    case indexKey = "index_key"
  }

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// Parses the whole text as a key file.
  mutating func file() throws(KeyFileError) -> KeyFile {
    var seen: Set<Field> = []
    var active: KeyID?
    var masters: [KeyID: SecretBytes]?
    var indexKey: SecretBytes?

    guard let first = peek() else { throw KeyFileError(.truncated, path, "it is empty") }
    guard first == UInt8(ascii: "{") else {
      throw KeyFileError(.notJSON, path, "it contains neither a JSON object nor an encrypted key file")
    }
    position += 1
    while let name = try memberName(isFirst: seen.isEmpty) {
      guard let field = Field.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name) }) else {
        throw error(.unknownField, "it has a field that version 1 does not define")
      }
      guard seen.insert(field).inserted else {
        throw error(.duplicateField, "it has \"\(field.rawValue)\" twice")
      }
      switch field {
      case .version: try checkVersion()
      case .active: active = try id()
      case .masters: masters = try self.masters()
      case .indexKey: indexKey = try key()
      }
    }
    guard peek() == nil else { throw error(.malformed, "there is text after the end of its JSON") }

    guard seen.contains(.version) else { throw missing(.version) }
    guard let active else { throw missing(.active) }
    guard let masters else { throw missing(.masters) }
    guard let indexKey else { throw missing(.indexKey) }
    guard masters[active] != nil else {
      throw KeyFileError(.unknownActive, path, "its active master key is \(active), which it does not contain")
    }
    return KeyFile(active: active, indexKey: IndexKey(indexKey), masters: masters)
  }

  private mutating func checkVersion() throws(KeyFileError) {
    _ = peek()
    let start = position
    while position < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position] {
      position += 1
    }
    let digits = bytes[start..<position]
    guard !digits.isEmpty else { throw unexpected("a whole number") }
    guard digits.elementsEqual("1".utf8) else {
      throw error(.unknownVersion, "its version is unknown; this program reads version 1")
    }
  }

  private mutating func masters() throws(KeyFileError) -> [KeyID: SecretBytes] {
    try expect("{")
    var masters: [KeyID: SecretBytes] = [:]
    while let name = try memberName(isFirst: masters.isEmpty) {
      guard let id = KeyID(uuid: name) else { throw badID() }
      guard masters[id] == nil else { throw error(.duplicateField, "it has the master key \(id) twice") }
      masters[id] = try key()
    }
    return masters
  }

  private mutating func id() throws(KeyFileError) -> KeyID {
    guard let id = KeyID(uuid: try string()) else { throw badID() }
    return id
  }

  private mutating func key() throws(KeyFileError) -> SecretBytes {
    let text = try string()
    var count = 0
    let key = SecretBytes(count: KeyFile.keyCount) {
      if !base64_decode($0.baseAddress, $0.count, text.baseAddress, text.count, "\\", &count) { count = 0 }
    }
    guard count == KeyFile.keyCount else {
      throw error(.badKey, "one of its keys is not the base64 of \(KeyFile.keyCount) bytes")
    }
    return key
  }

  /// Reads the name of the next member of an object and the colon after it. At the end of the object, reads the brace
  /// and returns nil.
  private mutating func memberName(isFirst: Bool) throws(KeyFileError) -> UnsafeRawBufferPointer? {
    if peek() == UInt8(ascii: "}") {
      position += 1
      return nil
    }
    if !isFirst { try expect(",") }
    let name = try string()
    try expect(":")
    return name
  }

  /// Returns the bytes between the quotes, unchanged. Only ASCII is accepted: ids and keys are ASCII, and the base64
  /// decoder of libsodium accepts every byte from 0x80 as a digit.
  private mutating func string() throws(KeyFileError) -> UnsafeRawBufferPointer {
    try expect("\"")
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] == UInt8(ascii: "\\") {
        position += 1
        guard position < bytes.count, bytes[position] == UInt8(ascii: "/") else {
          throw unexpected("a string without escapes")
        }
      }
      guard 0x20..<0x7f ~= bytes[position] else { throw unexpected("an ASCII character") }
      position += 1
    }
    let content = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    try expect("\"")
    return content
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(KeyFileError) {
    guard peek() == UInt8(ascii: character) else { throw unexpected("'\(character)'") }
    position += 1
  }

  /// Returns the next byte that is not white space, without consuming it; nil at the end.
  private mutating func peek() -> UInt8? {
    while position < bytes.count, " \t\r\n".utf8.contains(bytes[position]) { position += 1 }
    return position < bytes.count ? bytes[position] : nil
  }

  private func unexpected(_ expected: String) -> KeyFileError {
    position < bytes.count
      ? error(.malformed, "its JSON is invalid: expected \(expected)")
      : error(.truncated, "it is incomplete: expected \(expected)")
  }

  private func missing(_ field: Field) -> KeyFileError {
    KeyFileError(.missingField, path, "it has no \"\(field.rawValue)\"")
  }

  private func badID() -> KeyFileError { error(.badID, "one of its key ids is not a UUID") }

  private func error(_ code: KeyFileError.Code, _ problem: String) -> KeyFileError {
    KeyFileError(code, path, "\(problem) (at byte \(position))")
  }
}
