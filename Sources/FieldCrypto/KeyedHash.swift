import CSodium

/// BLAKE2b-256 with a subkey of the index key. The key is absorbed once; each hash starts from a copy of that state.
///
/// Any number of threads may share a value.
public struct KeyedHash: Sendable {
  private let keyed: SecretBytes

  public init(_ indexKey: IndexKey, _ subkey: IndexKey.Subkey) {
    // The size of the state is a multiple of 64, so the state has the alignment that it needs.
    keyed = SecretBytes(count: crypto_generichash_statebytes()) { state in
      indexKey.derive(subkey).withUnsafeBytes { blake2b_key(state.baseAddress, $0.baseAddress, $0.count) }
    }
  }

  /// Returns the hash of a message without allocating memory.
  public func digest(_ message: UnsafeRawBufferPointer) -> Digest256 {
    Digest256 { digest in
      keyed.withUnsafeBytes { blake2b_digest($0.baseAddress, message.baseAddress, message.count, digest) }
    }
  }
}
