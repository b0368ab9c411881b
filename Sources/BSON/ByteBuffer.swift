/// Growable, reusable bytes with one owner.
///
/// `reserve` ensures capacity, `put` stores into reserved capacity (checked in debug builds only, since it runs for
/// every token of the input), `append` does both.
public struct ByteBuffer: ~Copyable {
  public private(set) var base: UnsafeMutableRawPointer
  public private(set) var capacity: Int
  /// Bytes in use.
  public var count = 0 {
    didSet { assert(count >= 0 && count <= capacity) }
  }

  /// Bytes behind the capacity that may be read or overwritten: readers and writers work in words.
  public static let slack = 16

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    base = .allocate(byteCount: self.capacity + Self.slack, alignment: 16)
  }

  deinit { base.deallocate() }

  /// The bytes in use; valid until the buffer grows or dies.
  @inlinable @inline(__always)
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  @inlinable @inline(__always)
  public mutating func reserve(_ n: Int) {
    if capacity - count < n { grow(n) }
  }

  @inline(never) @usableFromInline
  mutating func grow(_ n: Int) {
    let wanted = max(capacity * 2, count + n)
    let bigger = UnsafeMutableRawPointer.allocate(byteCount: wanted + Self.slack, alignment: 16)
    bigger.copyMemory(from: base, byteCount: count)
    base.deallocate()
    base = bigger
    capacity = wanted
  }

  /// Gives back memory beyond `limit` that one unusually large record took.
  public mutating func shrink(to limit: Int) {
    guard capacity > limit else { return }
    let kept = min(count, limit)
    let smaller = UnsafeMutableRawPointer.allocate(byteCount: max(limit, 64) + Self.slack, alignment: 16)
    smaller.copyMemory(from: base, byteCount: kept)
    base.deallocate()
    base = smaller
    capacity = max(limit, 64)
    count = kept
  }

  /// Stores into reserved capacity.
  @inlinable @inline(__always)
  public mutating func put<T: BitwiseCopyable>(_ value: T) {
    assert(capacity - count >= MemoryLayout<T>.size)
    (base + count).storeBytes(of: value, as: T.self)
    count &+= MemoryLayout<T>.size
  }

  /// Copies into reserved capacity.
  @inlinable @inline(__always)
  public mutating func put(_ source: UnsafeRawPointer, _ n: Int) {
    assert(capacity - count >= n)
    (base + count).copyMemory(from: source, byteCount: n)
    count &+= n
  }

  @inlinable @inline(__always)
  public mutating func append<T: BitwiseCopyable>(_ value: T) {
    reserve(MemoryLayout<T>.size)
    put(value)
  }

  @inlinable @inline(__always)
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    reserve(bytes.count)
    put(start, bytes.count)
  }

  /// Appends zeros that are overwritten later.
  public mutating func appendZeros(_ n: Int) {
    reserve(n)
    (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: n)
    count &+= n
  }

  /// Overwrites bytes written before.
  @inlinable @inline(__always)
  public mutating func set<T: BitwiseCopyable>(_ value: T, at offset: Int) {
    precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count)
    (base + offset).storeBytes(of: value, as: T.self)
  }
}
