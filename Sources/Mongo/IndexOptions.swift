import BSON

/// The options of an index in a normalized form: default values are omitted, 3600.0 equals 3600, and values that a
/// server adds (`v`, `ns`, the version of a collation) are omitted.
public struct IndexOptions: Sendable, Hashable {
  public var isUnique = false
  /// Whether documents without any of the fields are left out of the index.
  public var isSparse = false
  /// Whether the index is kept up to date, but not used by queries.
  public var isHidden = false
  /// The time in seconds after which documents are deleted.
  public var expireAfter: Double?
  /// The filter that selects the documents in the index.
  public var partialFilter: BSONDocument?
  /// The collation; nil compares texts byte by byte.
  public var collation: BSONDocument?
  /// All other options with a value other than the default, such as `weights` and `wildcardProjection`.
  public var others: [String: BSONValue] = [:]

  public init(
    unique: Bool = false, sparse: Bool = false, hidden: Bool = false, expireAfter: Double? = nil,
    partialFilter: BSONDocument? = nil, collation: BSONDocument? = nil
  ) {
    isUnique = unique
    isSparse = sparse
    isHidden = hidden
    self.expireAfter = expireAfter
    self.partialFilter = partialFilter?.asFilter
    self.collation = collation.flatMap(Self.effective)
  }

  /// Reads the options from the members of a `listIndexes` entry.
  init(_ entry: BSONDocument) {
    for (name, value) in entry.elements {
      switch name {
      // The name and the key are not options. The version and the options of a build do not change what the index does.
      case "key", "name", "v", "ns", "background", "dropDups": break
      case "unique": isUnique = value.isTrue
      case "sparse": isSparse = value.isTrue
      case "hidden": isHidden = value.isTrue
      case "expireAfterSeconds": expireAfter = value.number
      case "partialFilterExpression": partialFilter = value.inner?.asFilter
      case "collation": collation = value.inner.flatMap(Self.effective)
      default: if value != .bool(false), value != .null { others[name] = value.canonical }
      }
    }
  }

  func append(to spec: inout BSONWriter) {
    if isUnique { spec.append("unique", true) }
    if isSparse { spec.append("sparse", true) }
    if isHidden { spec.append("hidden", true) }
    if let expireAfter { spec.append(name: "expireAfterSeconds", BSONValue.double(expireAfter).canonical) }
    if let partialFilter { spec.append(name: "partialFilterExpression", .document(partialFilter)) }
    if let collation { spec.append(name: "collation", .document(collation)) }
    for (name, value) in others.sorted(by: { $0.key < $1.key }) { spec.append(name: name, value) }
  }

  /// Returns the differences between these options, which are the expected ones, and those of another index. Each text
  /// describes the other index.
  public func differences(in other: IndexOptions) -> [String] {
    var found: [String] = []
    func flag(_ mine: Bool, _ theirs: Bool, _ name: String) {
      if mine != theirs { found.append(theirs ? "is \(name)" : "is not \(name)") }
    }
    flag(isUnique, other.isUnique, "unique")
    flag(isSparse, other.isSparse, "sparse")
    flag(isHidden, other.isHidden, "hidden")
    if expireAfter != other.expireAfter {
      found.append(
        other.expireAfter.map { "deletes documents after \(Int64(exactly: $0).map(String.init) ?? String($0)) s" }
          ?? "deletes no documents")
    }
    if partialFilter != other.partialFilter {
      found.append(other.partialFilter == nil ? "holds all documents" : "holds only some documents")
    }
    if collation != other.collation {
      let locale = other.collation?["locale"]?.string
      found.append(locale.map { "compares by collation \($0)" } ?? "compares byte by byte")
    }
    for name in Set(others.keys).union(other.others.keys).sorted() where others[name] != other.others[name] {
      found.append("has another \(name)")
    }
    return found
  }

  private static let collationDefaults: [String: BSONValue] = [
    "caseLevel": .bool(false), "caseFirst": .string("off"), "strength": .int64(3), "numericOrdering": .bool(false),
    "alternate": .string("non-ignorable"), "maxVariable": .string("punct"), "normalization": .bool(false),
    "backwards": .bool(false),
  ]

  /// Returns the fields of a collation that differ from the defaults; nil for the simple collation. Servers return
  /// every field and a version.
  private static func effective(_ collation: BSONDocument) -> BSONDocument? {
    guard let locale = collation["locale"]?.string, locale != "simple" else { return nil }
    let given = collation.elements.filter { name, value in
      name != "locale" && name != "version" && collationDefaults[name] != value.canonical
    }.sorted { $0.key < $1.key }
    return BSONDocument { out in
      out.append("locale", locale)
      for (name, value) in given { out.append(name: name, value.canonical) }
    }
  }
}

extension BSONValue {
  /// The number as the nearest double; nil if the value is not a number.
  var number: Double? {
    switch self {
    case .double(let value): value
    case .int32(let value): Double(value)
    case .int64(let value): Double(value)
    case .decimal128(let value): value.doubleValue
    default: nil
    }
  }

  /// Whether servers treat the value as true. Older servers stored flags as numbers.
  var isTrue: Bool { self == .bool(true) || (number ?? 0) != 0 }

  /// The value with one type for equal numbers: int64 for whole numbers.
  var canonical: BSONValue {
    switch self {
    case .int32(let value): .int64(Int64(value))
    case .double(let value): Int64(exactly: value).map(BSONValue.int64) ?? self
    case .document(let inner): .document(inner.mapValues(\.canonical))
    case .array(let inner): .array(inner.mapValues(\.canonical))
    default: self
    }
  }
}

extension BSONDocument {
  fileprivate func mapValues(_ change: (BSONValue) -> BSONValue) -> BSONDocument {
    BSONDocument { out in for (name, value) in elements { out.append(name: name, change(value)) } }
  }

  /// The query in a normalized form: `{a: 1}` equals `{a: {$eq: 1.0}}`, and the order of conditions does not matter.
  fileprivate var asFilter: BSONDocument {
    BSONDocument { out in
      for (name, value) in elements.sorted(by: { $0.key < $1.key }) {
        out.append(name: name, Self.condition(name, value))
      }
    }
  }

  private static func condition(_ name: String, _ value: BSONValue) -> BSONValue {
    if name.hasPrefix("$"), case .array(let list) = value {
      return .array(list.mapValues { $0.inner.map { .document($0.asFilter) } ?? $0.canonical })
    }
    if case .document(let inner) = value, inner.elements.first?.key.hasPrefix("$") == true {
      return .document(
        BSONDocument { out in
          for (name, value) in inner.elements.sorted(by: { $0.key < $1.key }) {
            out.append(name: name, value.canonical)
          }
        })
    }
    return .document(BSONDocument { $0.append(name: "$eq", value.canonical) })
  }
}
