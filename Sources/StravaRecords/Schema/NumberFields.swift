import BSON

/// The fields of a collection that the schema calls doubles; drivers that choose a type by value store whole numbers
/// there too.
public struct NumberFields: Sendable {
  private let names: KeyTable

  /// - Parameter fields: those of a stored collection.
  public init(_ fields: [FieldSchema]) {
    names = KeyTable(fields.compactMap { $0.stored?.type == .double ? $0.stored?.name : nil })
  }

  /// True where a document's own field is one of them.
  @inline(__always)
  public func holdDouble(_ element: BSONElement) -> Bool { names.index(of: element) != nil }
}
