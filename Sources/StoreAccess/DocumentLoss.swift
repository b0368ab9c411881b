import BSON
import Mongo

/// The properties of a collection that make it lose or refuse documents without a command from a user.
package enum DocumentLoss {
  /// Returns what a collection is if it is not an ordinary one; nil if it is ordinary or does not exist.
  package static func fault(of description: CollectionDescription?) -> String? {
    guard let description else { return nil }
    guard description.type == "collection" else { return "is a \(description.type), not a collection" }
    guard description.options["capped"]?.bool == true else { return nil }
    return "is a capped collection, which deletes its oldest documents"
  }

  /// Returns true if the index makes documents expire. No declared index does that.
  package static func expires(_ index: IndexDefinition) -> Bool { index.options.expireAfter != nil }

  /// Returns false for insights: the platform may let them expire.
  package static func isSevere(in collection: String) -> Bool { collection != Collections.insights }
}
