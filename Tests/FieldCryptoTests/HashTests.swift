import FieldCrypto
import Testing

/// The expected values were computed by Python's hashlib from the keys of `Known`:
/// subkey n = blake2b(key=index, digest_size=32, salt=n.to_bytes(8, "little") + bytes(8),
///                    person=b"ssindex1" + bytes(8)).digest()
/// digest = blake2b(message, key=subkey, digest_size=32).hexdigest()
struct HashTests {
  let indexKey: IndexKey

  init() throws { indexKey = try Known.keyFile().indexKey }

  @Test("Each subkey is crypto_kdf's, which the digest of b\"one message\" under it shows")
  func subkeys() {
    let expected: [(IndexKey.Subkey, String)] = [
      (.username, "142d3005819e1c4abb7f0cb3c88ffed26f77b199aed80c3d49c8e3e35a23be14"),
      (.email, "289f5dd6e9505de0bbe4c7d40125ebd89cb317abbdd73c8ac165c6819db13a67"),
      (.accessToken, "01dfcf4cfa528291bc18cd4347c14b2e39b5b0214c7b4dae153e05b27829203c"),
      (.digest, "de48f47119bcb745170b18136b2b6b3147ef4dabad775f368b6efb89a2f47f23"),
      (.rejects, "cdfb02f131551bb34159d946c63bbcd2ba8337290eefb421791e4b26357fc39b"),
      (.settings, "ed0f02201a0196950b83737d90c88c2649739d30e38af4a6dfa87c9e8b60c014"),
      (.digestPoly1305, "fd00bf3db21fcff1f82ebb727105b431f81fe703d1b9fed53bcbfa20131547cc"),
    ]
    #expect(expected.map(\.0) == IndexKey.Subkey.allCases)
    for (subkey, digest) in expected {
      #expect(KeyedHash(indexKey, subkey).digest("one message").hex == digest, "\(subkey)")
    }
  }

  @Test("The index key's id is the start of its hash")
  func indexKeyID() {
    // blake2b(index, digest_size=32).digest()[:16], as a UUID
    #expect(indexKey.id.description == "cb2f5160-fc1f-7e05-a55e-f49d340b48da")
  }

  @Test("An empty message, and one of many blocks again and again from the same state, on several threads")
  func longMessage() async {
    let hash = KeyedHash(indexKey, .digest)
    #expect(hash.digest("").hex == "90a0b1d00513bfa4dfe54c518e74b5e6695055a854d7c97ff4c9868680f8b1c9")
    // (1).to_bytes(4, "little") + bytes((i * 7 + 3) % 256 for i in range(2048))
    let message = [1, 0, 0, 0] + (0..<2048).map { UInt8(($0 * 7 + 3) % 256) }
    let digests = await withTaskGroup(of: [String].self) { group in
      for _ in 0..<4 {
        group.addTask { (0..<100).map { _ in message.withUnsafeBytes { hash.digest($0).hex } } }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(digests.count == 400)
    #expect(Set(digests) == ["643c88628d48e182a8269142749d5e1362ceef1974968394e9c11138dd6543e3"])
  }

  @Test("The hash without a key")
  func unkeyed() {
    let hash = Array("activities:12345678987654321".utf8).withUnsafeBytes { BLAKE2b.hash($0) }
    #expect(hash.hex == "350c74fcb2d10681c76d4a3cc3a083cdc729d29fc31be2e8a5f72733f7b682b1")
  }

  @Test("A stored digest equals the one it was stored from, and no other")
  func stored() throws {
    let digest = KeyedHash(indexKey, .digest).digest("one message")
    var bytes = digest.withUnsafeBytes { Array($0) }
    #expect(bytes.withUnsafeBytes { Digest256(bytes: $0) } == digest)
    for index in bytes.indices {
      bytes[index] ^= 1
      #expect(bytes.withUnsafeBytes { Digest256(bytes: $0) } != digest)
      bytes[index] ^= 1
    }
    #expect(bytes.dropLast().withUnsafeBytes { Digest256(bytes: $0) } == nil)
  }
}
