import FieldCrypto
import Testing

struct RecordDigestTests {
  let vectors: Vectors
  let digest: RecordDigest
  /// The expected digest is computed by `Tests/Interop/sealing_vectors.py`.
  let long = (0..<2050).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }

  init() throws {
    vectors = try Vectors()
    digest = try RecordDigest(vectors.keyFile().indexKey)
  }

  private func hex(_ record: [UInt8], version: Int32 = 1) -> String {
    record.withUnsafeBytes { digest.digest($0, schemaVersion: version).hex }
  }

  @Test("The digests are those that Python computes")
  func independentVectors() throws {
    for (name, record) in [("record", try vectors.bytes("record.bson")), ("long", long), ("empty", [])] {
      #expect(try hex(record) == vectors.text("\(name).digest"), "\(name)")
      #expect(try hex(record, version: 0) == vectors.text("\(name).digest_of_id"), "\(name)")
    }
  }

  @Test("Records of all lengths around a block, and with any byte changed, have digests of their own")
  func distinct() {
    var seen: Set<String> = []
    // A hash that pads without the length would ignore zeros at the end.
    for count in 0...100 { seen.insert(hex([UInt8](repeating: 0, count: count))) }
    var record = Array(long.prefix(100))
    seen.insert(hex(record))
    for index in record.indices {
      record[index] ^= 0x40
      seen.insert(hex(record))
      record[index] ^= 0x40
    }
    seen.insert(hex(record, version: 2))
    #expect(seen.count == 101 + 1 + 100 + 1)
  }

  @Test("Another index key gives another digest, and any number of threads share one")
  func keysAndThreads() async throws {
    let scratch = try Scratch()
    let other = try RecordDigest(KeyFile.generate(at: scratch.path("keys")).indexKey)
    let (digest, long) = (digest, long)
    let expected = long.withUnsafeBytes { digest.digest($0, schemaVersion: 1) }
    #expect(long.withUnsafeBytes { other.digest($0, schemaVersion: 1) } != expected)
    let digests = await withTaskGroup(of: [Digest256].self) { group in
      for _ in 0..<4 {
        group.addTask { (0..<500).map { _ in long.withUnsafeBytes { digest.digest($0, schemaVersion: 1) } } }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(digests.count == 2000)
    #expect(Set(digests) == [expected])
  }
}
