/// One declared index of a collection; each is there for a query that the platform makes.
public struct IndexSchema: Sendable, Equatable {
  public enum Order: Int32, Sendable {
    case ascending = 1
    case descending = -1
  }

  public struct Part: Sendable, Equatable {
    public let field: String
    public let order: Order
  }

  /// The key pattern, in its order.
  public let key: [Part]
  public let isUnique: Bool
  /// Documents without the field are left out.
  public let isSparse: Bool
  /// What it is for.
  public let serves: String

  /// As servers name an index by default: `user_id_1_start_date_-1`.
  public var name: String { key.map { "\($0.field)_\($0.order.rawValue)" }.joined(separator: "_") }

  /// - Parameter fields: in order; a leading `-` makes one descending.
  static func on(_ fields: String..., unique: Bool = false, sparse: Bool = false, serves: String) -> IndexSchema {
    let key = fields.map { field in
      field.hasPrefix("-")
        ? Part(field: String(field.dropFirst()), order: .descending) : Part(field: field, order: .ascending)
    }
    return IndexSchema(key: key, isUnique: unique, isSparse: sparse, serves: serves)
  }
}
