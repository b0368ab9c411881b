/// An element of a document: its type, key and value. Another value owns the bytes and keeps them alive while the
/// element is in use.
public struct BSONElement {
  /// The address of the type byte.
  public let start: UnsafeRawPointer
  /// The number of bytes in the key, without its NUL.
  public let keyCount: Int
  public let value: BSONField

  @usableFromInline
  init(start: UnsafeRawPointer, keyCount: Int, value: BSONField) {
    self.start = start
    self.keyCount = keyCount
    self.value = value
  }

  @inlinable @inline(__always)
  public var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start + 1, count: keyCount) }
  public var keyText: String { String(decoding: key, as: UTF8.self) }
  /// The bytes of the whole element: type, key and value.
  @inlinable @inline(__always)
  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: keyCount + 2 + value.size)
  }

  /// Returns whether the key is `name`.
  @inlinable @inline(__always)
  public func hasKey(_ name: StaticString) -> Bool {
    let n = name.utf8CodeUnitCount
    return n == keyCount && sameBytes(start + 1, UnsafeRawPointer(name.utf8Start), n)
  }
}

/// A value in a document. Another value owns the bytes and keeps them alive while the value is in use.
public struct BSONField {
  /// The type byte of the element.
  public let type: UInt8
  /// The address of the value's first byte.
  public let base: UnsafeRawPointer

  @inlinable @inline(__always)
  public init(type: UInt8, base: UnsafeRawPointer) {
    self.type = type
    self.base = base
  }

  /// Returns whether the value has this type.
  @inlinable @inline(__always)
  public func `is`(_ t: BSONType) -> Bool { type == t.rawValue }
  @inlinable @inline(__always)
  public var isNull: Bool { type == BSONType.null.rawValue }

  /// The size of the value in bytes.
  @inlinable @inline(__always)
  public var size: Int {
    switch type {
    case 0x01, 0x09, 0x11, 0x12: 8
    case 0x10: 4
    case 0x08: 1
    case 0x0A, 0x06, 0xFF, 0x7F: 0
    case 0x02, 0x0D, 0x0E: 4 + length
    case 0x03, 0x04, 0x0F: length
    case 0x05: 5 + length
    case 0x07: 12
    case 0x13: 16
    case 0x0C: 4 + length + 12
    case 0x0B: regexSize
    default: preconditionFailure("no BSON type \(type)")
    }
  }

  @usableFromInline
  var regexSize: Int {
    let pattern = cStringCount(base)
    return pattern + 1 + cStringCount(base + pattern + 1) + 1
  }

  /// The length field with which values of variable size begin.
  @inlinable @inline(__always)
  var length: Int { Int(base.loadUnaligned(as: Int32.self)) }

  /// The bytes of a string, without the NUL that follows them; nil for other types.
  @inlinable @inline(__always)
  public var text: UnsafeRawBufferPointer? {
    guard type == BSONType.string.rawValue else { return nil }
    return UnsafeRawBufferPointer(start: base + 4, count: length - 1)
  }
  /// The fields of a document; nil for other types.
  @inlinable @inline(__always)
  public var document: BSONView? {
    guard type == BSONType.document.rawValue else { return nil }
    return BSONView(base)
  }
  /// The elements of an array; nil for other types.
  @inlinable @inline(__always)
  public var array: BSONView? {
    guard type == BSONType.array.rawValue else { return nil }
    return BSONView(base)
  }
  /// Whether the value is a document or an array.
  @inlinable @inline(__always)
  public var isContainer: Bool { self.is(.document) || self.is(.array) }
  /// The value of an int32 or int64; nil for other types.
  @inlinable @inline(__always)
  public var integer: Int64? {
    switch type {
    case 0x10: Int64(base.loadUnaligned(as: Int32.self))
    case 0x12: base.loadUnaligned(as: Int64.self)
    default: nil
    }
  }
  /// The value of any number that is whole and fits an `Int64`; nil otherwise. Use it for ids, which other programs may
  /// have stored as any type of number.
  public var wholeNumber: Int64? { integer ?? number.flatMap { Int64(exactly: $0) } }
  /// The subtype and the bytes of a binary; nil for other types.
  public var binary: (subtype: UInt8, bytes: UnsafeRawBufferPointer)? {
    guard type == BSONType.binary.rawValue else { return nil }
    return (base.load(fromByteOffset: 4, as: UInt8.self), UnsafeRawBufferPointer(start: base + 5, count: length))
  }
  public var objectID: ObjectID? {
    guard type == BSONType.objectID.rawValue else { return nil }
    return ObjectID(UnsafeRawBufferPointer(start: base, count: 12))
  }
  public var date: BSONDate? {
    guard type == BSONType.date.rawValue else { return nil }
    return BSONDate(milliseconds: base.loadUnaligned(as: Int64.self))
  }
  public var bool: Bool? { type == 0x08 ? base.load(as: UInt8.self) != 0 : nil }
  public var decimal: Decimal128? {
    guard type == BSONType.decimal128.rawValue else { return nil }
    return Decimal128(
      low: base.loadUnaligned(as: UInt64.self), high: base.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }
  /// The value of any number as the nearest double; nil for other types.
  @inlinable @inline(__always)
  public var number: Double? {
    switch type {
    case 0x01: base.loadUnaligned(as: Double.self)
    case 0x10: Double(base.loadUnaligned(as: Int32.self))
    case 0x12: Double(base.loadUnaligned(as: Int64.self))
    case 0x13: decimal?.doubleValue
    default: nil
    }
  }
}

/// A document or array whose bytes another value owns, read in place.
///
/// ```
/// for element in document where element.value.is(.string) { print(element.keyText) }
/// ```
///
/// Every stage walks over documents, so the functions are inlined into other modules. The bytes are well formed: this
/// project's writer made them, or the Mongo module checked what a server sent. The seven bytes after them must be
/// readable, because keys are measured in words. `ByteBuffer` and `BSONDocument` ensure that.
public struct BSONView: Sequence {
  public let base: UnsafeRawPointer

  @inlinable @inline(__always)
  public init(_ base: UnsafeRawPointer) { self.base = base }

  /// The number of bytes in the document, including its length field and the NUL at its end.
  @inlinable @inline(__always)
  public var count: Int { Int(base.loadUnaligned(as: Int32.self)) }
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
  public var isEmpty: Bool { count <= 5 }

  @inlinable @inline(__always)
  public func makeIterator() -> Iterator { Iterator(at: base + 4) }

  public struct Iterator: IteratorProtocol {
    /// The address of the next element's type byte.
    public var at: UnsafeRawPointer

    /// Creates an iterator that begins with the element whose type byte is at this address.
    @inlinable @inline(__always)
    public init(at: UnsafeRawPointer) { self.at = at }

    @inlinable @inline(__always)
    public mutating func next() -> BSONElement? {
      let type = at.load(as: UInt8.self)
      if type == 0 { return nil }
      let keyCount = cStringCount(at + 1)
      let value = BSONField(type: type, base: at + 2 + keyCount)
      let element = BSONElement(start: at, keyCount: keyCount, value: value)
      at = value.base + value.size
      return element
    }
  }

  /// Returns the elements whose type bytes are at these offsets from the document's first byte.
  public func elements(at offsets: [UInt32]) -> some Sequence<BSONElement> {
    offsets.lazy.compactMap { offset in
      var elements = Iterator(at: base + Int(offset))
      return elements.next()
    }
  }

  /// The first value with the name `key`; nil if the document has no such field.
  @inlinable @inline(__always)
  public subscript(_ key: StaticString) -> BSONField? {
    for element in self where element.hasKey(key) { return element.value }
    return nil
  }
}

/// Returns the number of bytes before the NUL. Reads words, so up to seven bytes after the NUL must be readable.
@inlinable @inline(__always)
func cStringCount(_ start: UnsafeRawPointer) -> Int {
  let ones: UInt64 = 0x0101_0101_0101_0101
  var at = start
  while true {
    let word = at.loadUnaligned(as: UInt64.self)
    let zeros = (word &- ones) & ~word & 0x8080_8080_8080_8080
    if zeros != 0 { return at - start + zeros.trailingZeroBitCount >> 3 }
    at += 8
  }
}

/// Returns whether the first `n` bytes at two addresses are the same.
@inlinable @inline(__always)
func sameBytes(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ n: Int) -> Bool {
  var i = 0
  while i &+ 8 <= n {
    if a.loadUnaligned(fromByteOffset: i, as: UInt64.self) != b.loadUnaligned(fromByteOffset: i, as: UInt64.self) {
      return false
    }
    i &+= 8
  }
  while i < n {
    if a.load(fromByteOffset: i, as: UInt8.self) != b.load(fromByteOffset: i, as: UInt8.self) { return false }
    i &+= 1
  }
  return true
}
