import CSodium

/// Seals the values of one document after another. Each thread has its own.
///
/// Each document gets 24 random bytes, and its i-th envelope takes them as nonce with i added to the last 8 bytes, so
/// that HChaCha20, which depends on the first 16 bytes only, is computed once for the document. A document that is
/// written again, after a lost race for example, is begun again and gets other random bytes. No nonce is derived from
/// a path or taken from a stored envelope.
public struct FieldSealer: ~Copyable {
  private var random: [UInt8]
  private var nextRandom: Int
  private var key: DataKey?
  private var nonce: [UInt8]
  /// HChaCha20 of the key and the first 16 bytes of the nonce.
  private let derived = DataKeyMemory.shared.take()
  /// False until the first value of the document.
  private var isDerived = false

  /// Asking the system for random bytes takes longer than sealing a value, so they are drawn for many documents at a
  /// time, as a stream from a fresh random seed.
  private static let noncesPerDraw = 170

  public init() {
    random = []
    nextRandom = 0
    nonce = [UInt8](repeating: 0, count: Envelope.nonceCount)
  }

  deinit { DataKeyMemory.shared.giveBack(derived) }

  /// Begins a document, or a document again.
  ///
  /// - Parameter key: the data key of the athlete whom the document belongs to.
  public mutating func begin(under key: DataKey) {
    self.key = key
    isDerived = false
  }

  /// Seals a value of the document that was begun, in place: `envelope` has the plaintext between
  /// `SealedValue.headCount` bytes and `SealedValue.tailCount` bytes, and after the call its ciphertext; head and tail
  /// are filled.
  public mutating func seal(inPlace envelope: UnsafeMutableRawBufferPointer, at place: borrowing SealedPlace) {
    guard let key else { preconditionFailure("sealing without a key: `begin` comes first") }
    if isDerived { nonce.withUnsafeMutableBytes { nonce_increment($0.baseAddress) } } else { derive(from: key) }
    nonce.withUnsafeBytes { nonce in
      place.withUnsafeBytes { context in
        Envelope.seal(
          inPlace: envelope, underDerived: UnsafeRawBufferPointer(derived.bytes), id: key.id, context: context,
          nonce: nonce)
      }
    }
  }

  /// Draws the document's nonce.
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
