/// A keyed container for models whose decoding code the compiler generates.
final class KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let document: BSONView
  private var finder: FieldFinder
  private let parent: CodingPathNode?

  init(_ document: BSONView, _ parent: CodingPathNode?) {
    self.document = document
    finder = FieldFinder(document)
    self.parent = parent
  }

  @inline(__always)
  private func find(_ key: Key) -> BSONField? { finder.find(key.stringValue) }

  @inline(__always)
  private func required(_ key: Key) throws -> BSONField {
    guard let field = find(key) else {
      throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing"))
    }
    return field
  }

  /// Decodes a field without a coding path. After a failure, decodes it again with the path, so that the error contains
  /// it.
  @inline(__always)
  private func read<R>(_ key: Key, _ field: BSONField, _ body: (ValueDecoder) throws -> R) throws -> R {
    do {
      return try body(ValueDecoder(value: field, parent: parent))
    } catch {
      return try body(ValueDecoder(value: field, parent: CodingPathNode(parent, key)))
    }
  }
  @inline(__always)
  private func read<R>(_ key: Key, _ body: (ValueDecoder) throws -> R) throws -> R {
    try read(key, required(key), body)
  }
  @inline(__always)
  private func readIfPresent<R>(_ key: Key, _ body: (ValueDecoder) throws -> R) throws -> R? {
    guard let field = find(key), !field.isNull else { return nil }
    return try read(key, field, body)
  }

  var codingPath: [any CodingKey] { parent?.path ?? [] }
  var allKeys: [Key] { document.compactMap { Key(stringValue: $0.keyText) } }
  func contains(_ key: Key) -> Bool { find(key) != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try required(key).isNull }

  func decode(_ t: Bool.Type, forKey k: Key) throws -> Bool { try read(k) { try $0.decode(t) } }
  func decode(_ t: String.Type, forKey k: Key) throws -> String { try read(k) { try $0.decode(t) } }
  func decode(_ t: Double.Type, forKey k: Key) throws -> Double { try read(k) { try $0.decode(t) } }
  func decode(_ t: Float.Type, forKey k: Key) throws -> Float { try read(k) { try $0.decode(t) } }
  func decode(_ t: Int.Type, forKey k: Key) throws -> Int { try read(k) { try $0.decode(t) } }
  func decode(_ t: Int8.Type, forKey k: Key) throws -> Int8 { try read(k) { try $0.decode(t) } }
  func decode(_ t: Int16.Type, forKey k: Key) throws -> Int16 { try read(k) { try $0.decode(t) } }
  func decode(_ t: Int32.Type, forKey k: Key) throws -> Int32 { try read(k) { try $0.decode(t) } }
  func decode(_ t: Int64.Type, forKey k: Key) throws -> Int64 { try read(k) { try $0.decode(t) } }
  func decode(_ t: UInt.Type, forKey k: Key) throws -> UInt { try read(k) { try $0.decode(t) } }
  func decode(_ t: UInt8.Type, forKey k: Key) throws -> UInt8 { try read(k) { try $0.decode(t) } }
  func decode(_ t: UInt16.Type, forKey k: Key) throws -> UInt16 { try read(k) { try $0.decode(t) } }
  func decode(_ t: UInt32.Type, forKey k: Key) throws -> UInt32 { try read(k) { try $0.decode(t) } }
  func decode(_ t: UInt64.Type, forKey k: Key) throws -> UInt64 { try read(k) { try $0.decode(t) } }
  func decode<T: Decodable>(_ t: T.Type, forKey k: Key) throws -> T { try read(k) { try $0.decode(t) } }

  func decodeIfPresent(_ t: Bool.Type, forKey k: Key) throws -> Bool? { try readIfPresent(k) { try $0.decode(t) } }
  func decodeIfPresent(_ t: String.Type, forKey k: Key) throws -> String? {
    try readIfPresent(k) { try $0.decode(t) }
  }
  func decodeIfPresent(_ t: Double.Type, forKey k: Key) throws -> Double? {
    try readIfPresent(k) { try $0.decode(t) }
  }
  func decodeIfPresent(_ t: Int32.Type, forKey k: Key) throws -> Int32? {
    try readIfPresent(k) { try $0.decode(t) }
  }
  func decodeIfPresent(_ t: Int64.Type, forKey k: Key) throws -> Int64? {
    try readIfPresent(k) { try $0.decode(t) }
  }
  func decodeIfPresent<T: Decodable>(_ t: T.Type, forKey k: Key) throws -> T? {
    try readIfPresent(k) { try $0.decode(t) }
  }

  private func nested(_ key: Key) throws -> ValueDecoder {
    ValueDecoder(value: try required(key), parent: CodingPathNode(parent, key))
  }
  func nestedContainer<N: CodingKey>(keyedBy t: N.Type, forKey k: Key) throws -> KeyedDecodingContainer<N> {
    try nested(k).container(keyedBy: t)
  }
  func nestedUnkeyedContainer(forKey k: Key) throws -> any UnkeyedDecodingContainer {
    try nested(k).unkeyedContainer()
  }
  func superDecoder() throws -> any Decoder {
    ValueDecoder(value: BSONField(type: BSONType.document.rawValue, base: document.base), parent: parent)
  }
  func superDecoder(forKey key: Key) throws -> any Decoder { try nested(key) }
}

struct UnkeyedContainer: UnkeyedDecodingContainer {
  private var elements: BSONView.Iterator
  private var upcoming: BSONElement?
  private let parent: CodingPathNode?
  private(set) var currentIndex = 0

  init(_ array: BSONView, _ parent: CodingPathNode?) {
    elements = array.makeIterator()
    upcoming = elements.next()
    self.parent = parent
  }

  var codingPath: [any CodingKey] { parent?.path ?? [] }
  var count: Int? { nil }
  var isAtEnd: Bool { upcoming == nil }

  private mutating func next() throws -> ValueDecoder {
    guard let element = upcoming else {
      throw DecodingError.valueNotFound(
        Any.self, .init(codingPath: codingPath, debugDescription: "the array has ended"))
    }
    upcoming = elements.next()
    defer { currentIndex += 1 }
    return ValueDecoder(value: element.value, parent: CodingPathNode(parent, IndexKey(currentIndex)))
  }

  mutating func decodeNil() throws -> Bool {
    guard upcoming?.value.isNull == true else { return false }
    _ = try next()
    return true
  }
  mutating func decode(_ t: Bool.Type) throws -> Bool { try next().decode(t) }
  mutating func decode(_ t: String.Type) throws -> String { try next().decode(t) }
  mutating func decode(_ t: Double.Type) throws -> Double { try next().decode(t) }
  mutating func decode(_ t: Float.Type) throws -> Float { try next().decode(t) }
  mutating func decode(_ t: Int.Type) throws -> Int { try next().decode(t) }
  mutating func decode(_ t: Int8.Type) throws -> Int8 { try next().decode(t) }
  mutating func decode(_ t: Int16.Type) throws -> Int16 { try next().decode(t) }
  mutating func decode(_ t: Int32.Type) throws -> Int32 { try next().decode(t) }
  mutating func decode(_ t: Int64.Type) throws -> Int64 { try next().decode(t) }
  mutating func decode(_ t: UInt.Type) throws -> UInt { try next().decode(t) }
  mutating func decode(_ t: UInt8.Type) throws -> UInt8 { try next().decode(t) }
  mutating func decode(_ t: UInt16.Type) throws -> UInt16 { try next().decode(t) }
  mutating func decode(_ t: UInt32.Type) throws -> UInt32 { try next().decode(t) }
  mutating func decode(_ t: UInt64.Type) throws -> UInt64 { try next().decode(t) }
  mutating func decode<T: Decodable>(_ t: T.Type) throws -> T { try next().decode(t) }
  mutating func nestedContainer<N: CodingKey>(keyedBy t: N.Type) throws -> KeyedDecodingContainer<N> {
    try next().container(keyedBy: t)
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
  mutating func superDecoder() throws -> any Decoder { try next() }
}
