import BSON
import FieldCrypto

/// Writes sealed values: each becomes one envelope around `{"v": value}`, so that any type comes back exactly
/// (docs/sealing.md).
struct EnvelopeWriter: ~Copyable {
  private var sealer = FieldSealer()
  /// The data key that seals.
  private(set) var key: KeyID?
  /// Envelopes written since `begin`.
  private(set) var count = 0

  /// Turns to a write of a document: to another document, or to the same one again. Each gets nonces of its own.
  mutating func begin(under key: DataKey) {
    sealer.begin(under: key)
    self.key = key.id
    count = 0
  }

  /// - Parameter place: the value's own.
  mutating func append(
    _ name: UnsafeRawBufferPointer, _ value: BSONField, at place: borrowing SealedPlace, to out: inout BSONWriter
  ) {
    let start = out.openBinary(name, subtype: BinarySubtype.sealed)
    out.out.appendZeros(SealedValue.headCount)
    let plaintext = out.open()
    out.append("v", value)
    out.close(plaintext)
    out.out.appendZeros(SealedValue.tailCount)
    sealer.seal(inPlace: out.closeBinary(start), at: place)
    count += 1
  }
}
