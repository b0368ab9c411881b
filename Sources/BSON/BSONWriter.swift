/// A writer that appends BSON elements to a buffer: the typed fields of a record, filters and updates.
///
/// Each call of a `begin…` function begins a document, and `end` ends it. The outermost document is written in the
/// same way.
///
/// ```
/// var writer = BSONWriter()
/// let document = writer.begin()
/// writer.append("distance", 28_099.5)
/// let map = writer.begin("map")
/// writer.append("id", "a900000001")
/// writer.end(map)
/// writer.end(document)
/// ```
public struct BSONWriter: ~Copyable {
  /// The bytes written so far.
  public var out: ByteBuffer

  public init(capacity: Int = 4096) { out = ByteBuffer(capacity: capacity) }

  /// Begins a document: the outermost one, or the value after the header of an element.
  ///
  /// - Returns: the offset that `end` needs.
  @inline(__always)
  public mutating func begin() -> Int {
    out.reserve(4)
    let start = out.count
    out.put(Int32(0))
    return start
  }

  /// Ends the document that began at this offset.
  @inline(__always)
  public mutating func end(_ start: Int) {
    out.append(UInt8(0))
    out.set(Int32(truncatingIfNeeded: out.count - start), at: start)
  }

  // This is inlined into callers in other modules too, where the length of the key is known, so that copying the key
  // takes no call.
  @inlinable @inline(__always)
  mutating func header(_ type: BSONType, _ key: StaticString, _ valueSize: Int) {
    let n = key.utf8CodeUnitCount
    out.reserve(n + 2 + valueSize)
    out.put(type.rawValue)
    out.put(UnsafeRawPointer(key.utf8Start), n)
    out.put(UInt8(0))
  }

  /// Writes the header of an element whose key is made at run time. The key must not contain a NUL, since a NUL ends a
  /// key in BSON.
  @inline(__always)
  private mutating func header(_ type: BSONType, name: String, _ valueSize: Int) {
    var name = name
    name.withUTF8 { utf8 in
      precondition(!utf8.contains(0), "a BSON key holds no NUL")
      out.reserve(utf8.count + 2 + valueSize)
      out.put(type.rawValue)
      if let start = utf8.baseAddress { out.put(UnsafeRawPointer(start), utf8.count) }
      out.put(UInt8(0))
    }
  }

  public mutating func begin(_ key: StaticString) -> Int {
    header(.document, key, 4)
    return begin()
  }
  public mutating func begin(name: String) -> Int {
    header(.document, name: name, 4)
    return begin()
  }
  public mutating func beginArray(_ key: StaticString) -> Int {
    header(.array, key, 4)
    return begin()
  }
  public mutating func beginArray(name: String) -> Int {
    header(.array, name: name, 4)
    return begin()
  }

  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: Double) {
    header(.double, key, 8)
    out.put(value)
  }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: Int32) {
    header(.int32, key, 4)
    out.put(value)
  }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: Int64) {
    header(.int64, key, 8)
    out.put(value)
  }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: Bool) {
    header(.bool, key, 1)
    out.put(value ? UInt8(1) : 0)
  }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: BSONDate) {
    header(.date, key, 8)
    out.put(value.milliseconds)
  }
  public mutating func append(_ key: StaticString, _ value: ObjectID) {
    header(.objectID, key, 12)
    value.withUnsafeBytes { out.append($0) }
  }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: String) {
    header(.string, key, 0)
    text(value)
  }
  public mutating func append(_ key: StaticString, subtype: UInt8, binary: UnsafeRawBufferPointer) {
    header(.binary, key, 5 + binary.count)
    out.put(Int32(truncatingIfNeeded: binary.count))
    out.put(subtype)
    out.append(binary)
  }
  /// Appends a document.
  ///
  /// - Parameter document: the bytes of the whole document.
  @inline(__always)
  public mutating func append(_ key: StaticString, document: UnsafeRawBufferPointer) {
    header(.document, key, 0)
    out.append(document)
  }
  public mutating func append(_ key: StaticString, _ values: [Double]) {
    let array = beginArray(key)
    for (i, value) in values.enumerated() {
      out.reserve(24)
      out.put(BSONType.double.rawValue)
      out.putIndex(i)
      out.put(value)
    }
    end(array)
  }
  /// Appends a value, or nothing if the value is nil.
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: Double?) { if let value { append(key, value) } }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: Int32?) { if let value { append(key, value) } }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: Bool?) { if let value { append(key, value) } }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: BSONDate?) { if let value { append(key, value) } }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: String?) { if let value { append(key, value) } }
  @inlinable @inline(__always)
  public mutating func append(_ key: StaticString, _ value: [Double]?) { if let value { append(key, value) } }

  /// Appends a copy of a value, including its type, under another key.
  public mutating func append(_ key: StaticString, _ value: BSONField) {
    let n = key.utf8CodeUnitCount
    out.reserve(n + 2)
    out.put(value.type)
    out.put(UnsafeRawPointer(key.utf8Start), n)
    out.put(UInt8(0))
    out.append(UnsafeRawBufferPointer(start: value.base, count: value.size))
  }

  /// Appends a copy of a value, including its type, under a key of bytes, which must not contain a NUL.
  public mutating func append(_ key: UnsafeRawBufferPointer, _ value: BSONField) {
    out.append(value.type)
    out.append(key)
    out.append(UInt8(0))
    out.append(UnsafeRawBufferPointer(start: value.base, count: value.size))
  }

  /// Begins a binary. The caller appends its bytes to `out` next.
  ///
  /// - Returns: the offset that `endBinary` needs.
  public mutating func beginBinary(_ key: UnsafeRawBufferPointer, subtype: UInt8) -> Int {
    out.reserve(key.count + 7)
    out.put(BSONType.binary.rawValue)
    if let start = key.baseAddress { out.put(start, key.count) }
    out.put(UInt8(0))
    out.put(Int32(0))
    out.put(subtype)
    return out.count
  }

  /// Ends a binary.
  ///
  /// - Returns: the bytes of the binary, which can be changed in place until something else is appended.
  public mutating func endBinary(_ start: Int) -> UnsafeMutableRawBufferPointer {
    let count = out.count - start
    out.set(Int32(truncatingIfNeeded: count), at: start - 5)
    return UnsafeMutableRawBufferPointer(start: out.base + start, count: count)
  }

  /// Begins a document or array with the type and key of `element`.
  @inline(__always)
  public mutating func begin(copyingHeaderOf element: BSONElement) -> Int {
    out.append(UnsafeRawBufferPointer(start: element.start, count: element.keyCount + 2))
    return begin()
  }

  /// Appends a copy of a whole element: type, key and value.
  @inline(__always)
  public mutating func append(_ element: BSONElement) { out.append(element.bytes) }

  /// Appends a value of any type under a key that is made at run time and does not contain a NUL.
  public mutating func append(name: String, _ value: BSONValue) {
    header(value.type, name: name, 0)
    switch value {
    case .double(let v): out.append(v)
    case .string(let v): text(v)
    case .document(let v), .array(let v): v.withUnsafeBytes { out.append($0) }
    case .binary(let subtype, let v):
      out.append(Int32(truncatingIfNeeded: v.count))
      out.append(subtype)
      v.withUnsafeBytes { out.append($0) }
    case .objectID(let v): v.withUnsafeBytes { out.append($0) }
    case .bool(let v): out.append(v ? UInt8(1) : 0)
    case .date(let v): out.append(v.milliseconds)
    case .null: break
    case .int32(let v): out.append(v)
    case .int64(let v): out.append(v)
    case .decimal128(let v):
      out.append(v.low)
      out.append(v.high)
    case .other(_, let v): v.withUnsafeBytes { out.append($0) }
    }
  }

  /// Appends the value of a string element: length, bytes and NUL.
  @usableFromInline
  mutating func text(_ value: String) {
    // A copy, which `withUTF8` needs, would retain and release the string.
    if value.utf8.withContiguousStorageIfAvailable({ put(utf8: $0) }) == nil {
      var value = value
      value.withUTF8 { put(utf8: $0) }
    }
  }

  private mutating func put(utf8: UnsafeBufferPointer<UInt8>) {
    out.reserve(utf8.count + 5)
    out.put(Int32(truncatingIfNeeded: utf8.count + 1))
    if let start = utf8.baseAddress { out.put(UnsafeRawPointer(start), utf8.count) }
    out.put(UInt8(0))
  }
}

extension ByteBuffer {
  /// Stores an array index as a BSON key (decimal digits and a NUL) into 12 reserved bytes.
  @inline(__always)
  fileprivate mutating func putIndex(_ index: Int) { count = (base + count).storeIndex(index) - base }
}

extension UnsafeMutableRawPointer {
  /// Stores an array index as a BSON key (decimal digits and a NUL), which takes at most 12 bytes.
  ///
  /// - Returns: the address after the NUL.
  @inline(__always)
  public func storeIndex(_ index: Int) -> UnsafeMutableRawPointer {
    guard index < 10 else { return storeLongIndex(index) }
    // In little-endian order, the digit comes first, then the NUL.
    storeBytes(of: 48 &+ UInt16(truncatingIfNeeded: index), as: UInt16.self)
    return self + 2
  }

  @inline(never)
  private func storeLongIndex(_ index: Int) -> UnsafeMutableRawPointer {
    var end = self
    var rest = index
    while rest > 0 {
      end += 1
      rest /= 10
    }
    end.storeBytes(of: 0, as: UInt8.self)
    rest = index
    var digit = end
    while digit > self {
      digit -= 1
      digit.storeBytes(of: UInt8(48 + rest % 10), as: UInt8.self)
      rest /= 10
    }
    return end + 1
  }
}
