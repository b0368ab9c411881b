import CSodium

/// A sealed value as a field holds it: the parts of its bytes, and how it is decrypted. `FieldSealer` makes them.
public enum SealedValue {
  /// Bytes before the ciphertext: version, algorithm, data key id, nonce.
  public static let headCount = Envelope.headCount
  /// Bytes behind the ciphertext, which is as long as the plaintext.
  public static let tailCount = Envelope.tagCount

  /// The data key that the value says it was sealed under.
  ///
  /// - Throws: `tooShort`, `unknownVersion` or `unknownAlgorithm` for a value that is not an envelope.
  public static func keyID(of sealed: UnsafeRawBufferPointer) throws(EnvelopeError) -> KeyID {
    try Envelope.keyID(of: sealed)
  }

  /// Returns the plaintext of a value at this path of an athlete's document.
  ///
  /// - Parameter key: finds the data key with an id, of whatever athlete.
  /// - Throws: `EnvelopeError`, whose code says why.
  public static func decrypt(
    _ sealed: UnsafeRawBufferPointer, athlete: Int64, at place: SealedPlace, key: (KeyID) -> DataKey?
  ) throws(EnvelopeError) -> [UInt8] {
    let id = try Envelope.keyID(of: sealed)
    guard let key = key(id) else {
      throw EnvelopeError(.unknownKey, "the value is sealed with data key \(id), which does not exist")
    }
    guard key.stravaID == athlete else {
      throw EnvelopeError(.otherAthlete, "the value is sealed with data key \(id), which belongs to another athlete")
    }
    return try place.withUnsafeBytes { (context) throws(EnvelopeError) in
      try key.withUnsafeBytes { (key) throws(EnvelopeError) in
        try Envelope.decrypt(sealed, under: key, context: context)
      }
    }
  }
}
