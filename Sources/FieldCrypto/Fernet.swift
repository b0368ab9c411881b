import CCrypto
import CSodium

/// The keys of a backend that encrypts its tokens with Fernet: they decrypt its tokens, and the first one makes new ones.
///
/// A Fernet token is base64 (URL alphabet, with padding) of: the byte 0x80, the time in seconds (8 bytes), an IV (16
/// bytes), ciphertext of AES-128-CBC with PKCS#7 padding, and the HMAC-SHA256 (32 bytes) of all bytes before it. The
/// first half of a key is the key of the HMAC, the second half that of AES. The time is not checked.
public struct FernetKeys: Sendable {
  private static let keyCount = 32
  /// The bytes before the ciphertext: version, time and IV.
  private static let headCount = 1 + 8 + 16
  private static let tagCount = 32
  private static let blockCount = 16
  private static let version: UInt8 = 0x80
  /// Maximum number of keys in a file.
  public static let limit = 16

  /// The keys, newest first.
  private let keys: [SecretBytes]

  /// Reads a file with one base64 key in each line, newest first. Empty lines are ignored.
  ///
  /// - Throws: `KeyFileError` if the file cannot be read, if other users have access to it, or if a line is not a key.
  public init(path: String) throws(KeyFileError) {
    let text = try KeyFileStorage(path: path).read()
    keys = try text.withUnsafeBytes { (bytes) throws(KeyFileError) in
      var keys: [SecretBytes] = []
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        let trimmed = UnsafeRawBufferPointer(rebasing: line).trimmed(" \t\r")
        if trimmed.isEmpty { continue }
        guard let key = Self.key(trimmed) else {
          throw KeyFileError(.badKey, path, "line \(keys.count + 1) is not the base64 of \(Self.keyCount) bytes")
        }
        keys.append(key)
      }
      guard !keys.isEmpty else { throw KeyFileError(.badKey, path, "it contains no key") }
      guard keys.count <= Self.limit else {
        throw KeyFileError(.badKey, path, "it contains more than \(Self.limit) keys")
      }
      return keys
    }
  }

  private static func key(_ text: UnsafeRawBufferPointer) -> SecretBytes? {
    var count = 0
    let key = SecretBytes(count: keyCount) { count = decode(text, to: $0) ?? 0 }
    return count == keyCount ? key : nil
  }

  /// Decodes base64 with the URL alphabet. The decoder of libsodium accepts every byte from 0x80 as a digit.
  ///
  /// - Returns: The number of bytes; nil if the text is not canonical base64 or has more bytes than there is capacity.
  private static func decode(_ text: UnsafeRawBufferPointer, to bytes: UnsafeMutableRawBufferPointer) -> Int? {
    guard text.allSatisfy({ $0 < 0x80 }) else { return nil }
    var count = 0
    return base64url_decode(bytes.baseAddress, bytes.count, text.baseAddress, text.count, &count) ? count : nil
  }

  // MARK: Tokens

  /// Decrypts a token.
  ///
  /// - Parameter body: A function that gets the plaintext, which is zeroed afterwards.
  /// - Returns: Nil if the text is not a token that one of the keys has made.
  public func decrypt<Result>(_ token: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
    Sodium.start()
    let decoded = Scratch(count: token.count / 4 * 3 + 1)
    // The pointers alone do not keep the memory.
    defer { withExtendedLifetime(decoded) {} }
    guard let count = Self.decode(token, to: decoded.bytes),
      count >= Self.headCount + Self.blockCount + Self.tagCount,
      (count - Self.headCount - Self.tagCount) % Self.blockCount == 0, decoded.bytes[0] == Self.version
    else { return nil }
    let signed = UnsafeRawBufferPointer(rebasing: decoded.bytes[..<(count - Self.tagCount)])
    let tag = UnsafeRawBufferPointer(rebasing: decoded.bytes[(count - Self.tagCount)..<count])
    for key in keys where Self.isAuthentic(signed, tag, key) {
      let ciphertext = UnsafeRawBufferPointer(rebasing: signed[Self.headCount...])
      let plaintext = Scratch(count: ciphertext.count)
      defer { withExtendedLifetime(plaintext) {} }
      guard Self.cipher(plaintext.bytes, ciphertext, signed, key, encrypts: false),
        let length = Self.unpadded(UnsafeRawBufferPointer(plaintext.bytes))
      else { return nil }
      return body(UnsafeRawBufferPointer(rebasing: plaintext.bytes[..<length]))
    }
    return nil
  }

  /// Returns a token of the newest key.
  ///
  /// - Parameter time: The current time in seconds since 1970.
  public func encrypt(_ text: UnsafeRawBufferPointer, time: UInt64) -> String? {
    Sodium.start()
    guard let key = keys.first else { return nil }
    let padding = Self.blockCount - text.count % Self.blockCount
    let padded = Scratch(count: text.count + padding)
    defer { withExtendedLifetime(padded) {} }
    padded.bytes.copyMemory(from: text)
    for index in text.count..<padded.bytes.count { padded.bytes[index] = UInt8(padding) }
    let token = Scratch(count: Self.headCount + padded.bytes.count + Self.tagCount)
    defer { withExtendedLifetime(token) {} }
    token.bytes[0] = Self.version
    for index in 0..<8 { token.bytes[1 + index] = UInt8(truncatingIfNeeded: time >> (56 - 8 * UInt64(index))) }
    random_fill(token.bytes.baseAddress?.advanced(by: 9), Self.blockCount)
    let signedCount = token.bytes.count - Self.tagCount
    let ciphertext = UnsafeMutableRawBufferPointer(rebasing: token.bytes[Self.headCount..<signedCount])
    let signed = UnsafeRawBufferPointer(rebasing: token.bytes[..<signedCount])
    guard Self.cipher(ciphertext, UnsafeRawBufferPointer(padded.bytes), signed, key, encrypts: true) else { return nil }
    key.withUnsafeBytes {
      hmac_sha256(
        token.bytes.baseAddress?.advanced(by: signedCount), signed.baseAddress, signed.count, $0.baseAddress,
        Self.blockCount)
    }
    let capacity = base64_count(token.bytes.count)
    return String(unsafeUninitializedCapacity: capacity) { text in
      base64url_encode(text.baseAddress, capacity, token.bytes.baseAddress, token.bytes.count)
      // The last byte is a terminating 0.
      return capacity - 1
    }
  }

  private static func isAuthentic(
    _ signed: UnsafeRawBufferPointer, _ tag: UnsafeRawBufferPointer, _ key: SecretBytes
  ) -> Bool {
    let wanted = Scratch(count: tagCount)
    defer { withExtendedLifetime(wanted) {} }
    key.withUnsafeBytes {
      hmac_sha256(wanted.bytes.baseAddress, signed.baseAddress, signed.count, $0.baseAddress, blockCount)
    }
    return constant_time_equal(wanted.bytes.baseAddress, tag.baseAddress, tagCount)
  }

  private static func cipher(
    _ output: UnsafeMutableRawBufferPointer, _ input: UnsafeRawBufferPointer, _ signed: UnsafeRawBufferPointer,
    _ key: SecretBytes, encrypts: Bool
  ) -> Bool {
    key.withUnsafeBytes { key in
      aes128_cbc(
        output.baseAddress, input.baseAddress, input.count, key.baseAddress?.advanced(by: blockCount),
        signed.baseAddress?.advanced(by: 9), encrypts)
    }
  }

  /// Returns the number of bytes before the padding; nil if the padding is invalid.
  private static func unpadded(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let last = bytes.last, (1...blockCount).contains(Int(last)), bytes.count >= Int(last),
      bytes.suffix(Int(last)).allSatisfy({ $0 == last })
    else { return nil }
    return bytes.count - Int(last)
  }
}

/// Memory that is zeroed at the end of its lifetime.
private final class Scratch {
  let bytes: UnsafeMutableRawBufferPointer

  init(count: Int) {
    bytes = .allocate(byteCount: max(count, 1), alignment: 16)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit {
    sodium_memzero(bytes.baseAddress, bytes.count)
    bytes.deallocate()
  }
}
