import Glibc

/// The keys of one installation: master keys, which wrap data keys and one of which is active; and the index key.
///
/// The file is JSON, `{"version": 1, "active": id, "masters": {id: base64}, "index_key": base64}`. Ids are UUIDs, and
/// keys are 32 random bytes. If the file has a passphrase, the JSON is inside an envelope (`KeyFileEnvelope`).
///
/// The program creates UUIDs of version 7, which contain the time of creation. A master key was rotated when the next
/// master key was created.
public struct KeyFile: Sendable {
  /// The id of the master key that wraps new data keys.
  public let active: KeyID
  public let indexKey: IndexKey
  let masters: [KeyID: SecretBytes]
  /// The passphrase lock with which the file is written again; nil if the file has no passphrase.
  var lock: PassphraseLock?

  static let keyCount = 32
  /// The time that a master key must stay in the file after its rotation, in milliseconds: 24 hours. An import that
  /// started before the rotation may still wrap new data keys with it.
  static let rest: Int64 = 24 * 60 * 60 * 1000

  /// The ids of the master keys, sorted by their text.
  public var masterIDs: [KeyID] { masters.keys.sorted { $0.description < $1.description } }

  public func contains(_ master: KeyID) -> Bool { masters[master] != nil }

  public var hasPassphrase: Bool { lock != nil }

  /// Returns the time when another master key replaced this one, in milliseconds since 1970; nil for the active key,
  /// and if no id contains the time.
  public func rotatedAt(_ id: KeyID) -> Int64? {
    guard id != active else { return nil }
    let made = id.madeAt ?? -1
    return masters.keys.compactMap(\.madeAt).filter { $0 > made }.min()
  }

  /// Returns the time of `rotatedAt` for each master key for which it is known.
  public var rotationTimes: [KeyID: Int64] {
    var times: [KeyID: Int64] = [:]
    // The newest first, so that the time of the next newer key is known at each key.
    var (time, newer): (Int64?, Int64?) = (nil, nil)
    for (id, made) in masters.keys.map({ ($0, $0.madeAt ?? -1) }).sorted(by: { $0.1 > $1.1 }) {
      if made != time { (time, newer) = (made, time) }
      if id != active { times[id] = newer }
    }
    return times
  }

  /// Creates a file with one new master key and a new index key. The file has mode 0600 and is durable when this
  /// function returns.
  ///
  /// - Parameter now: the time in milliseconds since 1970.
  /// - Throws: `exists` if the path already exists, which is left unchanged; `system`.
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

  /// Reads a key file. `KeyPathWalk` says which paths are accepted. The file must be a regular file of this user or root
  /// that no other user can read; the group may read a file of root.
  ///
  /// - Parameter passphrase: called only if the file has a passphrase.
  public static func load(
    at path: String, passphrase: () throws(PassphraseError) -> Passphrase = notGiven
  ) throws(KeyFileError) -> KeyFile {
    try parse(try KeyFileStorage(path: path).read(), path, passphrase)
  }

  /// Reads a key file from an open pipe or unlinked file to its end, and closes it.
  ///
  /// - Parameters:
  ///   - isCancelled: called ten times a second while nothing arrives; if it returns true, the wait ends.
  ///   - passphrase: called only if the file has a passphrase.
  public static func load(
    from descriptor: Int32, isCancelled: () -> Bool = { false },
    passphrase: () throws(PassphraseError) -> Passphrase = notGiven
  ) throws(KeyFileError) -> KeyFile {
    let input = KeyInput(descriptor)
    return try parse(try input.read(isCancelled), input.name, passphrase)
  }

  /// Adds a new master key to a file and makes it the active one; the others stay. The file is durable when this
  /// function returns.
  public static func rotate(
    at path: String, passphrase: () throws(PassphraseError) -> Passphrase = notGiven, now: Int64 = present
  ) throws(KeyFileError) -> KeyFile {
    try replace(at: path, passphrase) { $0.rotated(now: now) }
  }

  /// Returns the same keys with a new master key, which is the active one.
  public func rotated(now: Int64 = present) -> KeyFile {
    // The new id must be later than the others, even if the clock was set back.
    let id = KeyID.made(at: max(now, (masters.keys.compactMap(\.madeAt).max() ?? 0) + 1))
    var masters = masters
    masters[id] = .random(count: Self.keyCount)
    return KeyFile(active: id, indexKey: indexKey, masters: masters, lock: lock)
  }

  /// Removes a master key from a file permanently. No `data_keys` document may refer to it, because data keys that it
  /// wrapped can never be decrypted again. The file is durable when this function returns. Copies of the old file that
  /// the file system keeps are not erased.
  ///
  /// - Throws: The errors of `load` and `dropping`.
  public static func drop(
    _ id: KeyID, at path: String, passphrase: () throws(PassphraseError) -> Passphrase = notGiven,
    now: Int64 = present
  ) throws(KeyFileError) -> KeyFile {
    try replace(at: path, passphrase) { (file) throws(KeyFileError) in try file.dropping(id, from: path, now: now) }
  }

  /// Returns the same keys without a master key.
  ///
  /// - Parameter name: the name of the file in messages.
  /// - Throws: `unknownMaster`, `activeMaster`, or `tooSoon` (within 24 hours of its rotation).
  public func dropping(_ id: KeyID, from name: String, now: Int64 = present) throws(KeyFileError) -> KeyFile {
    guard masters[id] != nil else {
      throw KeyFileError(
        .unknownMaster, name, "it does not contain master key \(id); `strava-store keys status` lists its keys",
        in: .change)
    }
    guard id != active else {
      throw KeyFileError(
        .activeMaster, name,
        "\(id) is its active master key, which cannot be removed; run `strava-store keys rotate-master` first",
        in: .change)
    }
    guard let rotated = rotatedAt(id) else {
      throw KeyFileError(
        .tooSoon, name,
        "it does not contain the time when master key \(id) was rotated; run `strava-store keys rotate-master` now, "
          + "and remove \(id) 24 hours later", in: .change)
    }
    guard now - rotated >= Self.rest else {
      let minutes = (rotated + Self.rest - now + 59_999) / 60_000
      throw KeyFileError(
        .tooSoon, name,
        "its master key \(id) was rotated less than 24 hours ago; it can be removed in \(minutes) min", in: .change)
    }
    var masters = masters
    masters[id] = nil
    return KeyFile(active: active, indexKey: indexKey, masters: masters, lock: lock)
  }

  /// Writes the keys to a new file with mode 0600, which is durable when this function returns.
  ///
  /// - Throws: `exists` if the path already exists, which is left unchanged; `system`.
  public func write(to path: String) throws(KeyFileError) { try KeyFileStorage(path: path).create(text) }

  /// The current time of the system clock, in milliseconds since 1970.
  public static var present: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// The passphrase source for a file that must not have a passphrase. It always throws `notGiven`.
  public static func notGiven() throws(PassphraseError) -> Passphrase { throw PassphraseError(.notGiven) }

  /// Reads the file, changes it and writes it, while no other command can change it.
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
      let (json, lock) = try envelope.decrypt(given)
      var file = try json.withUnsafeBytes { (bytes) throws(KeyFileError) in
        var parser = KeyFileParser(bytes, path: path)
        return try parser.file()
      }
      file.lock = lock
      return file
    }
  }

  /// The content of the file.
  private var text: SecretBytes { lock.map { KeyFileEnvelope.text(of: json, under: $0) } ?? json }
}
