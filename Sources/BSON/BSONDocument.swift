/// A BSON document that owns its bytes, for filters, options and replies. The code that handles records uses views and
/// buffers instead.
///
/// ```
/// let filter = BSONDocument { $0.append("athlete_id", Int64(900_000_001)) }
/// print(filter["athlete_id"]?.integer ?? 0)
/// ```
public struct BSONDocument: Sendable {
  // The bytes of the document, followed by padding, so that a view can read the last key in words and the last text in
  // blocks.
  private let storage: [UInt8]
  private static let padding = ByteBuffer.slack

  /// Creates a document from a copy of `bytes`, which must be well-formed BSON.
  public init(copying bytes: UnsafeRawBufferPointer) {
    storage = [UInt8](unsafeUninitializedCapacity: bytes.count + Self.padding) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
      for i in bytes.count..<(bytes.count + Self.padding) { buffer[i] = 0 }
      count = bytes.count + Self.padding
    }
  }

  /// Creates a document from the elements that `body` appends.
  public init(_ body: (inout BSONWriter) throws -> Void) rethrows {
    var writer = BSONWriter(capacity: 256)
    let start = writer.begin()
    try body(&writer)
    writer.end(start)
    self.init(copying: writer.out.bytes)
  }

  /// Creates an empty document.
  public init() { self.init { _ in } }

  /// The number of bytes in the document.
  public var count: Int { storage.count - Self.padding }

  /// Calls `body` with the document's bytes.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try storage.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
  }

  /// Calls `body` with a view that is valid only during the call.
  public func withView<R>(_ body: (BSONView) throws -> R) rethrows -> R {
    // The array contains at least the document's length field, so it is not empty and has a base address.
    try storage.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { preconditionFailure("a document has at least five bytes") }
      return try body(BSONView(base))
    }
  }

  /// The first value with the name `key`; nil if the document has no such field.
  public subscript(_ key: String) -> BSONValue? {
    withView { view in
      for element in view where element.key.elementsEqual(key.utf8) { return BSONValue(element.value) }
      return nil
    }
  }

  /// The value at a path; nil if the path does not exist. Each component is the name of a field in a document, or a
  /// decimal index in an array.
  public subscript(path path: String...) -> BSONValue? {
    var value: BSONValue? = .document(self)
    for name in path { value = value?.inner?[name] }
    return value
  }

  /// The names and values of all fields, in the order of the document.
  public var elements: [(key: String, value: BSONValue)] {
    withView { view in view.map { ($0.keyText, BSONValue($0.value)) } }
  }

  public var isEmpty: Bool { count <= 5 }
}

extension BSONDocument: Hashable {
  public static func == (a: BSONDocument, b: BSONDocument) -> Bool { a.storage == b.storage }
  public func hash(into hasher: inout Hasher) { hasher.combine(storage) }
}

/// A BSON value that owns its bytes.
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
  /// A value of a type that this project does not read, kept as its bytes.
  case other(type: BSONType, [UInt8])

  /// Creates a value from a copy of the field's bytes.
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

  /// The fields of a document or the elements of an array; nil for other types.
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
  /// The value of an int32, an int64, or a double that is a whole number in the range of `Int64`; nil otherwise.
  public var integer: Int64? {
    switch self {
    case .int32(let v): Int64(v)
    case .int64(let v): v
    case .double(let v): Int64(exactly: v)
    default: nil
    }
  }
}
