import BSON
import Mongo

/// What a pass over stored documents does with their values.
package enum Conversion: Equatable {
  /// Values in clear that should be sealed are sealed.
  case seal
  /// Values that are not sealed with the athlete's newest key are sealed again.
  case reseal
  /// Sealed values are replaced by their values in clear.
  case decrypt
}

/// A planned change of a stored document: what is written, and what must be unchanged in the store for that. `raw_data`
/// is replaced as a whole, because its keys that contain a dot or begin with `$` cannot be used in an update.
package struct DocumentChange {
  package struct Field {
    package let name: String
    /// The value before the change; nil if the field was missing.
    let old: BSONValue?
    /// The value after the change; nil if the field is removed.
    package let new: BSONValue?
  }

  package let id: BSONValue
  package private(set) var fields: [Field] = []
  /// The unchanged fields that other values were computed from.
  private var sources: [Field] = []
  /// The paths of the values that are sealed, with array indexes as `*`, by the field that contains them.
  var values: [String: [String]] = [:]

  package var isEmpty: Bool { fields.isEmpty }

  package init(id: BSONValue) { self.id = id }

  package mutating func add(_ name: String, from old: BSONValue?, to new: BSONValue?) {
    if old != new { fields.append(Field(name: name, old: old, new: new)) }
  }

  package mutating func require(_ name: String, _ value: BSONValue?) {
    if !fields.contains(where: { $0.name == name }) { sources.append(Field(name: name, old: value, new: value)) }
  }

  /// Requires that the identity that sealed values are bound to is unchanged in the store.
  mutating func requireIdentity(of document: BSONView, in collection: String) {
    for name in DocumentIdentity.fields(of: document, in: collection) where !isEmpty {
      require("\(name)", document[name].map(BSONValue.init))
    }
  }

  /// A filter that matches the document only as it was read. Numbers inside an object or array are compared by value
  /// and not by type.
  package var filter: BSONDocument {
    BSONDocument { filter in
      filter.append(name: "_id", id)
      for field in fields + sources {
        let condition = filter.begin(name: field.name)
        if let old = field.old {
          filter.append(name: "$eq", old)
          // Equal numbers may have different types. A filter cannot check the type inside an object or an array.
          if old.type != .document, old.type != .array { filter.append("$type", Int32(old.type.rawValue)) }
          // A condition that matches an element also matches its array.
          let negation = filter.begin("$not")
          if old.type == .array {
            let element = filter.begin("$elemMatch")
            filter.append(name: "$eq", old)
            filter.end(element)
          } else {
            filter.append("$type", Int32(BSONType.array.rawValue))
          }
          filter.end(negation)
        } else {
          filter.append("$exists", false)
        }
        filter.end(condition)
      }
    }
  }

  /// False if the update is too large for any server: the old and the new values are sent together.
  var fits: Bool { BulkWrite.fits(filter: filter.count, update: update.count) }

  package var update: BSONDocument {
    BSONDocument { update in
      let set = update.begin("$set")
      for field in fields { if let new = field.new { update.append(name: field.name, new) } }
      update.end(set)
      guard fields.contains(where: { $0.new == nil }) else { return }
      let unset = update.begin("$unset")
      for field in fields where field.new == nil { update.append(name: field.name, .string("")) }
      update.end(unset)
    }
  }

  /// Returns the names of the fields that the document, read back, contains exactly as they were written.
  func written(in document: BSONDocument) -> Set<String> {
    Set(fields.filter { $0.new != nil && document[$0.name] == $0.new }.map(\.name))
  }

  /// Returns true if the document, read back, contains exactly the bytes that were written.
  package func isPresent(in document: BSONDocument) -> Bool {
    (fields + sources).allSatisfy { document[$0.name] == $0.new }
  }
}
