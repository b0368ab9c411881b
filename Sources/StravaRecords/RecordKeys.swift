import BSON

/// The keys that have a meaning at the top level of a record of any kind, and those that are frequent inside records
/// and documents. Each has a number from 1, which kinds and schemas use; 0 is the number of all other keys.
public struct RecordKeys: Sendable {
  static let shared = RecordKeys()
  static let unknown = 0

  private let table: KeyTable
  /// The names in the order of their numbers.
  let names: [String]

  private init() {
    // The keys that mark kinds come first, because `MarkKeys` uses their numbers.
    var names = MarkKeys.names
    var seen = Set(names)
    let schemas = RecordSchema.all.flatMap(\.allKeys)
    for name in schemas + SensitivityClass.allCases.flatMap(\.keys) + ClassedKeys.nested
    where name.utf8.count <= KeyTable.longest && seen.insert(name).inserted {
      names.append(name)
    }
    self.names = names
    table = KeyTable(names)
  }

  var count: Int { names.count }

  /// Returns the number of a key.
  ///
  /// - Parameter key: the key, which must be followed by seven readable bytes.
  @inline(__always)
  func number(of key: UnsafeRawBufferPointer) -> Int { table.index(of: key).map { $0 + 1 } ?? Self.unknown }

  func number(of key: String) -> Int { table.index(of: key).map { $0 + 1 } ?? Self.unknown }

  /// Returns whether the key is a known key of Strava's or the platform's records.
  public static func knows(_ key: String) -> Bool {
    shared.number(of: key) != unknown || ArchiveField.plainColumns.contains(key)
  }

  /// Returns the tag of a key in an outline. The lowest byte contains the classes that the key's value may have, and
  /// the upper half contains the number of the key. The caller may use the byte between them.
  ///
  /// - Parameter key: the key, which must be followed by seven readable bytes.
  public static func tag(of key: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(shared.number(of: key)) << 16 | UInt32(SensitivityClasses.possible(under: key).rawValue)
  }

  /// Returns the classes in a tag, or in several tags that are combined with a bitwise OR.
  public static func classes(of tags: UInt32) -> SensitivityClasses {
    SensitivityClasses(rawValue: UInt8(truncatingIfNeeded: tags)).intersection(.all)
  }
}

/// The members of an object with the numbers of their keys. The numbers come from the outline if there is one;
/// otherwise each key is looked up.
struct RecordMembers: Sequence {
  let object: BSONView
  /// The outline of the object, with the tags of `RecordKeys`.
  let outline: BSONOutline?

  init(_ object: BSONView, _ outline: BSONOutline? = nil) {
    self.object = object
    self.outline = outline
  }

  @inline(__always)
  func makeIterator() -> Iterator { Iterator(outlined: outline?.makeIterator(), elements: object.makeIterator()) }

  struct Iterator: IteratorProtocol {
    var outlined: BSONOutline.Iterator?
    var elements: BSONView.Iterator

    @inline(__always)
    mutating func next() -> (element: BSONElement, key: Int)? {
      if let next = outlined?.next() { return (next.element, Int(next.tag >> 16)) }
      if outlined != nil { return nil }
      return elements.next().map { ($0, RecordKeys.shared.number(of: $0.key)) }
    }
  }
}
