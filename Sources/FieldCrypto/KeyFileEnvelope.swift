import CSodium

/// A key that is derived from a passphrase, with the inputs of the derivation, so that a file can be written again
/// under the same passphrase.
struct PassphraseLock: Sendable {
  let cost: PassphraseCost
  /// The salt, which is 16 random bytes.
  let salt: [UInt8]
  let key: SecretBytes

  static let saltCount = Int(crypto_pwhash_argon2id_SALTBYTES)

  /// Derives the key with a new random salt.
  init(_ passphrase: Passphrase, cost: PassphraseCost, path: String) throws(KeyFileError) {
    Sodium.start()
    var salt = [UInt8](repeating: 0, count: Self.saltCount)
    salt.withUnsafeMutableBytes { random_fill($0.baseAddress, $0.count) }
    try self.init(passphrase, cost: cost, salt: salt, path: path)
  }

  init(_ passphrase: Passphrase, cost: PassphraseCost, salt: [UInt8], path: String) throws(KeyFileError) {
    precondition(salt.count == Self.saltCount)
    self.cost = cost
    self.salt = salt
    key = try SecretBytes(count: Envelope.keyCount) { (key) throws(KeyFileError) in
      let isMade = passphrase.withUnsafeBytes { passphrase in
        argon2id(
          key.baseAddress, passphrase.baseAddress, passphrase.count, salt, UInt64(cost.passes),
          Int(cost.memory) << 10)
      }
      guard isMade else {
        throw KeyFileError(
          .system, path, "its passphrase needs \(cost.memory) KiB of memory, which are not available")
      }
    }
  }
}

/// The format of a key file with a passphrase: base64 text between a first and a last line. It encodes the version, the
/// algorithm and the key derivation with its cost and salt (the header), then the nonce, and then the JSON as
/// XChaCha20-Poly1305 ciphertext with its tag.
///
/// The associated data is the header, followed by `strava-store/1/key-file`. docs/sealing.md defines every byte.
struct KeyFileEnvelope {
  private let bytes: [UInt8]
  private let cost: PassphraseCost
  private let path: String

  private static let firstLine = "-----BEGIN STRAVA-STORE KEY FILE-----"
  private static let lastLine = "-----END STRAVA-STORE KEY FILE-----"
  private static let context = "strava-store/1/key-file"

  /// The first bytes: version 1, XChaCha20-Poly1305-IETF, and libsodium's number for Argon2id 1.3.
  private static let prefix: [UInt8] = [1, 1, 2]
  private static let headerCount = prefix.count + 4 + 4 + PassphraseLock.saltCount
  private static let headCount = headerCount + Envelope.nonceCount
  private static let charactersPerLine = 64

  /// Creates an envelope from its text; nil if the text does not begin like an envelope.
  init?(text: UnsafeRawBufferPointer, path: String) throws(KeyFileError) {
    var text = text.trimmed(" \t\r\n")
    guard text.starts(with: Self.firstLine.utf8) else { return nil }
    guard text.count >= Self.firstLine.utf8.count + Self.lastLine.utf8.count,
      text[(text.count - Self.lastLine.utf8.count)...].elementsEqual(Self.lastLine.utf8)
    else {
      throw KeyFileError(.truncated, path, "it is incomplete: its last line is not \(Self.lastLine)")
    }
    text = text[slice: Self.firstLine.utf8.count..<text.count - Self.lastLine.utf8.count]

    // The base64 decoder of libsodium accepts every byte from 0x80 as a digit, so such bytes are rejected first.
    var count = 0
    let isASCII = text.allSatisfy { $0 < 0x80 }
    bytes = [UInt8](unsafeUninitializedCapacity: text.count) { output, initializedCount in
      if isASCII, base64_decode(output.baseAddress, text.count, text.baseAddress, text.count, " \t\r\n", &count) {
        initializedCount = count
      }
    }
    guard !bytes.isEmpty else {
      throw KeyFileError(.malformed, path, "there is no valid base64 between its first and last line")
    }
    guard bytes.count >= Self.headCount + Envelope.tagCount else {
      throw KeyFileError(.truncated, path, "it is incomplete: it has too few bytes")
    }
    guard bytes.starts(with: Self.prefix) else {
      throw KeyFileError(
        .unknownVersion, path, "its version or its algorithm is unknown; this program reads version 1")
    }
    guard let cost = PassphraseCost(passes: Self.number(in: bytes, at: 3), memory: Self.number(in: bytes, at: 7))
    else {
      throw KeyFileError(
        .badCost, path, "its passphrase would need more memory or time than the limits allow (1 GiB, 16 passes)")
    }
    self.cost = cost
    self.path = path
  }

  /// Returns the decrypted JSON, and the lock with which the file is written again.
  func decrypt(_ passphrase: Passphrase) throws(KeyFileError) -> (json: SecretBytes, lock: PassphraseLock) {
    let salt = Array(bytes[Self.headerCount - PassphraseLock.saltCount..<Self.headerCount])
    let lock = try PassphraseLock(passphrase, cost: cost, salt: salt, path: path)
    let associated = bytes[..<Self.headerCount] + Self.context.utf8
    let json = try SecretBytes(count: bytes.count - Self.headCount - Envelope.tagCount) { (json) throws(KeyFileError) in
      let isAuthentic = bytes.withUnsafeBytes { bytes in
        associated.withUnsafeBytes { associated in
          lock.key.withUnsafeBytes { key in
            xchacha20poly1305_open(
              json.baseAddress, bytes[slice: Self.headCount..<bytes.count].baseAddress,
              bytes.count - Self.headCount, associated.baseAddress, associated.count,
              bytes[slice: Self.headerCount..<Self.headCount].baseAddress, key.baseAddress)
          }
        }
      }
      guard isAuthentic else {
        throw KeyFileError(.wrongPassphrase, path, "the passphrase is wrong, or the file was changed")
      }
    }
    return (json, lock)
  }

  /// Returns the text of a file that contains the JSON, encrypted with a new random nonce.
  static func text(of json: SecretBytes, under lock: PassphraseLock) -> SecretBytes {
    var head = prefix
    for number in [lock.cost.passes, lock.cost.memory] {
      withUnsafeBytes(of: number.littleEndian) { head += $0 }
    }
    head += lock.salt
    let associated = head + context.utf8
    head += [UInt8](repeating: 0, count: Envelope.nonceCount)
    head.withUnsafeMutableBytes { random_fill($0.baseAddress?.advanced(by: headerCount), Envelope.nonceCount) }

    let body = [UInt8](unsafeUninitializedCapacity: json.count + Envelope.tagCount) { body, initializedCount in
      json.withUnsafeBytes { json in
        lock.key.withUnsafeBytes { key in
          xchacha20poly1305_seal(
            body.baseAddress, json.baseAddress, json.count, associated, associated.count,
            Array(head[headerCount...]), key.baseAddress)
        }
      }
      initializedCount = json.count + Envelope.tagCount
    }
    return lines(of: head + body)
  }

  private static func lines(of bytes: [UInt8]) -> SecretBytes {
    let count = (bytes.count + 2) / 3 * 4
    let digits = [UInt8](unsafeUninitializedCapacity: count + 1) { text, initializedCount in
      base64_encode(text.baseAddress, count + 1, bytes, bytes.count)
      initializedCount = count
    }
    var text = Array("\(firstLine)\n".utf8)
    for start in stride(from: 0, to: count, by: charactersPerLine) {
      text += digits[start..<min(start + charactersPerLine, count)] + [UInt8(ascii: "\n")]
    }
    text += "\(lastLine)\n".utf8
    return SecretBytes(count: text.count) { $0.copyBytes(from: text) }
  }

  private static func number(in bytes: [UInt8], at start: Int) -> UInt32 {
    bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
