/// A model that reads its fields itself. It is an ordinary `Decodable`; but what the compiler would write for it asks a
/// container behind two layers of generic calls for each field, and a record has sixty of them.
public protocol BSONRecord: Decodable {
  associatedtype CodingKeys: CodingKey

  /// Fields are found fastest in the order that documents have them.
  init(_ fields: inout BSONFields<CodingKeys>) throws
}

extension BSONRecord {
  /// Reads fields that a walk over the document has found already.
  ///
  /// - Parameter numbers: for each of the coding keys, in their order, its number among `places`.
  @inline(__always)
  public init(_ document: BSONView, _ places: FieldPlaces, numbers: [UInt8]) throws {
    var fields = BSONFields<CodingKeys>(document, places, numbers)
    try self.init(&fields)
  }

  public init(from decoder: any Decoder) throws {
    guard let decoder = decoder as? ValueDecoder else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\(Self.self) reads BSON only"))
    }
    self = try decoder.record()
  }
}

extension ValueDecoder {
  @inline(__always)
  func record<T: BSONRecord>() throws -> T {
    guard let document = value.document else { throw mismatch([String: Any].self) }
    var fields = BSONFields<T.CodingKeys>(document, parent)
    return try T(&fields)
  }
}

/// Where the fields of a document are, by numbers that the caller has given them; at most 64.
public final class FieldPlaces {
  // In memory of its own: every access to a property of a class would be watched.
  private let values = UnsafeMutablePointer<BSONField>.allocate(capacity: 64)
  private let present = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)

  public init() { present.initialize(to: 0) }

  deinit {
    values.deallocate()
    present.deallocate()
  }

  public func removeAll() { present.pointee = 0 }

  @inline(__always)
  public func set(_ number: Int, _ field: BSONField) {
    present.pointee |= 1 &<< UInt64(truncatingIfNeeded: number)
    values[number & 63] = field
  }

  @inline(__always)
  public subscript(number: Int) -> BSONField? {
    present.pointee &>> UInt64(truncatingIfNeeded: number) & 1 != 0 ? values[number & 63] : nil
  }
}

/// The fields of a document as a `BSONRecord` asks for them: the type wanted is the property's.
///
/// Missing fields and nulls are nil. What does not fit is a `DecodingError` with its coding path.
public struct BSONFields<Key: CodingKey> {
  private var finder: FieldFinder
  private let parent: CodingPathNode?
  /// Nil where the fields are yet to be found.
  private let places: FieldPlaces?
  private let numbers: [UInt8]

  @inline(__always)
  init(_ document: BSONView, _ parent: CodingPathNode?) {
    finder = FieldFinder(document)
    self.parent = parent
    places = nil
    numbers = []
  }

  @inline(__always)
  init(_ document: BSONView, _ places: FieldPlaces, _ numbers: [UInt8]) {
    finder = FieldFinder(document)
    parent = nil
    self.places = places
    self.numbers = numbers
  }

  @inline(__always)
  private mutating func find(_ key: Key) -> BSONField? {
    guard let places else { return finder.find(key.stringValue) }
    // Without payloads an enumeration's value is the number of its case.
    return places[Int(numbers[withUnsafeBytes(of: key) { Int($0.first ?? 0) }])]
  }

  @inline(__always)
  private mutating func read<T>(_ key: Key, _ body: (ValueDecoder) throws -> T) throws -> T? {
    guard let field = find(key), !field.isNull else { return nil }
    do {
      return try body(ValueDecoder(value: field, parent: parent))
    } catch {
      // Once more with the path, which only an error needs.
      return try body(ValueDecoder(value: field, parent: CodingPathNode(parent, key)))
    }
  }

  public mutating func value(_ key: Key) throws -> Bool? { try read(key) { try $0.decode(Bool.self) } }
  public mutating func value(_ key: Key) throws -> Double? { try read(key) { try $0.decode(Double.self) } }
  public mutating func value(_ key: Key) throws -> Int32? { try read(key) { try $0.decode(Int32.self) } }
  public mutating func value(_ key: Key) throws -> String? { try read(key) { try $0.decode(String.self) } }
  public mutating func value<T: BSONRecord>(_ key: Key) throws -> T? { try read(key) { try $0.record() } }
  public mutating func value<T: BSONLeaf>(_ key: Key) throws -> T? { try read(key) { try $0.leaf() } }

  /// The value of a field that must be there.
  public mutating func required<T: BSONLeaf>(_ key: Key) throws -> T {
    guard let value: T = try value(key) else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: parent?.path ?? [], debugDescription: "missing"))
    }
    return value
  }
}
