import BSON

extension BSONView {
  /// How findings name a stored document.
  package func name(in collection: String) -> String {
    (self["_id"].map(BSONValue.init) ?? .null).name(in: collection)
  }
}

extension BSONValue {
  /// How findings name the document that has this `_id`: `collection/_id`.
  package func name(in collection: String) -> String { "\(collection)/\(shortText)" }
}
