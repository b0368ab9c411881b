import CSodium

/// BLAKE2b-256 under a subkey of the index key. The key is taken in once; a digest starts from a copy of that state.
///
/// Any number of threads may share one.
public struct KeyedHash: Sendable {
  private let keyed: SecretBytes

  public init(_ indexKey: IndexKey, _ subkey: IndexKey.Subkey) {
    // The state's size is a multiple of 64, which gives it the alignment it needs.
    keyed = SecretBytes(count: crypto_generichash_statebytes()) { state in
      indexKey.derive(subkey).withUnsafeBytes { blake2b_key(state.baseAddress, $0.baseAddress, $0.count) }
    }
  }

  /// The digest of the pieces, one after another, as one message: `hash.digest([prefix, record])`.
  ///
  /// Nothing is allocated.
  public func digest<let count: Int>(_ pieces: InlineArray<count, UnsafeRawBufferPointer>) -> Digest256 {
    let ranges = InlineArray<count, blake2b_piece> { index in
      blake2b_piece(start: pieces[index].baseAddress, count: pieces[index].count)
    }
    return Digest256 { digest in
      keyed.withUnsafeBytes { state in
        ranges.span.withUnsafeBufferPointer {
          blake2b_digest(state.baseAddress, $0.baseAddress, $0.count, digest)
        }
      }
    }
  }
}
