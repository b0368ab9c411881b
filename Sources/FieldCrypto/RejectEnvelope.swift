/// Encrypts rejected records for the reject file, and decrypts them. The format is the envelope of sealed values, under
/// the rejects subkey, with the id of the index key in its header. The plaintext is the unchanged bytes of the record.
///
/// Any number of threads may share a value.
///
/// ```swift
/// let envelope = RejectEnvelope(keys.indexKey)
/// let sealed = record.withUnsafeBytes { envelope.seal($0) }
/// let decrypted = try sealed.withUnsafeBytes { (bytes) throws(EnvelopeError) in try envelope.decrypt(bytes) }
/// ```
public struct RejectEnvelope: Sendable {
  private let id: KeyID
  private let key: SecretBytes

  private static let context = "strava-store/1/rejects"

  public init(_ indexKey: IndexKey) {
    id = indexKey.id
    key = indexKey.derive(.rejects)
  }

  public func seal(_ record: UnsafeRawBufferPointer) -> [UInt8] {
    Self.context.withContextBytes { context in
      key.withUnsafeBytes { Envelope.seal(record, under: $0, id: id, context: context) }
    }
  }

  public func decrypt(_ sealed: UnsafeRawBufferPointer) throws(EnvelopeError) -> [UInt8] {
    let sealedUnder = try Envelope.keyID(of: sealed)
    guard sealedUnder == id else {
      throw EnvelopeError(.unknownKey, "the value is sealed with key \(sealedUnder), but the key file has \(id)")
    }
    return try Self.context.withContextBytes { (context) throws(EnvelopeError) in
      try key.withUnsafeBytes { (key) throws(EnvelopeError) in
        try Envelope.decrypt(sealed, under: key, context: context)
      }
    }
  }
}
