/// A keyed hash that makes a sealed value searchable: equal values, after normalization, have equal hashes.
///
/// Any number of threads may share a value.
///
/// ```swift
/// let index = BlindIndex(keys.indexKey, of: .email)
/// let hash = Array("Ada@Example.com".utf8).withUnsafeBytes { index.of($0) }
/// // The hash of " ada@example.com " is the same.
/// ```
public struct BlindIndex: Sendable {
  public enum Field: Sendable, CaseIterable {
    case username
    case email
    case accessToken
  }

  private let hash: KeyedHash
  private let foldsCase: Bool

  public init(_ indexKey: IndexKey, of field: Field) {
    let subkey: IndexKey.Subkey =
      switch field {
      case .username: .username
      case .email: .email
      case .accessToken: .accessToken
      }
    hash = KeyedHash(indexKey, subkey)
    foldsCase = field != .accessToken
  }

  /// Returns the hash of a UTF-8 value after normalization: bytes 09 to 0D and 20 are trimmed at both ends, and A to Z
  /// are lower-cased in user names and mail addresses. Nothing else is folded.
  public func of(_ value: UnsafeRawBufferPointer) -> Digest256 {
    let trimmed = value.trimmed("\u{09}\u{0A}\u{0B}\u{0C}\u{0D} ")
    guard foldsCase, trimmed.contains(where: Self.isUpper) else { return hash.digest(trimmed) }
    return withUnsafeTemporaryAllocation(byteCount: trimmed.count, alignment: 1) { folded in
      for (index, byte) in trimmed.enumerated() { folded[index] = Self.isUpper(byte) ? byte | 0x20 : byte }
      return hash.digest(UnsafeRawBufferPointer(folded))
    }
  }

  private static func isUpper(_ byte: UInt8) -> Bool { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte }
}
