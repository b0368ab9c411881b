import BSON
import Mongo

/// What makes a collection lose documents, or not take them, without anybody's command.
package enum DocumentLoss {
  /// What a collection is instead of an ordinary one; nil where it is one, or is not there.
  package static func fault(of description: CollectionDescription?) -> String? {
    guard let description else { return nil }
    guard description.type == "collection" else { return "is a \(description.type), not a collection" }
    guard description.options["capped"]?.bool == true else { return nil }
    return "is a capped collection, which deletes its oldest documents"
  }

  /// True where documents expire by the index. No declared index has that.
  package static func expires(_ index: IndexDefinition) -> Bool { index.options.expireAfter != nil }

  /// Returns false for insights: the platform may let them expire.
  package static func isSevere(in collection: String) -> Bool { collection != Collections.insights }
}
