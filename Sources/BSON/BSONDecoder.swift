/// A decoder that reads `Decodable` models directly from BSON bytes, without an intermediate tree.
///
/// `decodeIfPresent` treats an absent field and a null alike. Integers decode into `Double`. A whole double decodes
/// into an integer type that can hold it exactly. Any other mismatch throws a `DecodingError` with its coding path.
///
/// ```
/// struct Athlete: Decodable { var id: Int64, city: String? }
/// let athlete = try document.withView { try BSONDecoder().decode(Athlete.self, from: $0) }
/// ```
public struct BSONDecoder: Sendable {
  public init() {}

  public func decode<T: Decodable>(_ type: T.Type, from document: BSONView) throws -> T {
    try T(from: ValueDecoder(value: BSONField(type: BSONType.document.rawValue, base: document.base), parent: nil))
  }
}

/// A type that reads itself from one BSON value, for example a date stored as text, or an id stored in one of several
/// types. It does not go through the containers of `Decoder`.
///
/// ```swift
/// struct Seconds: BSONLeaf {
///   let count: Int64
///   init?(_ field: BSONField) {
///     guard let count = field.integer else { return nil }
///     self.count = count
///   }
/// }
/// ```
public protocol BSONLeaf: Decodable {
  /// Returns nil if the value has none of the types that this leaf accepts.
  init?(_ field: BSONField)
}

extension BSONLeaf {
  public init(from decoder: any Decoder) throws {
    guard let decoder = decoder as? ValueDecoder else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(Self.self) reads BSON only"))
    }
    self = try decoder.leaf()
  }
}

/// The coding path of a value, as a linked list. The array of keys is built only when an error needs it.
final class CodingPathNode: Sendable {
  let parent: CodingPathNode?
  let key: any CodingKey

  init(_ parent: CodingPathNode?, _ key: any CodingKey) {
    self.parent = parent
    self.key = key
  }

  var path: [any CodingKey] { (parent?.path ?? []) + [key] }
}

struct IndexKey: CodingKey {
  var intValue: Int?
  var stringValue: String

  init(_ index: Int) {
    intValue = index
    stringValue = String(index)
  }
  init?(intValue: Int) { self.init(intValue) }
  init?(stringValue: String) { nil }
}

struct ValueDecoder: Decoder, SingleValueDecodingContainer {
  let value: BSONField
  let parent: CodingPathNode?

  var codingPath: [any CodingKey] { parent?.path ?? [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let view = value.document else { throw mismatch([String: Any].self) }
    return KeyedDecodingContainer(KeyedContainer<Key>(view, parent))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let view = value.array else { throw mismatch([Any].self) }
    return UnkeyedContainer(view, parent)
  }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  @inline(never)
  func mismatch(_ type: Any.Type) -> DecodingError {
    .typeMismatch(
      type, .init(codingPath: codingPath, debugDescription: "found BSON type 0x\(String(value.type, radix: 16))"))
  }

  @inline(__always)
  func leaf<T: BSONLeaf>() throws -> T {
    guard let leaf = T(value) else { throw mismatch(T.self) }
    return leaf
  }

  func decodeNil() -> Bool { value.isNull }

  @inline(__always)
  func decode(_: Bool.Type) throws -> Bool {
    guard let v = value.bool else { throw mismatch(Bool.self) }
    return v
  }
  @inline(__always)
  func decode(_: Double.Type) throws -> Double {
    guard let v = value.number else { throw mismatch(Double.self) }
    return v
  }
  @inline(__always)
  func decode(_: String.Type) throws -> String {
    guard let text = value.text else { throw mismatch(String.self) }
    // The text is valid UTF-8: the scan of the input or the check of a server's reply has ensured that.
    return unsafe String(copying: UTF8Span(unchecked: text.assumingMemoryBound(to: UInt8.self).span))
  }
  @inline(__always)
  func integer<T: FixedWidthInteger>(_: T.Type) throws -> T {
    if let whole = value.integer {
      if let v = T(exactly: whole) { return v }
    } else if value.is(.double), let v = T(exactly: value.base.loadUnaligned(as: Double.self)) {
      return v
    }
    throw mismatch(T.self)
  }
  func decode(_: Float.Type) throws -> Float { Float(try decode(Double.self)) }
  func decode(_: Int.Type) throws -> Int { try integer(Int.self) }
  func decode(_: Int8.Type) throws -> Int8 { try integer(Int8.self) }
  func decode(_: Int16.Type) throws -> Int16 { try integer(Int16.self) }
  func decode(_: Int32.Type) throws -> Int32 { try integer(Int32.self) }
  func decode(_: Int64.Type) throws -> Int64 { try integer(Int64.self) }
  func decode(_: UInt.Type) throws -> UInt { try integer(UInt.self) }
  func decode(_: UInt8.Type) throws -> UInt8 { try integer(UInt8.self) }
  func decode(_: UInt16.Type) throws -> UInt16 { try integer(UInt16.self) }
  func decode(_: UInt32.Type) throws -> UInt32 { try integer(UInt32.self) }
  func decode(_: UInt64.Type) throws -> UInt64 { try integer(UInt64.self) }

  @inline(__always)
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: self) }
}
