import CSodium

/// A 32-byte hash value.
public struct Digest256: Hashable, Sendable {
  // The words have the byte order of memory and are never read as numbers.
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  /// Creates a digest from stored bytes; nil unless there are exactly 32 bytes.
  public init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 32 else { return nil }
    withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: bytes) }
  }

  init(filledBy fill: (UnsafeMutableRawPointer?) -> Void) {
    withUnsafeMutableBytes(of: &words) { fill($0.baseAddress) }
  }

  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Swift.withUnsafeBytes(of: words, body)
  }

  /// Compares in constant time, because a digest may be a MAC that an attacker tries to guess.
  public static func == (a: Digest256, b: Digest256) -> Bool {
    let (x, y) = (a.words, b.words)
    return (x.0 ^ y.0) | (x.1 ^ y.1) | (x.2 ^ y.2) | (x.3 ^ y.3) == 0
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

/// BLAKE2b-256 without a key (RFC 7693).
public enum BLAKE2b {
  /// Returns the hash of values that anyone may compute, such as deterministic object ids. Do not use it for values
  /// that must stay secret.
  public static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest256 {
    Sodium.start()
    return Digest256 { blake2b_hash(bytes.baseAddress, bytes.count, $0) }
  }
}
