import CSodium

/// The keyed digest that recognizes a record when it is imported again. The database stores it as `source.digest`.
///
/// The digest is BLAKE2b-256 under subkey 4 of 28 bytes: the schema version (int32, little-endian), the length of the
/// record in bytes (int64, little-endian), and the Poly1305 tag of the record's BSON bytes under subkey 7. Poly1305
/// reads a record four times as fast as BLAKE2b. It hides nothing by itself, so the tag is key material and never
/// leaves this type. docs/sealing.md has the definition with test vectors.
///
/// Any number of threads may share a value.
///
/// ```swift
/// let digest = RecordDigest(keys.indexKey)
/// let stored = record.withUnsafeBytes { digest.digest($0, schemaVersion: 1) }
/// ```
public struct RecordDigest: Sendable {
  /// The version of the digest format, which the database stores as `store_settings.digest`.
  public static let form: Int32 = 2

  private let hash: KeyedHash
  private let poly1305: SecretBytes

  public init(_ indexKey: IndexKey) {
    hash = KeyedHash(indexKey, .digest)
    poly1305 = indexKey.derive(.digestPoly1305)
  }

  /// Returns the digest of a record's BSON bytes, before any of its values is sealed.
  ///
  /// - Parameter schemaVersion: the version of the stored form; 0 for a digest from which the `_id` of an insight is
  ///   made, so that a later version does not store the insight a second time.
  public func digest(_ record: UnsafeRawBufferPointer, schemaVersion: Int32) -> Digest256 {
    withUnsafeTemporaryAllocation(byteCount: Int(record_message_count), alignment: 8) { message in
      defer { sodium_memzero(message.baseAddress, message.count) }
      poly1305.withUnsafeBytes {
        record_message(schemaVersion, record.baseAddress, record.count, $0.baseAddress, message.baseAddress)
      }
      return hash.digest(UnsafeRawBufferPointer(message))
    }
  }
}
