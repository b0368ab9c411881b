/// The keys of one installation: master keys, which wrap data keys, one of them active; and the index key.
///
/// The file is JSON, `{"version": 1, "active": id, "masters": {id: base64}, "index_key": base64}`; ids are UUIDs, keys
/// are 32 random bytes.
public struct KeyFile: Sendable {
  /// The id of the master key that wraps new data keys.
  public let active: KeyID
  public let indexKey: IndexKey
  let masters: [KeyID: SecretBytes]

  static let keyCount = 32

  /// In the order of their text.
  public var masterIDs: [KeyID] { masters.keys.sorted { $0.description < $1.description } }

  /// Makes a file with one new master key and a new index key, mode 0600, durable when this returns.
  ///
  /// Throws `exists` where anything is at the path, and leaves that alone.
  @discardableResult
  public static func generate(at path: String) throws(KeyFileError) -> KeyFile {
    let active = KeyID.random()
    let file = KeyFile(
      active: active, indexKey: IndexKey(.random(count: keyCount)),
      masters: [active: .random(count: keyCount)])
    try KeyFileStorage(path: path).create(file.text)
    return file
  }

  /// Reads a file that is regular (no symbolic link), closed to group and others, and owned by this user or root.
  public static func load(at path: String) throws(KeyFileError) -> KeyFile {
    let text = try KeyFileStorage(path: path).read()
    return try text.withUnsafeBytes { (bytes) throws(KeyFileError) in
      var parser = KeyFileParser(bytes, path: path)
      return try parser.file()
    }
  }
}
