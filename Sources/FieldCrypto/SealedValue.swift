import CSodium

/// A sealed value as a field holds it: the parts of its bytes, and how it is opened. `FieldSealer` makes them.
public enum SealedValue {
  /// Bytes before the ciphertext: version, algorithm, data key id, nonce.
  public static let headCount = Envelope.headCount
  /// Bytes behind the ciphertext, which is as long as the plaintext.
  public static let tailCount = Envelope.tagCount

  /// The data key that the value says it was sealed under.
  ///
  /// - Throws: `tooShort`, `unknownVersion` or `unknownAlgorithm` for what is no envelope.
  public static func keyID(of sealed: UnsafeRawBufferPointer) throws(EnvelopeError) -> KeyID {
    try Envelope.keyID(of: sealed)
  }

  /// The plaintext of a value that stands at a place of an athlete's document.
  ///
  /// - Parameter key: finds the data key with an id, of whatever athlete.
  /// - Throws: `EnvelopeError`, whose code says why.
  public static func open(
    _ sealed: UnsafeRawBufferPointer, athlete: Int64, at place: SealedPlace, key: (KeyID) -> DataKey?
  ) throws(EnvelopeError) -> [UInt8] {
    let id = try Envelope.keyID(of: sealed)
    guard let key = key(id) else {
      throw EnvelopeError(.unknownKey, "The value is sealed under data key \(id), which is not there.")
    }
    guard key.stravaID == athlete else {
      throw EnvelopeError(.otherAthlete, "The value is sealed under data key \(id), which is another athlete's.")
    }
    return try place.withUnsafeBytes { (context) throws(EnvelopeError) in
      try key.withUnsafeBytes { (key) throws(EnvelopeError) in
        try Envelope.open(sealed, under: key, context: context)
      }
    }
  }
}

/// Seals values; one thread's own. It draws nonces many at a time, since asking the system takes longer than sealing.
///
/// Nonces come out of a stream under a fresh random seed for every draw. It cannot be copied, so no nonce is used twice.
public struct FieldSealer: ~Copyable {
  private var nonces: [UInt8]
  private var next: Int

  private static let noncesPerDraw = 170

  public init() {
    Sodium.start()
    nonces = [UInt8](repeating: 0, count: Self.noncesPerDraw * Envelope.nonceCount)
    next = nonces.count
  }

  /// Seals in place: between the head, `SealedValue.headCount` bytes, and the tail, `tailCount` bytes, of `envelope`
  /// stands the plaintext, and after the call its ciphertext; head and tail are filled.
  public mutating func seal(
    inPlace envelope: UnsafeMutableRawBufferPointer, under key: DataKey, at place: borrowing SealedPlace
  ) {
    let range = drawNonce()
    nonces.withUnsafeBytes { nonces in
      place.withUnsafeBytes { context in
        key.withUnsafeBytes { secret in
          Envelope.seal(
            inPlace: envelope, under: secret, id: key.id, context: context, nonce: nonces[slice: range])
        }
      }
    }
  }

  private mutating func drawNonce() -> Range<Int> {
    if next == nonces.count {
      nonces.withUnsafeMutableBytes { random_fill_many($0.baseAddress, $0.count) }
      next = 0
    }
    defer { next += Envelope.nonceCount }
    return next..<next + Envelope.nonceCount
  }
}
