import CSodium

/// An encryptor for the values of documents, one document after another. Each thread has its own.
///
/// Each document gets 24 random bytes. The nonce of its i-th envelope is these bytes with i added to the last 8 bytes,
/// so HChaCha20, which depends only on the first 16 bytes, is computed once per document. A document that is written
/// again, for example after a lost race, gets new random bytes. No nonce is derived from a path or taken from a stored
/// envelope.
///
/// ```
/// var sealer = FieldSealer()
/// var path = SealedPath(collection: "users", key: "900000001")
/// sealer.begin(under: dataKey)
/// Array("email".utf8).withUnsafeBytes { path.enter($0) }
/// sealer.seal(inPlace: envelope, at: path)
/// path.leave()
/// ```
public struct FieldSealer: ~Copyable {
  private var random: [UInt8]
  private var nextRandom: Int
  private var key: DataKey?
  private var nonce: [UInt8]
  /// HChaCha20 of the key and the first 16 bytes of the nonce.
  private let derived = DataKeyMemory.shared.take()
  /// False until the first value of the document is sealed.
  private var isDerived = false

  /// The number of nonces per request for random bytes. Asking the system takes longer than sealing a value, so the
  /// bytes for many documents come from one stream with a new random seed.
  private static let noncesPerDraw = 170

  public init() {
    random = []
    nextRandom = 0
    nonce = [UInt8](repeating: 0, count: Envelope.nonceCount)
  }

  deinit { DataKeyMemory.shared.release(derived) }

  /// Begins a document. A document that is written again must be begun again.
  ///
  /// - Parameter key: the data key of the athlete to whom the document belongs.
  public mutating func begin(under key: DataKey) {
    self.key = key
    isDerived = false
  }

  /// Seals a value of the current document in place. On entry, `envelope` has `SealedValue.headCount` free bytes, the
  /// plaintext, and `SealedValue.tailCount` free bytes. On return, it is a complete envelope.
  public mutating func seal(inPlace envelope: UnsafeMutableRawBufferPointer, at path: borrowing SealedPath) {
    guard let key else { preconditionFailure("sealing without a key: `begin` comes first") }
    if isDerived { nonce.withUnsafeMutableBytes { nonce_increment($0.baseAddress) } } else { derive(from: key) }
    nonce.withUnsafeBytes { nonce in
      path.withUnsafeBytes { context in
        Envelope.seal(
          inPlace: envelope, underDerived: UnsafeRawBufferPointer(derived.bytes), id: key.id, context: context,
          nonce: nonce)
      }
    }
  }

  /// Draws the nonce of the document, and computes HChaCha20 of the data key and the start of the nonce.
  private mutating func derive(from key: DataKey) {
    if nextRandom == random.count {
      if random.isEmpty { random = [UInt8](repeating: 0, count: Self.noncesPerDraw * Envelope.nonceCount) }
      random.withUnsafeMutableBytes { random_fill_many($0.baseAddress, $0.count) }
      nextRandom = 0
    }
    nonce.withUnsafeMutableBytes { nonce in
      random.withUnsafeBytes { nonce.copyMemory(from: $0[slice: nextRandom..<nextRandom + Envelope.nonceCount]) }
      key.withUnsafeBytes { hchacha20(derived.bytes.baseAddress, nonce.baseAddress, $0.baseAddress) }
    }
    nextRandom += Envelope.nonceCount
    isDerived = true
  }
}
