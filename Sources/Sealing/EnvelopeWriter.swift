import BSON
import FieldCrypto

/// A writer of sealed values. Each value becomes one envelope around `{"v": value}`, so that any type is decrypted
/// exactly as it was (docs/sealing.md).
struct EnvelopeWriter: ~Copyable {
  private var sealer = FieldSealer()
  /// The data key that encrypts the values.
  private(set) var key: KeyID?
  /// The number of envelopes that were written since `begin`.
  private(set) var count = 0

  /// Begins a write of a document, which may be another document or the same one. Each write gets its own nonces.
  mutating func begin(under key: DataKey) {
    sealer.begin(under: key)
    self.key = key.id
    count = 0
  }

  /// - Parameter path: The path of the value in the document.
  mutating func append(
    _ name: UnsafeRawBufferPointer, _ value: BSONField, at path: borrowing SealedPath, to out: inout BSONWriter
  ) {
    let start = out.beginBinary(name, subtype: BinarySubtype.sealed)
    out.out.appendZeros(SealedValue.headCount)
    let plaintext = out.begin()
    out.append("v", value)
    out.end(plaintext)
    out.out.appendZeros(SealedValue.tailCount)
    sealer.seal(inPlace: out.endBinary(start), at: path)
    count += 1
  }
}
