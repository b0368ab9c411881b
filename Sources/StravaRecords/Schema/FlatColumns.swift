import BSON

/// The stored fields of a document as the columns of a table, in the order of the schema. Plain values have their own
/// names as columns, fields of inner objects have the name of the object and an underscore as prefix, and coordinates
/// have two columns.
///
/// Hashes and other binary values, arrays, raw data and rows of the account archive have no columns.
public struct FlatColumns: Sendable {
  public struct Column: Sendable {
    public let name: String
    /// The path from the root of the document.
    public let path: [String]
    public let type: BSONType
    public let field: FieldSchema
  }

  public let columns: [Column]
  private let types: [String: BSONType]
  private let root: Level

  /// - Parameter fields: the fields of a stored collection.
  public init(_ fields: [FieldSchema]) {
    var types: [String: BSONType] = [:]
    self.init(Self.columns(fields, below: [], &types), types)
  }

  private init(_ columns: [Column], _ types: [String: BSONType]) {
    self.columns = columns
    self.types = types
    root = Level(columns.indices.map { ($0, columns[$0].path[...]) })
  }

  /// Returns the stored type of a field, by its dotted path.
  public func type(at path: String) -> BSONType? { types[path] }

  /// Returns the columns that match.
  public func filtered(_ isWanted: (Column) -> Bool) -> FlatColumns { FlatColumns(columns.filter(isWanted), types) }

  private static func columns(
    _ fields: [FieldSchema], below outer: [String], _ types: inout [String: BSONType]
  ) -> [Column] {
    fields.flatMap { field -> [Column] in
      guard let stored = field.stored else { return [] }
      let path = outer + [stored.name]
      types[path.joined(separator: ".")] = stored.type
      let name = path.joined(separator: "_")
      if field.type == .coordinates {
        return ["lat", "lng"].map { Column(name: "\(name)_\($0)", path: path, type: .double, field: field) }
      }
      switch stored.type {
      case .document:
        let inner = stored.name == "raw_data" ? [] : columns(field.fields, below: path, &types)
        return stored.name == "export_row" ? [] : inner
      case .array, .binary: return []
      default: return [Column(name: name, path: path, type: stored.type, field: field)]
      }
    }
  }

  // MARK: Values

  /// Writes the values of a document into `row`, one for each column; nil if the value is missing or null. The values
  /// are valid as long as the bytes of the document.
  public func values(of document: BSONView, into row: inout [BSONField?]) {
    row.removeAll(keepingCapacity: true)
    row.append(contentsOf: repeatElement(nil, count: columns.count))
    root.fill(&row, from: document)
  }

  /// The fields of one object that have columns.
  private struct Level: Sendable {
    private enum Target: Sendable {
      /// The indexes in the row: one, or two for coordinates.
      case columns([Int])
      case inner(Level)
    }

    private let names: KeyTable
    private let targets: [Target]

    init(_ paths: [(column: Int, path: ArraySlice<String>)]) {
      var order: [String] = []
      var groups: [String: [(column: Int, path: ArraySlice<String>)]] = [:]
      for (column, path) in paths {
        guard let name = path.first else { continue }
        if groups[name] == nil { order.append(name) }
        groups[name, default: []].append((column, path.dropFirst()))
      }
      names = KeyTable(order)
      targets = order.map { name in
        let group = groups[name] ?? []
        return group.allSatisfy { $0.path.isEmpty } ? .columns(group.map(\.column)) : .inner(Level(group))
      }
    }

    func fill(_ row: inout [BSONField?], from document: BSONView) {
      for element in document {
        guard let index = names.index(of: element), !element.value.isNull else { continue }
        switch targets[index] {
        case .inner(let level): if let inner = element.value.document { level.fill(&row, from: inner) }
        case .columns(let columns):
          guard let pair = element.value.array else {
            for column in columns { row[column] = element.value }
            continue
          }
          for (column, value) in zip(columns, pair) { row[column] = value.value }
        }
      }
    }
  }
}
