/// A model that decodes its own fields. It is an ordinary `Decodable`, but faster: the initializer that the compiler
/// generates asks a container for each field through two layers of generic calls, and a record has sixty fields.
///
/// ```swift
/// struct Lap: BSONRecord {
///   enum CodingKeys: String, CodingKey { case distance, name }
///   var distance: Double?
///   var name: String?
///
///   init(_ fields: inout BSONFields<CodingKeys>) throws {
///     distance = try fields.value(.distance)
///     name = try fields.value(.name)
///   }
/// }
/// let lap = try BSONDecoder().decode(Lap.self, from: document)
/// ```
public protocol BSONRecord: Decodable {
  associatedtype CodingKeys: CodingKey

  /// Creates the model from the fields of a document. Reading the fields in the order of the document is the fastest.
  init(_ fields: inout BSONFields<CodingKeys>) throws
}

extension BSONRecord {
  /// Creates the model from fields that an earlier walk over the document has found.
  ///
  /// - Parameter numbers: the number in `numbered` of each coding key, in the order of the coding keys.
  @inline(__always)
  public init(_ document: BSONView, _ numbered: NumberedFields, numbers: [UInt8]) throws {
    var fields = BSONFields<CodingKeys>(document, numbered, numbers)
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

/// The values of a document's fields, by numbers from 0 to 63 that the caller assigns.
///
/// ```swift
/// let numbered = NumberedFields()
/// for element in document where element.keyText == "distance" { numbered.set(3, element.value) }
/// numbered[3]?.number  // the distance, found without another search
/// ```
public final class NumberedFields {
  // The values are in separately allocated memory, because Swift checks every access to a stored property of a class.
  private let values = UnsafeMutablePointer<BSONField>.allocate(capacity: 64)
  private let present = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)

  public init() { present.initialize(to: 0) }

  deinit {
    values.deallocate()
    present.deallocate()
  }

  /// Removes all values.
  public func removeAll() { present.pointee = 0 }

  /// Stores the value of the field with this number.
  @inline(__always)
  public func set(_ number: Int, _ field: BSONField) {
    present.pointee |= 1 &<< UInt64(truncatingIfNeeded: number)
    values[number & 63] = field
  }

  /// The value of the field with this number; nil if the document has no such field.
  @inline(__always)
  public subscript(number: Int) -> BSONField? {
    present.pointee &>> UInt64(truncatingIfNeeded: number) & 1 != 0 ? values[number & 63] : nil
  }
}

/// The fields of a document, for the initializer of a `BSONRecord`. The type of the property that receives a value is
/// the type that is decoded.
///
/// A missing field and a null both decode to nil. A value that does not fit the type throws a `DecodingError` with its
/// coding path. The example of `BSONRecord` shows its use.
public struct BSONFields<Key: CodingKey> {
  private var finder: FieldFinder
  private let parent: CodingPathNode?
  /// The fields that an earlier walk has found; nil if each field is looked up in the document.
  private let numbered: NumberedFields?
  private let numbers: [UInt8]

  @inline(__always)
  init(_ document: BSONView, _ parent: CodingPathNode?) {
    finder = FieldFinder(document)
    self.parent = parent
    numbered = nil
    numbers = []
  }

  @inline(__always)
  init(_ document: BSONView, _ numbered: NumberedFields, _ numbers: [UInt8]) {
    finder = FieldFinder(document)
    parent = nil
    self.numbered = numbered
    self.numbers = numbers
  }

  @inline(__always)
  private mutating func find(_ key: Key) -> BSONField? {
    guard let numbered else { return finder.find(key.stringValue) }
    // The memory of an enumeration value without a payload is the number of its case.
    return numbered[Int(numbers[withUnsafeBytes(of: key) { Int($0.first ?? 0) }])]
  }

  @inline(__always)
  private mutating func read<T>(_ key: Key, _ body: (ValueDecoder) throws -> T) throws -> T? {
    guard let field = find(key), !field.isNull else { return nil }
    do {
      return try body(ValueDecoder(value: field, parent: parent))
    } catch {
      // Decode again with the coding path, which only an error needs.
      return try body(ValueDecoder(value: field, parent: CodingPathNode(parent, key)))
    }
  }

  public mutating func value(_ key: Key) throws -> Bool? { try read(key) { try $0.decode(Bool.self) } }
  public mutating func value(_ key: Key) throws -> Double? { try read(key) { try $0.decode(Double.self) } }
  public mutating func value(_ key: Key) throws -> Int32? { try read(key) { try $0.decode(Int32.self) } }
  public mutating func value(_ key: Key) throws -> String? { try read(key) { try $0.decode(String.self) } }
  public mutating func value<T: BSONRecord>(_ key: Key) throws -> T? { try read(key) { try $0.record() } }
  public mutating func value<T: BSONLeaf>(_ key: Key) throws -> T? { try read(key) { try $0.leaf() } }

  /// Returns the value of a required field.
  ///
  /// - Throws: `DecodingError.keyNotFound` if the field is missing or null, and another `DecodingError` if its value
  ///   does not fit.
  public mutating func required<T: BSONLeaf>(_ key: Key) throws -> T {
    guard let value: T = try value(key) else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: parent?.path ?? [], debugDescription: "missing"))
    }
    return value
  }
}
