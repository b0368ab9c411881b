import BSON

/// An index, described by what it does. Two indexes that do the same have equal keys and options, even if a server or a
/// driver writes them differently. The name does not matter for that.
///
/// ```swift
/// let declared = IndexDefinition([.init("user_id"), .init("start_date", .descending)])
/// let found = try activities.listIndexes().map(IndexDefinition.init)
/// let isThere = found.contains { $0.means(declared) }  // whatever its name is
/// ```
public struct IndexDefinition: Sendable, Hashable {
  public enum Direction: Sendable, Hashable {
    case ascending, descending
    /// Another kind of index, such as `hashed`, `text` or `2dsphere`.
    case special(String)
  }

  public struct Part: Sendable, Hashable {
    public let field: String
    public let direction: Direction

    public init(_ field: String, _ direction: Direction = .ascending) {
      self.field = field
      self.direction = direction
    }
  }

  public var name: String
  public var key: [Part]
  public var options = IndexOptions()

  public init(_ key: [Part], name: String? = nil, options: IndexOptions = IndexOptions()) {
    self.key = key
    self.options = options
    self.name = name ?? key.map { "\($0.field)_\($0.direction.text)" }.joined(separator: "_")
  }

  /// Reads an entry of `listIndexes`. Like the server, it treats any number above 0 as ascending.
  public init(_ entry: BSONDocument) {
    name = entry["name"]?.string ?? ""
    key = (entry["key"]?.inner?.elements ?? []).map { field, value in
      if let kind = value.string { return Part(field, .special(kind)) }
      return Part(field, (value.number ?? 1) < 0 ? .descending : .ascending)
    }
    options = IndexOptions(entry)
  }

  /// The specification of the index for `createIndexes`.
  public var spec: BSONDocument {
    BSONDocument { spec in
      let fields = spec.begin("key")
      for part in key { spec.append(name: part.field, part.direction.value) }
      spec.end(fields)
      spec.append("name", name)
      options.append(to: &spec)
    }
  }

  public func named(_ name: String) -> IndexDefinition {
    var copy = self
    copy.name = name
    return copy
  }

  /// Whether this is the index on `_id`, which every collection has and which cannot be dropped.
  public var isPrimary: Bool { key == [Part("_id")] }

  /// Returns whether both indexes do the same.
  public func means(_ other: IndexDefinition) -> Bool { key == other.key && options == other.options }

  /// Returns whether every query that uses the other index can use this one instead: its key begins with the other's,
  /// and the other has no further purpose.
  public func replaces(_ other: IndexDefinition) -> Bool {
    key.starts(with: other.key) && !other.options.isUnique && !other.options.isSparse
      && other.options.expireAfter == nil
      && options.isSparse == other.options.isSparse && options.isHidden == other.options.isHidden
      && options.partialFilter == nil && other.options.partialFilter == nil
      && options.collation == other.options.collation && options.others == other.options.others
  }

  /// Returns whether a server (MongoDB 5.0 or newer) rejects having both indexes at the same time.
  public func excludes(_ other: IndexDefinition) -> Bool {
    key == other.key && options.isUnique == other.options.isUnique && options.isSparse == other.options.isSparse
      && options.collation == other.options.collation && options.partialFilter == other.options.partialFilter
  }

  /// The key as readable text, such as `user_id 1, start_date -1`.
  public var keyText: String { key.map { "\($0.field) \($0.direction.text)" }.joined(separator: ", ") }
}

extension IndexDefinition.Direction {
  fileprivate var text: String {
    switch self {
    case .ascending: "1"
    case .descending: "-1"
    case .special(let kind): kind
    }
  }

  fileprivate var value: BSONValue {
    switch self {
    case .ascending: .int32(1)
    case .descending: .int32(-1)
    case .special(let kind): .string(kind)
    }
  }
}

// MARK: Invalid definitions

extension IndexDefinition {
  /// The problems of the definition according to MongoDB's own rules. The rules are checked here because some servers
  /// with the MongoDB protocol do not check them.
  public var faults: [String] {
    var faults: [String] = []
    if key.isEmpty || key.count > 32 { faults.append("a key must have 1 to 32 fields") }
    if Set(key.map(\.field)).count != key.count { faults.append("the key has the same field twice") }
    for part in key where !Self.isPath(part.field) { faults.append("'\(part.field)' is not a field path") }
    if name.isEmpty || name == "*" || name.contains("\0") { faults.append("'\(name)' is not a valid index name") }
    if isPrimary, options != IndexOptions() { faults.append("the index on _id cannot have options") }
    if options.isSparse, options.partialFilter != nil { faults.append("an index cannot be both sparse and partial") }
    if options.partialFilter?.isEmpty == true { faults.append("the partial filter is empty") }
    if let seconds = options.expireAfter {
      if key.count != 1 || isPrimary { faults.append("expireAfterSeconds needs an index on one field other than _id") }
      if !(0...Double(Int32.max)).contains(seconds) { faults.append("expireAfterSeconds must be from 0 to 2147483647") }
    }
    if options.isUnique, key.contains(where: { $0.direction == .special("hashed") }) {
      faults.append("a hashed index cannot be unique")
    }
    return faults
  }

  private static func isPath(_ field: String) -> Bool {
    if field == "$**" || field.hasSuffix(".$**") { return true }
    return !field.contains("\0")
      && field.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && !$0.hasPrefix("$")
      }
  }
}
