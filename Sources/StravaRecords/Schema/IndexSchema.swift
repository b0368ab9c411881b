/// The declaration of an index of a collection. Each index supports a query of the platform.
public struct IndexSchema: Sendable, Equatable {
  public enum Order: Int32, Sendable {
    case ascending = 1
    case descending = -1
  }

  public struct Part: Sendable, Equatable {
    public let field: String
    public let order: Order
  }

  /// The key pattern, in order.
  public let key: [Part]
  public let isUnique: Bool
  /// Whether documents without the field are left out of the index.
  public let isSparse: Bool
  /// The purpose of the index.
  public let serves: String

  /// The name that servers give to such an index by default, such as `user_id_1_start_date_-1`.
  public var name: String { key.map { "\($0.field)_\($0.order.rawValue)" }.joined(separator: "_") }

  /// Returns an index.
  ///
  /// - Parameter fields: the names of the fields in order; a leading `-` means descending.
  static func on(_ fields: String..., unique: Bool = false, sparse: Bool = false, serves: String) -> IndexSchema {
    let key = fields.map { field in
      field.hasPrefix("-")
        ? Part(field: String(field.dropFirst()), order: .descending) : Part(field: field, order: .ascending)
    }
    return IndexSchema(key: key, isUnique: unique, isSparse: sparse, serves: serves)
  }
}
