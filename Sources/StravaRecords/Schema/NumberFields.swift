import BSON

/// The fields of a collection that are doubles in the schema. Drivers that choose a type by value also store whole
/// numbers in them.
public struct NumberFields: Sendable {
  private let names: KeyTable

  /// - Parameter fields: the fields of a stored collection.
  public init(_ fields: [FieldSchema]) {
    names = KeyTable(fields.compactMap { $0.stored?.type == .double ? $0.stored?.name : nil })
  }

  /// Returns whether a top-level field of a document is one of these fields.
  @inline(__always)
  public func holdDouble(_ element: BSONElement) -> Bool { names.index(of: element) != nil }
}
