import Mongo
import StravaRecords

extension IndexDefinition {
  package init(_ declared: IndexSchema) {
    self.init(
      declared.key.map { Part($0.field, $0.order == .ascending ? .ascending : .descending) }, name: declared.name,
      options: IndexOptions(unique: declared.isUnique, sparse: declared.isSparse))
  }

  /// Returns true if this index prevents the duplicates that the declared index must prevent.
  func keepsUnique(_ declared: IndexDefinition) -> Bool {
    options.isUnique && options.partialFilter == nil && key.map(\.field) == declared.key.map(\.field)
  }
}
