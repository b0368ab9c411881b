import CSodium

/// An incremental SHA-256 hash (FIPS 180-4), for checksums that other programs verify.
///
/// ```swift
/// var hash = SHA256()
/// for part in parts { part.withUnsafeBytes { hash.update($0) } }
/// let checksum = hash.finished()
/// ```
public struct SHA256: ~Copyable {
  private var state = crypto_hash_sha256_state()

  public init() {
    Sodium.start()
    crypto_hash_sha256_init(&state)
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    crypto_hash_sha256_update(&state, start.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
  }

  /// Returns the digest of all bytes that were added.
  public consuming func finished() -> Digest256 {
    var state = self.state
    return Digest256 { digest in
      guard let digest else { return }
      crypto_hash_sha256_final(&state, digest.assumingMemoryBound(to: UInt8.self))
    }
  }
}
