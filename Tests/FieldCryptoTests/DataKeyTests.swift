import FieldCrypto
import Foundation
import SeededRandom
import Testing

struct DataKeyTests {
  let vectors: Vectors
  let file: KeyFile
  let path = SealedPath("users", "1", "email")

  init() throws {
    vectors = try Vectors()
    file = try vectors.keyFile()
  }

  @Test("A wrapped key unwraps as the same key, whoever's it is")
  func roundTrip() throws {
    for version in [1, 2, Int32.max] {
      for stravaID in [1, 12_345_678, Int64.max] {
        let key = DataKey.random(stravaID: stravaID, version: version)
        let wrapped = try file.wrap(key, under: file.active)
        #expect(wrapped.count == 90)
        #expect(Array(wrapped[..<18]) == [1, 1] + file.active.withUnsafeBytes { Array($0) })
        let again = try file.unwrap(wrapped, key.id, stravaID, version)
        #expect((again.id, again.stravaID, again.version) == (key.id, stravaID, version))
        #expect(try again.decrypt(key.seal([1, 2, 3], at: path), at: path) == [1, 2, 3])
      }
    }
  }

  @Test("Wrapped twice, a key looks different")
  func nonce() throws {
    let key = DataKey.random(stravaID: 1, version: 1)
    let (first, second) = try (file.wrap(key, under: file.active), file.wrap(key, under: file.active))
    #expect(first[18..<42] != second[18..<42])
    #expect(first[42...] != second[42...])
  }

  @Test("With any bit of the vector flipped, or cut off anywhere, it does not unwrap, and says why")
  func altered() throws {
    let wrapped = try vectors.bytes("data_key.wrapped_key")
    let (id, stravaID) = try (vectors.id("data_key.id"), #require(Int64(vectors.text("data_key.strava_id"))))
    func code(_ bytes: [UInt8]) throws -> EnvelopeError.Code? {
      try envelopeCode { try file.unwrap(bytes, id, stravaID, 2) }
    }
    #expect(try code(wrapped) == nil)
    for index in wrapped.indices {
      let expected: EnvelopeError.Code =
        switch index {
        case 0: .unknownVersion
        case 1: .unknownAlgorithm
        case 2..<18: .unknownKey
        default: .notAuthentic
        }
      for bit in 0..<8 {
        var flipped = wrapped
        flipped[index] ^= 1 << bit
        #expect(try code(flipped) == expected, "bit \(bit) of byte \(index)")
      }
    }
    for count in wrapped.indices {
      #expect(try code(Array(wrapped[..<count])) == (count < 58 ? .tooShort : .notAuthentic), "\(count) bytes")
    }
    #expect(try code(wrapped + [0]) == .notAuthentic)
  }

  @Test("In a document with another id, athlete or version it does not unwrap")
  func moved() throws {
    let wrapped = try vectors.bytes("data_key.wrapped_key")
    let (id, stravaID) = try (vectors.id("data_key.id"), #require(Int64(vectors.text("data_key.strava_id"))))
    for (id, stravaID, version) in [(file.active, stravaID, Int32(2)), (id, stravaID + 1, 2), (id, stravaID, 1)] {
      #expect(try envelopeCode { try file.unwrap(wrapped, id, stravaID, version) } == .notAuthentic)
    }
  }

  @Test("An envelope of other content under a master is not a key")
  func otherContent() throws {
    let vector = try vectors.bytes("text.envelope")
    let named = [1, 1] + file.active.withUnsafeBytes { Array($0) } + vector[18...]
    #expect(try envelopeCode { try file.unwrap(named, file.active, 1, 1) } == .notAuthentic)
  }

  @Test("After a rotation a key is wrapped again and stays the same; only the new master opens the new wrapping")
  func rewrapping() throws {
    let scratch = try Scratch()
    let path = try scratch.write(vectors.keyFileText, to: "keys")
    let (key, old) = try (vectors.dataKey(), file.active)
    let rotated = try KeyFile.rotate(at: path)
    #expect(try envelopeCode { try file.wrap(key, under: rotated.active) } == .unknownKey)

    let wrapped = try rotated.wrap(key, under: rotated.active)
    let again = try rotated.unwrap(wrapped, key.id, key.stravaID, key.version)
    #expect(try again.decrypt(key.seal([7], at: self.path), at: self.path) == [7])
    #expect(try envelopeCode { try file.unwrap(wrapped, key.id, key.stravaID, key.version) } == .unknownKey)
    let named = [1, 1] + old.withUnsafeBytes { Array($0) } + wrapped[18...]
    #expect(try envelopeCode { try rotated.unwrap(named, key.id, key.stravaID, key.version) } == .notAuthentic)
  }

  @Test("Many keys at once are many keys, and stay what they are while others come and go on other threads")
  func many() async throws {
    let path = self.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          // The task's number is the seed, so every run removes the same keys.
          var random = Seeded(UInt64(task))
          var keys: [(key: DataKey, sealed: [UInt8])] = []
          for round in 0..<3000 {
            let key = DataKey.random(stravaID: Int64(task), version: 1)
            keys.append((key, key.seal([UInt8(truncatingIfNeeded: round)], at: path)))
            if round % 3 == 0 { keys.remove(at: Int.random(in: keys.indices, using: &random)) }
          }
          for (key, sealed) in keys {
            #expect(throws: Never.self, "seed \(task)") { try key.decrypt(sealed, at: path) }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("A key is in memory once while it is used, and nowhere once it is gone")
  func zeroed() throws {
    // Computed with PyNaCl: a key wrapped for athlete 1, version 1, id 00010203-0405-4607-8809-0a0b0c0d0e0f, under the
    // vectors' master key. The words are masked because this process must not hold the key anywhere else in its memory.
    let masked: [UInt64] = [
      0xe189_e875_3049_56ae, 0x7a96_04ac_cba0_18a9, 0x802a_56a7_509e_2663,
      0x9c7b_3243_011a_06ab,
    ]
    let wrapped = try #require(
      Data(
        base64Encoded: "AQFvlhn/i4ZAEbQtAM9PyWT/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXQwWXmxqK1OLkrLGs"
          + "pQ333iFj2WEl4jdNfVKyOW3hJzYSu8zNOE1OY0FwiDYY49KB"))
    let id = try #require(KeyID("00010203-0405-4607-8809-0a0b0c0d0e0f"))
    try inMemory()
    let left = try ProcessMemory.count(masked: masked, by: 0x5a5a_5a5a_5a5a_5a5a)
    #expect(left == 0)

    @inline(never) func inMemory() throws {
      let key = try file.unwrap(Array(wrapped), id, 1, 1)
      #expect(try key.decrypt(key.seal([1], at: path), at: path) == [1])
      let count = try ProcessMemory.count(masked: masked, by: 0x5a5a_5a5a_5a5a_5a5a)
      #expect(count == 1)
      withExtendedLifetime(key) {}
    }
  }
}

/// The memory of this process.
enum ProcessMemory {
  /// Returns how often the words occur in memory. The caller passes the words after `xor` with the mask.
  static func count(masked words: [UInt64], by mask: UInt64) throws -> Int {
    let memory = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/mem"))
    let maps = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/maps")).readToEnd() ?? Data()
    let chunk = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 1 << 17)
    defer {
      chunk.update(repeating: 0)
      chunk.deallocate()
    }
    chunk.initialize(repeating: 0)
    let own = UInt(bitPattern: chunk.baseAddress)..<UInt(bitPattern: chunk.baseAddress) + UInt(chunk.count * 8)
    var found = 0
    for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: " ")
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard fields[1].hasPrefix("rw") else { continue }
      var start = ends[0]
      while start < ends[1] {
        let size = pread(
          memory.fileDescriptor, chunk.baseAddress, min(chunk.count * 8, Int(ends[1] - start)), Int(start))
        guard size > 0 else { break }
        for index in 0..<max(0, size / 8 - words.count + 1) where chunk[index] ^ mask == words[0] {
          let matches = words.indices.allSatisfy { chunk[index + $0] ^ mask == words[$0] }
          if matches, !own.contains(start + UInt(index * 8)) { found += 1 }
        }
        start += UInt(size)
      }
    }
    return found
  }
}
