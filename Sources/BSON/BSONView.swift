/// One element inside bytes that another value owns and keeps alive while this is in use.
public struct BSONElement {
  /// On the type byte.
  public let start: UnsafeRawPointer
  /// Bytes of the key, without its NUL.
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
  /// The whole element: type, key and value.
  @inlinable @inline(__always)
  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: start, count: keyCount + 2 + value.size)
  }

  @inlinable @inline(__always)
  public func hasKey(_ name: StaticString) -> Bool {
    let n = name.utf8CodeUnitCount
    return n == keyCount && sameBytes(start + 1, UnsafeRawPointer(name.utf8Start), n)
  }
}

/// One value inside bytes that another value owns.
public struct BSONField {
  public let type: UInt8
  public let base: UnsafeRawPointer

  @inlinable @inline(__always)
  public init(type: UInt8, base: UnsafeRawPointer) {
    self.type = type
    self.base = base
  }

  @inlinable @inline(__always)
  public func `is`(_ t: BSONType) -> Bool { type == t.rawValue }
  @inlinable @inline(__always)
  public var isNull: Bool { type == BSONType.null.rawValue }

  /// Bytes of the value.
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

  @inlinable @inline(__always)
  var length: Int { Int(base.loadUnaligned(as: Int32.self)) }

  /// A string's bytes, without the NUL behind them; other types have none.
  @inlinable @inline(__always)
  public var text: UnsafeRawBufferPointer? {
    guard type == BSONType.string.rawValue else { return nil }
    return UnsafeRawBufferPointer(start: base + 4, count: length - 1)
  }
  /// A document's fields, and an array's elements below; nil for other types.
  @inlinable @inline(__always)
  public var document: BSONView? {
    guard type == BSONType.document.rawValue else { return nil }
    return BSONView(base)
  }
  @inlinable @inline(__always)
  public var array: BSONView? {
    guard type == BSONType.array.rawValue else { return nil }
    return BSONView(base)
  }
  /// A document or an array.
  @inlinable @inline(__always)
  public var isContainer: Bool { self.is(.document) || self.is(.array) }
  /// An int32 or int64.
  @inlinable @inline(__always)
  public var integer: Int64? {
    switch type {
    case 0x10: Int64(base.loadUnaligned(as: Int32.self))
    case 0x12: base.loadUnaligned(as: Int64.self)
    default: nil
    }
  }
  /// An id that other writers may have stored as any number.
  public var wholeNumber: Int64? { integer ?? number.flatMap { Int64(exactly: $0) } }
  /// A binary's subtype and bytes.
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
  /// Any number, as the nearest double.
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

/// A document (or array) inside bytes that another value owns, walked in place.
///
/// A walk is part of every stage, hence inlined into other modules. The bytes are well formed (our own writer made them, or
/// the Mongo module checked what a server sent), and the seven bytes behind them can be read too: keys are measured in
/// words. `ByteBuffer` and `BSONDocument` see to that.
public struct BSONView: Sequence {
  public let base: UnsafeRawPointer

  @inlinable @inline(__always)
  public init(_ base: UnsafeRawPointer) { self.base = base }

  /// Bytes of the document, its own length and end included.
  @inlinable @inline(__always)
  public var count: Int { Int(base.loadUnaligned(as: Int32.self)) }
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
  public var isEmpty: Bool { count <= 5 }

  @inlinable @inline(__always)
  public func makeIterator() -> Iterator { Iterator(at: base + 4) }

  public struct Iterator: IteratorProtocol {
    public var at: UnsafeRawPointer

    /// Starts on an element's type byte.
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

  /// The elements that begin at these places, counted from the document's first byte.
  public func elements(at places: [UInt32]) -> some Sequence<BSONElement> {
    places.lazy.compactMap { place in
      var elements = Iterator(at: base + Int(place))
      return elements.next()
    }
  }

  /// The first field of that name.
  @inlinable @inline(__always)
  public subscript(_ key: StaticString) -> BSONField? {
    for element in self where element.hasKey(key) { return element.value }
    return nil
  }
}

/// Bytes before the NUL; reads words, so up to seven bytes behind it must be readable.
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
