import BSON

extension BSONView {
  /// Returns the name of a stored document in findings.
  package func name(in collection: String) -> String {
    (self["_id"].map(BSONValue.init) ?? .null).name(in: collection)
  }
}

extension BSONValue {
  /// Returns the name of the document with this `_id` in findings: `collection/_id`.
  package func name(in collection: String) -> String { "\(collection)/\(shortText)" }
}
