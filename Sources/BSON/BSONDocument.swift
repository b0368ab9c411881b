/// A document's bytes with an owner: filters, options, replies. The record path works on views and buffers instead.
public struct BSONDocument: Sendable {
  // The document, then padding that lets a view read its last key in words, and its last text in blocks.
  private let storage: [UInt8]
  private static let padding = ByteBuffer.slack

  /// Copies well-formed bytes.
  public init(copying bytes: UnsafeRawBufferPointer) {
    storage = [UInt8](unsafeUninitializedCapacity: bytes.count + Self.padding) { room, count in
      UnsafeMutableRawBufferPointer(room).copyMemory(from: bytes)
      for i in bytes.count..<(bytes.count + Self.padding) { room[i] = 0 }
      count = bytes.count + Self.padding
    }
  }

  /// Builds a document; `body` appends its elements.
  public init(_ body: (inout BSONWriter) throws -> Void) rethrows {
    var writer = BSONWriter(capacity: 256)
    let start = writer.open()
    try body(&writer)
    writer.close(start)
    self.init(copying: writer.out.bytes)
  }

  /// The empty document.
  public init() { self.init { _ in } }

  public var count: Int { storage.count - Self.padding }

  /// Calls `body` with the document's bytes.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try storage.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }

  /// Calls `body` with a view that is valid during the call only.
  public func withView<R>(_ body: (BSONView) throws -> R) rethrows -> R {
    // An array made with a capacity always has a base address; its own length field is in there.
    try storage.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { preconditionFailure("a document has at least five bytes") }
      return try body(BSONView(base))
    }
  }

  /// The first value of that name.
  public subscript(_ key: String) -> BSONValue? {
    withView { view in
      for element in view where element.key.elementsEqual(key.utf8) { return BSONValue(element.value) }
      return nil
    }
  }

  /// The value at a path of names (documents) and decimal indexes (arrays).
  public subscript(path path: String...) -> BSONValue? {
    var value: BSONValue? = .document(self)
    for name in path { value = value?.inner?[name] }
    return value
  }

  /// Names and values in order.
  public var elements: [(key: String, value: BSONValue)] {
    withView { view in view.map { ($0.keyText, BSONValue($0.value)) } }
  }

  public var isEmpty: Bool { count <= 5 }
}

extension BSONDocument: Hashable {
  public static func == (a: BSONDocument, b: BSONDocument) -> Bool { a.storage == b.storage }
  public func hash(into hasher: inout Hasher) { hasher.combine(storage) }
}

/// A value with an owner.
public enum BSONValue: Sendable, Hashable {
  case double(Double)
  case string(String)
  case document(BSONDocument)
  case array(BSONDocument)
  case binary(subtype: UInt8, [UInt8])
  case objectID(ObjectID)
  case bool(Bool)
  case date(BSONDate)
  case null
  case int32(Int32)
  case int64(Int64)
  case decimal128(Decimal128)
  /// A type that nothing here reads, kept as its bytes.
  case other(type: BSONType, [UInt8])

  public init(_ field: BSONField) {
    let bytes = UnsafeRawBufferPointer(start: field.base, count: field.size)
    guard let type = BSONType(rawValue: field.type) else { preconditionFailure("no BSON type \(field.type)") }
    switch type {
    case .double: self = .double(field.number ?? .nan)
    case .string: self = .string(String(decoding: field.text ?? .init(start: nil, count: 0), as: UTF8.self))
    case .document: self = .document(BSONDocument(copying: bytes))
    case .array: self = .array(BSONDocument(copying: bytes))
    case .binary: self = .binary(subtype: bytes[4], Array(bytes.dropFirst(5)))
    case .objectID: self = .objectID(ObjectID(bytes))
    case .bool: self = .bool(bytes[0] != 0)
    case .date: self = .date(BSONDate(milliseconds: field.base.loadUnaligned(as: Int64.self)))
    case .null: self = .null
    case .int32: self = .int32(field.base.loadUnaligned(as: Int32.self))
    case .int64: self = .int64(field.base.loadUnaligned(as: Int64.self))
    case .decimal128:
      self = .decimal128(
        Decimal128(
          low: bytes.loadUnaligned(as: UInt64.self), high: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    default: self = .other(type: type, Array(bytes))
    }
  }

  public var type: BSONType {
    switch self {
    case .double: .double
    case .string: .string
    case .document: .document
    case .array: .array
    case .binary: .binary
    case .objectID: .objectID
    case .bool: .bool
    case .date: .date
    case .null: .null
    case .int32: .int32
    case .int64: .int64
    case .decimal128: .decimal128
    case .other(let type, _): type
    }
  }

  /// Fields of a document, elements of an array.
  public var inner: BSONDocument? {
    switch self {
    case .document(let d), .array(let d): d
    default: nil
    }
  }
  public var string: String? { if case .string(let v) = self { v } else { nil } }
  public var objectID: ObjectID? { if case .objectID(let v) = self { v } else { nil } }
  public var bool: Bool? { if case .bool(let v) = self { v } else { nil } }
  public var date: BSONDate? { if case .date(let v) = self { v } else { nil } }
  public var binary: [UInt8]? { if case .binary(_, let v) = self { v } else { nil } }
  /// Any number that is whole and fits.
  public var integer: Int64? {
    switch self {
    case .int32(let v): Int64(v)
    case .int64(let v): v
    case .double(let v): Int64(exactly: v)
    default: nil
    }
  }
}
