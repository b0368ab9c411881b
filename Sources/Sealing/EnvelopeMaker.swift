import BSON
import FieldCrypto

/// Makes the envelopes of one document under the key that seals now: of values in clear, and again of what other
/// envelopes held.
package final class EnvelopeMaker {
  private let newest: DataKey
  private var sealer = FieldSealer()
  /// Envelopes made.
  private(set) var count = 0

  init(under newest: DataKey) {
    self.newest = newest
    sealer.begin(under: newest)
  }

  func isDue(_ key: KeyID) -> Bool { key != newest.id }

  /// - Parameters:
  ///   - plaintext: `{"v": value}`, sealed byte by byte as it is.
  ///   - place: the value's own.
  func append(
    _ plaintext: BSONDocument, under name: UnsafeRawBufferPointer, at place: borrowing SealedPlace,
    to out: inout BSONWriter
  ) {
    let start = out.openBinary(name, subtype: BinarySubtype.sealed)
    out.out.appendZeros(SealedValue.headCount)
    plaintext.withUnsafeBytes { out.out.append($0) }
    out.out.appendZeros(SealedValue.tailCount)
    sealer.seal(inPlace: out.closeBinary(start), at: place)
    count += 1
  }
}
