import BSON
import FieldCrypto

/// Seals plaintexts of opened envelopes anew, byte by byte as they were, under the key that seals now.
final class EnvelopeResealer {
  private let newest: DataKey
  private var sealer = FieldSealer()
  private(set) var count = 0

  init(under newest: DataKey) { self.newest = newest }

  func isDue(_ key: KeyID) -> Bool { key != newest.id }

  func append(
    _ plaintext: [UInt8], under name: UnsafeRawBufferPointer, at place: borrowing SealedPlace, to out: inout BSONWriter
  ) {
    let start = out.openBinary(name, subtype: BinarySubtype.sealed)
    out.out.appendZeros(SealedValue.headCount)
    plaintext.withUnsafeBytes { out.out.append($0) }
    out.out.appendZeros(SealedValue.tailCount)
    sealer.seal(inPlace: out.closeBinary(start), under: newest, at: place)
    count += 1
  }
}
