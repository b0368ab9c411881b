import FieldCrypto
import Foundation
import Testing

struct RejectEnvelopeTests {
  let envelope: RejectEnvelope

  init() throws { envelope = RejectEnvelope(try Known.keyFile().indexKey) }

  /// Returns the error code with which the bytes cannot be decrypted, or nil if they can.
  func code(_ sealed: [UInt8], with other: RejectEnvelope? = nil) throws -> EnvelopeError.Code? {
    do {
      _ = try sealed.withUnsafeBytes { try (other ?? envelope).decrypt($0) }
      return nil
    } catch let error as EnvelopeError {
      return error.code
    }
  }

  func seal(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { envelope.seal($0) } }

  func decrypt(_ bytes: [UInt8]) throws -> [UInt8] { try bytes.withUnsafeBytes { try envelope.decrypt($0) } }

  @Test("What was sealed opens as the same bytes", arguments: [0, 1, 18, 2000, 17 << 20])
  func roundTrip(count: Int) throws {
    let record = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let sealed = seal(record)
    #expect(sealed.count == 18 + 24 + count + 16)
    #expect(try decrypt(sealed) == record)
  }

  @Test("An envelope that PyNaCl sealed opens")
  func independentVector() throws {
    // header = b"\x01\x01" + id of the index key; nonce = bytes(range(100, 124)); key = subkey 5 of HashTests
    // header + nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(
    //   b'{"id": 1, "id": 2}', header + b"strava-store/1/rejects", nonce, key)
    let sealed = try #require(
      Data(
        base64Encoded: "AQHLL1Fg/B9+BaVe9J00C0jaZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7"
          + "vEFlsDuyfw0bsyxjxbmfHLf3IQ2Zy6oS1siL0xdpCJfEmQ=="))
    #expect(try decrypt(Array(sealed)) == Array(#"{"id": 1, "id": 2}"#.utf8))
  }

  @Test("The header names version, algorithm and index key; the nonce is new each time; nothing is in clear")
  func layout() throws {
    let record = Array("a record that was rejected".utf8)
    let (first, second) = (seal(record), seal(record))
    let id = try Known.keyFile().indexKey.id.withUnsafeBytes { Array($0) }
    #expect(Array(first[..<18]) == [1, 1] + id)
    #expect(Array(second[..<18]) == Array(first[..<18]))
    #expect(first[18..<42] != second[18..<42])
    #expect(first[42...] != second[42...])
    #expect(Data(first).range(of: Data("record".utf8)) == nil)
  }

  @Test("With any bit flipped it is not decrypted, and says why")
  func everyBit() throws {
    let sealed = seal(Array("a record that was rejected".utf8))
    for index in sealed.indices {
      let expected: EnvelopeError.Code =
        switch index {
        case 0: .unknownVersion
        case 1: .unknownAlgorithm
        case 2..<18: .unknownKey
        default: .notAuthentic
        }
      for bit in 0..<8 {
        var flipped = sealed
        flipped[index] ^= 1 << bit
        #expect(try code(flipped) == expected, "bit \(bit) of byte \(index)")
      }
    }
  }

  @Test("Cut off anywhere, or with a byte more, it is not decrypted")
  func everyLength() throws {
    let sealed = seal(Array("a record".utf8))
    for count in 0..<sealed.count {
      #expect(try code(Array(sealed[..<count])) == (count < 58 ? .tooShort : .notAuthentic), "\(count) bytes")
    }
    #expect(try code(sealed + [0]) == .notAuthentic)
  }

  @Test("Another key file does not decrypt it, even when the header is made to name that file's key")
  func otherKey() throws {
    let scratch = try Scratch()
    let otherKey = try KeyFile.generate(at: scratch.path("other")).indexKey
    let other = RejectEnvelope(otherKey)
    var sealed = seal(Array("a record".utf8))
    #expect(try code(sealed, with: other) == .unknownKey)
    sealed.replaceSubrange(2..<18, with: otherKey.id.withUnsafeBytes { Array($0) })
    #expect(try code(sealed, with: other) == .notAuthentic)
  }

  @Test("The reason names the keys and nothing else")
  func message() throws {
    let scratch = try Scratch()
    let other = try KeyFile.generate(at: scratch.path("other")).indexKey
    let sealed = seal(Array("a record".utf8))
    let error = #expect(throws: EnvelopeError.self) {
      try sealed.withUnsafeBytes { try RejectEnvelope(other).decrypt($0) }
    }
    #expect(
      error?.description
        == "the value is sealed with key cb2f5160-fc1f-7e05-a55e-f49d340b48da, but the key file has \(other.id)")
  }
}
