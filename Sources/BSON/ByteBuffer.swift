/// A buffer of bytes that can grow and be used again.
///
/// `reserve` ensures capacity, `put` stores into reserved capacity, and `append` does both. Since `put` runs for every
/// token of the input, only debug builds check the capacity.
///
/// ```
/// var line = ByteBuffer(capacity: 256)
/// line.append(text: "distance: ")
/// line.append(shortest: 28_099.5)
/// line.append(UInt8(ascii: "\n"))
/// ```
public struct ByteBuffer: ~Copyable {
  /// The address of the first byte. It changes when the buffer grows or shrinks.
  public private(set) var base: UnsafeMutableRawPointer
  /// The number of bytes that fit without growing.
  public private(set) var capacity: Int
  /// The number of bytes in use.
  public var count = 0 {
    didSet { assert(count >= 0 && count <= capacity) }
  }

  /// The number of bytes after the capacity that can be read or overwritten, because readers and writers work in words.
  public static let slack = 16

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    base = .allocate(byteCount: self.capacity + Self.slack, alignment: 16)
  }

  deinit { base.deallocate() }

  /// The bytes in use. They are valid until the buffer grows, shrinks or is destroyed.
  @inlinable @inline(__always)
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Ensures capacity for `n` more bytes.
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

  /// Frees the memory beyond `limit` bytes, which one unusually large record took. Bytes in use beyond the limit are
  /// removed.
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

  /// Stores a value into reserved capacity.
  @inlinable @inline(__always)
  public mutating func put<T: BitwiseCopyable>(_ value: T) {
    assert(capacity - count >= MemoryLayout<T>.size)
    (base + count).storeBytes(of: value, as: T.self)
    count &+= MemoryLayout<T>.size
  }

  /// Copies `n` bytes into reserved capacity.
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

  /// Appends `n` zeros, which the caller overwrites later.
  public mutating func appendZeros(_ n: Int) {
    reserve(n)
    (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: n)
    count &+= n
  }

  /// Overwrites bytes in use, from `offset` on.
  @inlinable @inline(__always)
  public mutating func set<T: BitwiseCopyable>(_ value: T, at offset: Int) {
    precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count)
    (base + offset).storeBytes(of: value, as: T.self)
  }
}
