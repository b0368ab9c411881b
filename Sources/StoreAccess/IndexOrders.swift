import BSON
import Mongo

/// The orders in which the indexes of a collection return the documents of a selection, so that a server reads them
/// from the index without sorting.
///
/// An index has the order of a field if the filter compares every earlier field in the index's key with one value.
/// Indexes that omit documents, or compare strings with a collation, do not have an order of all documents.
package struct IndexOrders {
  /// The index for each field, and how many fields of the filter come before the field in its key.
  private var best: [String: (name: String, depth: Int)] = [:]
  /// True where the filter compares `_id` with one value.
  package let isOfOneDocument: Bool

  package init(_ indexes: [IndexDefinition], where filter: BSONDocument) {
    let equal = filter.fieldsOfOneValue
    isOfOneDocument = equal.contains("_id")
    for index in indexes where Self.isOfAllDocuments(index) {
      for (depth, part) in index.key.enumerated() {
        if case .special = part.direction { break }
        if depth > best[part.field]?.depth ?? -1 { best[part.field] = (index.name, depth) }
        if !equal.contains(part.field) { break }
      }
    }
  }

  /// Returns the name of the index that has the order of a field, in either direction.
  package func index(for field: String) -> String? { best[field]?.name }

  /// The fields whose order an index has.
  package var fields: [String] { best.keys.sorted() }

  private static func isOfAllDocuments(_ index: IndexDefinition) -> Bool {
    let options = index.options
    return !options.isSparse && !options.isHidden && options.partialFilter == nil && options.collation == nil
      && !index.key.contains { $0.field.contains("$") }
  }
}

extension BSONDocument {
  /// Returns the fields that a filter compares with one plain value.
  fileprivate var fieldsOfOneValue: Set<String> {
    elements.reduce(into: []) { fields, element in
      if element.key == "$and" {
        for part in element.value.inner?.elements ?? [] { fields.formUnion(part.value.inner?.fieldsOfOneValue ?? []) }
      } else if !element.key.hasPrefix("$"), element.value.isOneValue {
        fields.insert(element.key)
      }
    }
  }
}

extension BSONValue {
  /// Returns true for a condition that only one key of an index meets. A missing field also meets null, and an array is
  /// matched by its elements.
  fileprivate var isOneValue: Bool {
    switch self {
    case .null, .array, .other: false
    case .document(let condition): condition["$eq"].map { $0.inner == nil && $0.isOneValue } ?? false
    default: true
    }
  }
}
