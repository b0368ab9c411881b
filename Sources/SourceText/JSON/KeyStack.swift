import BSON

/// The keys of the open objects, used to find a key that occurs twice in one object.
///
/// Keys are compared by their hashes first. In the small objects of real records, a linear search through a few hashes
/// is faster than any table. Only objects with many keys have a table.
struct KeyStack: ~Copyable {
  struct Scope {
    /// The index of the object's first key.
    fileprivate let first: Int
  }

  private struct KeyRange: BitwiseCopyable {
    let start: Int
    let count: Int
  }

  // The buffers contain a `UInt32` and a `KeyRange` for each key. The bounds checks of an array would cost more than
  // the look-up.
  private var hashes = ByteBuffer()
  private var ranges = ByteBuffer()
  /// The hashes of the innermost objects that have many keys, and the index of each object's first key.
  private var tables: [(first: Int, hashes: Set<UInt32>)] = []
  /// The number of keys from which on an object has a table.
  private static let smallest = 128
  /// A random seed, so that no input can be prepared whose keys all have the same hash.
  private static let seed = UInt64.random(in: .min ... .max)

  private var count = 0

  mutating func removeAll() {
    count = 0
    hashes.count = 0
    ranges.count = 0
    tables.removeAll()
  }

  @inline(__always)
  func open() -> Scope { Scope(first: count) }

  @inline(__always)
  mutating func close(_ scope: Scope) {
    if count > scope.first { removeKeys(of: scope) }
  }

  @inline(never)
  private mutating func removeKeys(of scope: Scope) {
    count = scope.first
    hashes.count = scope.first * MemoryLayout<UInt32>.stride
    ranges.count = scope.first * MemoryLayout<KeyRange>.stride
    if !tables.isEmpty, tables.last?.first == scope.first { tables.removeLast() }
  }

  private func hashes(of scope: Scope) -> UnsafeBufferPointer<UInt32> {
    let start = (hashes.base + scope.first * MemoryLayout<UInt32>.stride).assumingMemoryBound(to: UInt32.self)
    return UnsafeBufferPointer(start: start, count: count - scope.first)
  }

  private func ranges(of scope: Scope) -> UnsafeBufferPointer<KeyRange> {
    let start = (ranges.base + scope.first * MemoryLayout<KeyRange>.stride).assumingMemoryBound(to: KeyRange.self)
    return UnsafeBufferPointer(start: start, count: count - scope.first)
  }

  /// Inserts a key into an object. Returns false if the object already has the key.
  ///
  /// - Parameters:
  ///   - key: the key, which seven readable bytes must follow.
  ///   - base: the start of the output, which contains the key and may move.
  mutating func insert(_ key: UnsafeRawBufferPointer, in base: UnsafeMutableRawPointer, _ scope: Scope) -> Bool {
    guard let first = key.baseAddress else { return true }
    let hash = hash(first, key.count)
    let start = first - UnsafeRawPointer(base)
    let own = hashes(of: scope)
    let seen: Bool
    if own.count < Self.smallest {
      var hits: UInt32 = 0
      for other in own { hits |= other == hash ? 1 : 0 }
      seen = hits != 0
    } else {
      seen = isInTable(hash, scope)
    }
    if seen, isTwice(key, in: base, hash, scope) { return false }
    hashes.append(hash)
    ranges.append(KeyRange(start: start, count: key.count))
    count += 1
    return true
  }

  @inline(never)
  private mutating func isInTable(_ hash: UInt32, _ scope: Scope) -> Bool {
    if tables.last?.first != scope.first { tables.append((scope.first, Set(hashes(of: scope)))) }
    return !tables[tables.count - 1].hashes.insert(hash).inserted
  }

  @inline(never)
  private func isTwice(
    _ key: UnsafeRawBufferPointer, in base: UnsafeMutableRawPointer, _ hash: UInt32, _ scope: Scope
  ) -> Bool {
    zip(hashes(of: scope), ranges(of: scope)).contains { other, range in
      other == hash && range.count == key.count
        && UnsafeRawBufferPointer(start: base + range.start, count: range.count).elementsEqual(key)
    }
  }

  /// Returns the hash of a key. Reads words, and removes the bytes after the key with a mask.
  @inline(__always)
  private func hash(_ key: UnsafeRawPointer, _ count: Int) -> UInt32 {
    var h = (UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15) ^ Self.seed
    var i = 0
    while i &+ 8 <= count {
      h = (h ^ key.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
      h ^= h >> 32
      i &+= 8
    }
    let rest = count &- i
    if rest > 0 {
      let word = key.loadUnaligned(fromByteOffset: i, as: UInt64.self) & ((1 &<< (UInt64(rest) &* 8)) &- 1)
      h = (h ^ word) &* 0xFF51_AFD7_ED55_8CCD
      h ^= h >> 32
    }
    return UInt32(truncatingIfNeeded: h)
  }
}
