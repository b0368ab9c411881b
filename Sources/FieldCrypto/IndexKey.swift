import CSodium

/// The key from which the keys of blind indexes, digests and reject files are derived. Key rotation does not change it,
/// so existing hashes and reject files stay valid.
public struct IndexKey: Sendable {
  /// The purpose of each derived key. The numbers are part of the format.
  public enum Subkey: UInt64, Sendable, CaseIterable {
    case username = 1
    case email
    case accessToken
    case digest
    case rejects
    case settings
    case digestPoly1305
  }

  static let byteCount = 32

  /// The first 16 bytes of the key's BLAKE2b-256 hash. They identify the key and reveal nothing about it.
  public let id: KeyID

  let secret: SecretBytes

  init(_ secret: SecretBytes) {
    precondition(secret.count == Self.byteCount)
    self.secret = secret
    id = secret.withUnsafeBytes { BLAKE2b.hash($0) }.withUnsafeBytes { KeyID(prefixOf: $0) }
  }

  func derive(_ subkey: Subkey) -> SecretBytes {
    SecretBytes(count: Self.byteCount) { derived in
      secret.withUnsafeBytes { master in
        kdf_derive(derived.baseAddress, subkey.rawValue, "ssindex1", master.baseAddress)
      }
    }
  }
}
