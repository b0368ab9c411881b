import Glibc

/// The keys of one installation: master keys, which wrap data keys, one of them active; and the index key.
///
/// The file is JSON, `{"version": 1, "active": id, "masters": {id: base64}, "index_key": base64}`; ids are UUIDs, keys
/// are 32 random bytes. Under a passphrase that JSON is inside an envelope (`KeyFileEnvelope`).
///
/// Ids that are made here are UUIDs of version 7 and tell when: a master was rotated away when the next one was made.
public struct KeyFile: Sendable {
  /// The id of the master key that wraps new data keys.
  public let active: KeyID
  public let indexKey: IndexKey
  let masters: [KeyID: SecretBytes]
  /// What it is written under again.
  var lock: PassphraseLock?

  static let keyCount = 32
  /// How long a master stays after its rotation, in milliseconds: 24 hours, since an importer that was started before
  /// may still wrap new data keys with it.
  static let rest: Int64 = 24 * 60 * 60 * 1000

  /// In the order of their text.
  public var masterIDs: [KeyID] { masters.keys.sorted { $0.description < $1.description } }

  public var hasPassphrase: Bool { lock != nil }

  /// When another master took the place of this one, in milliseconds since 1970; nil for the active one, and where no
  /// id tells.
  public func rotatedAt(_ id: KeyID) -> Int64? {
    guard id != active else { return nil }
    let made = id.madeAt ?? -1
    return masters.keys.compactMap(\.madeAt).filter { $0 > made }.min()
  }

  /// Makes a file with one new master key and a new index key, mode 0600, durable when this returns.
  ///
  /// - Parameter now: milliseconds since 1970.
  /// - Throws: `exists` where anything is at the path, and leaves that alone; `system`.
  @discardableResult
  public static func generate(
    at path: String, passphrase: Passphrase? = nil, cost: PassphraseCost = .standard, now: Int64 = present
  ) throws(KeyFileError) -> KeyFile {
    let active = KeyID.made(at: now)
    var file = KeyFile(
      active: active, indexKey: IndexKey(.random(count: keyCount)),
      masters: [active: .random(count: keyCount)])
    if let passphrase { file.lock = try PassphraseLock(passphrase, cost: cost, path: path) }
    try KeyFileStorage(path: path).create(file.text)
    return file
  }

  /// Reads a file that is regular (no symbolic link), closed to group and others, and owned by this user or root.
  ///
  /// - Parameter passphrase: asked only when the file is under one.
  public static func load(
    at path: String, passphrase: () throws(PassphraseError) -> Passphrase = notGiven
  ) throws(KeyFileError) -> KeyFile {
    try parse(try KeyFileStorage(path: path).read(), path, passphrase)
  }

  /// Adds a new master key and makes it the active one; the others stay. The file is durable when this returns.
  public static func rotate(
    at path: String, passphrase: () throws(PassphraseError) -> Passphrase = notGiven, now: Int64 = present
  ) throws(KeyFileError) -> KeyFile {
    try replace(at: path, passphrase) { file in
      // Later than the others, even where a clock was set back.
      let id = KeyID.made(at: max(now, (file.masters.keys.compactMap(\.madeAt).max() ?? 0) + 1))
      var masters = file.masters
      masters[id] = .random(count: keyCount)
      return KeyFile(active: id, indexKey: file.indexKey, masters: masters, lock: file.lock)
    }
  }

  /// Takes a master key out for good, so that no `data_keys` document may name it any more: what it wrapped never opens
  /// again. The file is durable when this returns; what the file system keeps of the old one is beyond it.
  ///
  /// - Throws: `unknownMaster`, `activeMaster`, `tooSoon` (within 24 hours of its rotation), and what `load` throws.
  public static func drop(
    _ id: KeyID, at path: String, passphrase: () throws(PassphraseError) -> Passphrase = notGiven,
    now: Int64 = present
  ) throws(KeyFileError) -> KeyFile {
    try replace(at: path, passphrase) { (file) throws(KeyFileError) in
      guard file.masters[id] != nil else {
        throw KeyFileError(
          .unknownMaster, path, "it does not contain master key \(id); `strava-store keys status` lists its keys",
          in: .change)
      }
      guard id != file.active else {
        throw KeyFileError(
          .activeMaster, path,
          "\(id) is its active master key, which cannot be removed; run `strava-store keys rotate-master` first",
          in: .change)
      }
      guard let rotated = file.rotatedAt(id) else {
        throw KeyFileError(
          .tooSoon, path,
          "it does not contain the time when master key \(id) was rotated; run `strava-store keys rotate-master` now, "
            + "and remove \(id) 24 hours later", in: .change)
      }
      guard now - rotated >= rest else {
        let minutes = (rotated + rest - now + 59_999) / 60_000
        throw KeyFileError(
          .tooSoon, path,
          "its master key \(id) was rotated less than 24 hours ago; it can be removed in \(minutes) min", in: .change)
      }
      var masters = file.masters
      masters[id] = nil
      return KeyFile(active: file.active, indexKey: file.indexKey, masters: masters, lock: file.lock)
    }
  }

  /// The present by the system's clock, in milliseconds since 1970.
  public static var present: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// For a file that should be under no passphrase.
  public static func notGiven() throws(PassphraseError) -> Passphrase { throw PassphraseError(.notGiven) }

  /// Reads, changes and writes while no other command may change the file.
  private static func replace(
    at path: String, _ passphrase: () throws(PassphraseError) -> Passphrase,
    by change: (KeyFile) throws(KeyFileError) -> KeyFile
  ) throws(KeyFileError) -> KeyFile {
    let storage = KeyFileStorage(path: path)
    let old = try storage.openForChange()
    let file = try change(try parse(try storage.read(old), path, passphrase))
    try storage.replace(old, by: file.text)
    return file
  }

  private static func parse(
    _ text: SecretBytes, _ path: String, _ passphrase: () throws(PassphraseError) -> Passphrase
  ) throws(KeyFileError) -> KeyFile {
    try text.withUnsafeBytes { (bytes) throws(KeyFileError) in
      guard let envelope = try KeyFileEnvelope(text: bytes, path: path) else {
        var parser = KeyFileParser(bytes, path: path)
        return try parser.file()
      }
      let given: Passphrase
      do throws(PassphraseError) {
        given = try passphrase()
      } catch {
        throw KeyFileError(
          error.code == .interrupted ? .interrupted : .noPassphrase, path,
          "it is encrypted, and its passphrase cannot be read: \(error.problem)")
      }
      let (json, lock) = try envelope.open(given)
      var file = try json.withUnsafeBytes { (bytes) throws(KeyFileError) in
        var parser = KeyFileParser(bytes, path: path)
        return try parser.file()
      }
      file.lock = lock
      return file
    }
  }

  /// What the file consists of.
  private var text: SecretBytes { lock.map { KeyFileEnvelope.text(of: json, under: $0) } ?? json }
}
