import BSON

/// The keys that mean something at the top level of a record of any kind, and those that come often inside records and
/// documents. Each has a number from 1, by which kinds and schemas know it; 0 is for all others.
public struct RecordKeys: Sendable {
  static let shared = RecordKeys()
  static let unknown = 0

  private let table: KeyTable
  /// In the order of their numbers.
  let names: [String]

  private init() {
    // Those that mark kinds come first: their numbers are known to `MarkKeys`.
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

  /// - Parameter key: with seven readable bytes behind it.
  @inline(__always)
  func number(of key: UnsafeRawBufferPointer) -> Int { table.index(of: key).map { $0 + 1 } ?? Self.unknown }

  func number(of key: String) -> Int { table.index(of: key).map { $0 + 1 } ?? Self.unknown }

  /// Whether Strava's records, or the platform's, are known to have such a key.
  public static func knows(_ key: String) -> Bool { shared.number(of: key) != unknown }

  /// What a key's tag in an outline says: classes that a value under it may have in the lowest byte, its number in the
  /// upper half. The byte between is the caller's.
  ///
  /// - Parameter key: with seven readable bytes behind it.
  public static func tag(of key: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(shared.number(of: key)) << 16 | UInt32(SensitivityClasses.possible(under: key).rawValue)
  }

  /// The classes in a tag, or in several.
  public static func classes(of tags: UInt32) -> SensitivityClasses {
    SensitivityClasses(rawValue: UInt8(truncatingIfNeeded: tags)).intersection(.all)
  }
}

/// An object's members with their keys' numbers: by its outline where it has one, else looked up one by one.
struct RecordMembers: Sequence {
  let object: BSONView
  /// Its tags are those of `RecordKeys`.
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
