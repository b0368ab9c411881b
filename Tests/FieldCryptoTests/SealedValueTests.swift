import FieldCrypto
import Foundation
import SeededRandom
import Testing

struct SealedValueTests {
  let key = DataKey.random(stravaID: 4711, version: 1)
  let path = SealedPath("users", "4711", "raw_data", "athlete")

  @Test("A sealed value decrypts to the same bytes, at any size and path")
  func roundTrip() throws {
    var sealer = FieldSealer()
    let seed: UInt64 = 4711
    var random = Seeded(seed)
    for round in 0..<2000 {
      let size = Int.random(in: 0...(round % 10 == 0 ? 5000 : 100), using: &random)
      let plaintext = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
      let key = DataKey.random(stravaID: .random(in: 1...Int64.max, using: &random), version: 3)
      var path = SealedPath(collection: "activities", key: "\(round)")
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        path.enter(["a", "b~", "/", "", "0", "ж"].randomElement(using: &random) ?? "")
      }
      sealer.begin(under: key)
      for _ in 0..<round % 3 { _ = sealer.seal([1], at: path) }
      let sealed = sealer.seal(plaintext, at: path)
      #expect(sealed.count == plaintext.count + 58, "seed \(seed), round \(round)")
      #expect(try key.decrypt(sealed, at: path) == plaintext, "seed \(seed), round \(round)")
    }
  }

  @Test("Values that PyNaCl sealed are decrypted", arguments: ["text", "number", "escaped"])
  func independentVectors(name: String) throws {
    let vectors = try Vectors()
    let key = try vectors.dataKey()
    let path: SealedPath =
      switch name {
      case "text": SealedPath("users", "\(key.stravaID)", "email")
      case "number": SealedPath("activities", "17", "raw_data", "laps", "0", "average_heartrate")
      default: SealedPath("activities", "17", "raw_data", "a/b~c", "city")
      }
    #expect(try key.decrypt(vectors.bytes("\(name).envelope"), at: path) == vectors.bytes("\(name).plaintext"))
  }

  @Test("The header names version, algorithm and data key, and nothing is in clear")
  func layout() throws {
    let sealed = key.seal(Array("an address".utf8), at: path)
    #expect(Array(sealed[..<18]) == [1, 1] + key.id.withUnsafeBytes { Array($0) })
    #expect(try sealed.withUnsafeBytes { try SealedValue.keyID(of: $0) } == key.id)
    #expect(Data(sealed).range(of: Data("addr".utf8)) == nil)
  }

  private func nonce(_ sealer: inout FieldSealer) -> [UInt8] {
    Array(sealer.seal([1, 2, 3], at: path)[18..<42])
  }

  @Test("Each document draws a nonce, and its envelopes count up in the last 8 bytes")
  func nonceSequence() {
    var sealer = FieldSealer()
    var firsts: Set<[UInt8]> = []
    // These are more documents than one buffer of random bytes serves.
    for _ in 0..<500 {
      sealer.begin(under: key)
      let nonces = (0..<300).map { _ in nonce(&sealer) }
      firsts.insert(Array(nonces[0][..<16]))
      let start = nonces[0][16...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      for (index, nonce) in nonces.enumerated() {
        #expect(nonce[..<16] == nonces[0][..<16])
        #expect(nonce[16...].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } == start &+ UInt64(index))
      }
    }
    #expect(firsts.count == 500)
  }

  @Test("A retry of a document, and a value that is sealed again alone, get other random bytes")
  func noncesOfRetries() {
    var sealer = FieldSealer()
    sealer.begin(under: key)
    let first = (0..<3).map { _ in nonce(&sealer) }
    sealer.begin(under: key)
    let retry = (0..<3).map { _ in nonce(&sealer) }
    sealer.begin(under: key)
    let alone = nonce(&sealer)
    #expect(Set([first[0], retry[0], alone].map { Array($0[..<16]) }).count == 3)
  }

  @Test("No nonce comes twice in 1,000,000 envelopes of many documents, from several sealers")
  func nonces() async {
    let key = key
    let nonces = await withTaskGroup(of: [[UInt8]].self) { group in
      for sealerIndex in 0..<4 {
        group.addTask {
          var sealer = FieldSealer()
          return (0..<250_000).map { index in
            // The documents have 1 to 31 values.
            if index % (1 + (index / 1000 + sealerIndex) % 31) == 0 { sealer.begin(under: key) }
            return nonce(&sealer)
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(nonces).count == 1_000_000)
    // If a byte position hardly varied, part of the random buffer would be unused.
    for position in 0..<24 { #expect(Set(nonces.map { $0[position] }).count == 256) }
  }

  @Test("With any bit flipped it is not decrypted, and says why")
  func everyBit() throws {
    let sealed = key.seal(Array("an address".utf8), at: path)
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
        #expect(try envelopeCode { try key.decrypt(flipped, at: path) } == expected, "bit \(bit) of byte \(index)")
      }
    }
  }

  @Test("Cut off anywhere, or with a byte more, it is not decrypted")
  func everyLength() throws {
    let sealed = key.seal(Array("an address".utf8), at: path)
    for count in 0..<sealed.count {
      let code = try envelopeCode { try key.decrypt(Array(sealed[..<count]), at: path) }
      #expect(code == (count < 58 ? .tooShort : .notAuthentic), "\(count) bytes")
    }
    #expect(try envelopeCode { try key.decrypt(sealed + [0], at: path) } == .notAuthentic)
  }

  static let elsewhere: [SealedPath] = [
    SealedPath("users", "4712", "raw_data", "athlete"),
    SealedPath("users", "47", "11", "raw_data", "athlete"),
    SealedPath("activities", "4711", "raw_data", "athlete"),
    SealedPath("users", "4711", "raw_data", "token"),
    SealedPath("users", "4711", "raw_data"),
    SealedPath("users", "4711"),
    SealedPath("users", "4711", "raw_data", "athlete", ""),
    SealedPath("users", "4711", "raw_data", "athlete", "0"),
    SealedPath("users", "4711", "raw_data/athlete"),
    SealedPath("users", "4711", "raw_data~1athlete"),
    SealedPath("users", "4711/raw_data", "athletes"),
  ]

  @Test("Moved to another document, field or depth, it is not decrypted", arguments: elsewhere)
  func moved(to other: SealedPath) throws {
    let sealed = key.seal(Array("an address".utf8), at: path)
    #expect(try envelopeCode { try key.decrypt(sealed, at: other) } == .notAuthentic)
    #expect(try envelopeCode { try key.decrypt(sealed, at: path) } == nil)
  }

  @Test("A key of another athlete's is refused, and so is one that is not there")
  func otherAthlete() throws {
    let sealed = key.seal(Array("an address".utf8), at: path)
    let code = try envelopeCode {
      try sealed.withUnsafeBytes { try SealedValue.decrypt($0, athlete: 4712, at: path) { _ in key } }
    }
    #expect(code == .otherAthlete)
    let stranger = DataKey.random(stravaID: 4711, version: 2)
    #expect(try envelopeCode { try stranger.decrypt(sealed, at: path) } == .unknownKey)
    // The header is changed so that it names the other key.
    let named = [1, 1] + stranger.id.withUnsafeBytes { Array($0) } + sealed[18...]
    #expect(try envelopeCode { try stranger.decrypt(named, at: path) } == .notAuthentic)
  }

  @Test("A value that is not an envelope is refused as that")
  func noEnvelope() throws {
    let plain = Array("{\"a\": \"value in clear that is longer than the shortest envelope\"}".utf8)
    #expect(try envelopeCode { try key.decrypt(plain, at: path) } == .unknownVersion)
    #expect(try envelopeCode { try key.decrypt([], at: path) } == .tooShort)
  }

  @Test("A path that was left and entered again, or begun again, is the same path")
  func walking() throws {
    var walker = SealedPath(collection: "insights", key: "1")
    walker.enter("a")
    walker.begin(collection: "users", key: "4711")
    walker.enter("raw_data")
    walker.enter("a~/b")
    walker.enter("0")
    walker.leave()
    walker.leave()
    walker.enter("athlete")
    #expect(try key.decrypt(key.seal([1], at: walker), at: path) == [1])
    walker.leave()
    #expect(try key.decrypt(key.seal([1], at: walker), at: SealedPath("users", "4711", "raw_data")) == [1])
  }
}
