import CSodium
import Synchronization

/// The format of a sealed value in a field, and its decryption. `FieldSealer` creates sealed values.
///
/// ```swift
/// let bytes = try SealedValue.decrypt(sealed, athlete: 900_000_001, at: path) { id in dataKeys[id] }
/// // A BSON document with the value as its only element, "v".
/// ```
public enum SealedValue {
  /// The number of bytes before the ciphertext: version, algorithm, data key id and nonce.
  public static let headCount = Envelope.headCount
  /// The number of bytes after the ciphertext, which is as long as the plaintext.
  public static let tailCount = Envelope.tagCount

  /// Returns the id of the data key that the value claims to be sealed under.
  ///
  /// - Throws: `tooShort`, `unknownVersion` or `unknownAlgorithm` if the value is not an envelope.
  public static func keyID(of sealed: UnsafeRawBufferPointer) throws(EnvelopeError) -> KeyID {
    try Envelope.keyID(of: sealed)
  }

  /// Returns the plaintext of a value at this path of an athlete's document.
  ///
  /// - Parameter key: returns the data key with an id, for any athlete.
  /// - Throws: `EnvelopeError`, whose code is the reason.
  public static func decrypt(
    _ sealed: UnsafeRawBufferPointer, athlete: Int64, at path: SealedPath, key: (KeyID) -> DataKey?
  ) throws(EnvelopeError) -> [UInt8] {
    let id = try Envelope.keyID(of: sealed)
    guard let key = key(id) else {
      throw EnvelopeError(.unknownKey, "the value is sealed with data key \(id), which does not exist")
    }
    guard key.stravaID == athlete else {
      throw EnvelopeError(.otherAthlete, "the value is sealed with data key \(id), which belongs to another athlete")
    }
    let plaintext = try path.withUnsafeBytes { (context) throws(EnvelopeError) in
      try key.withUnsafeBytes { (key) throws(EnvelopeError) in
        try Envelope.decrypt(sealed, under: key, context: context)
      }
    }
    decryptions.add(1, ordering: .relaxed)
    return plaintext
  }

  /// The number of values that this process has decrypted.
  public static var decryptedCount: Int { decryptions.load(ordering: .relaxed) }
  private static let decryptions = Atomic(0)
}
