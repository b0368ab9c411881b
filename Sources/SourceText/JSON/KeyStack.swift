/// The keys of the objects that are open, to find a key that comes twice in one object.
///
/// Keys are compared by a hash first: in the small objects of real records a linear look over a few hashes beats any
/// table. Only objects with many keys get one.
struct KeyStack {
  struct Scope {
    fileprivate let first: Int
  }

  private var hashes: [UInt32] = []
  private var places: [(start: Int, count: Int)] = []
  /// Hashes of the innermost objects that have grown large, by where their keys begin.
  private var tables: [(first: Int, hashes: Set<UInt32>)] = []
  private static let smallest = 128

  mutating func removeAll() {
    hashes.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    tables.removeAll()
  }

  @inline(__always)
  func open() -> Scope { Scope(first: hashes.count) }

  @inline(__always)
  mutating func close(_ scope: Scope) {
    hashes.removeSubrange(scope.first...)
    places.removeSubrange(scope.first...)
    if tables.last?.first == scope.first { tables.removeLast() }
  }

  /// False where the object has the key at `start` already.
  @inline(__always)
  mutating func insert(_ start: Int, _ count: Int, in base: UnsafeMutableRawPointer, _ scope: Scope) -> Bool {
    let hash = Self.hash(base + start, count)
    let seen: Bool
    if hashes.count - scope.first < Self.smallest {
      var hits: UInt32 = 0
      hashes.withUnsafeBufferPointer { all in
        for i in scope.first..<all.count { hits |= all[i] == hash ? 1 : 0 }
      }
      seen = hits != 0
    } else {
      seen = isInTable(hash, scope)
    }
    if seen, isTwice(start, count, in: base, hash, scope) { return false }
    hashes.append(hash)
    places.append((start, count))
    return true
  }

  @inline(never)
  private mutating func isInTable(_ hash: UInt32, _ scope: Scope) -> Bool {
    if tables.last?.first != scope.first { tables.append((scope.first, Set(hashes[scope.first...]))) }
    return !tables[tables.count - 1].hashes.insert(hash).inserted
  }

  @inline(never)
  private func isTwice(
    _ start: Int, _ count: Int, in base: UnsafeMutableRawPointer, _ hash: UInt32, _ scope: Scope
  ) -> Bool {
    let key = UnsafeRawBufferPointer(start: base + start, count: count)
    for i in scope.first..<hashes.count where hashes[i] == hash && places[i].count == count {
      if UnsafeRawBufferPointer(start: base + places[i].start, count: count).elementsEqual(key) { return true }
    }
    return false
  }

  /// Reads words; what is behind the key in the buffer is masked away.
  @inline(__always)
  private static func hash(_ key: UnsafeMutableRawPointer, _ count: Int) -> UInt32 {
    var h = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
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
