import BSON
import Mongo

/// What a pass over the stored documents does to their values.
package enum Conversion: Equatable {
  /// What is in clear and should be sealed is sealed.
  case seal
  /// Seals values again that are not sealed with the athlete's newest key.
  case reseal
  /// What is sealed is put back in clear.
  case decrypt
}

/// A stored document on its way to another form: what is written, and what must still be there for that. `raw_data` is
/// replaced whole, since its dotted keys and those with a `$` cannot be addressed.
struct DocumentChange {
  struct Field {
    let name: String
    /// Nil where there was none.
    let old: BSONValue?
    /// Nil where it goes.
    let new: BSONValue?
  }

  let id: BSONValue
  private(set) var fields: [Field] = []
  /// Fields that stay, and that something else was worked out of.
  private var sources: [Field] = []
  /// Places of the values that are sealed, array indexes as `*`.
  var values: [String] = []

  var isEmpty: Bool { fields.isEmpty }

  init(id: BSONValue) { self.id = id }

  mutating func add(_ name: String, from old: BSONValue?, to new: BSONValue?) {
    if old != new { fields.append(Field(name: name, old: old, new: new)) }
  }

  mutating func require(_ name: String, _ value: BSONValue?) {
    if !fields.contains(where: { $0.name == name }) { sources.append(Field(name: name, old: value, new: value)) }
  }

  /// What is sealed is sealed for this identity.
  mutating func requireIdentity(of document: BSONView, in collection: String) {
    for name in DocumentIdentity.fields(of: document, in: collection) where !isEmpty {
      require("\(name)", document[name].map(BSONValue.init))
    }
  }

  /// Matches the document only as it was read; numbers deep in an object or array only by their value, not their type.
  var filter: BSONDocument {
    BSONDocument { filter in
      filter.append(name: "_id", id)
      for field in fields + sources {
        let condition = filter.open(name: field.name)
        if let old = field.old {
          filter.append(name: "$eq", old)
          // Equal numbers may be of different types; in an object or an array that cannot be asked.
          if old.type != .document, old.type != .array { filter.append("$type", Int32(old.type.rawValue)) }
          // What matches an element matches its array.
          let negation = filter.open("$not")
          if old.type == .array {
            let element = filter.open("$elemMatch")
            filter.append(name: "$eq", old)
            filter.close(element)
          } else {
            filter.append("$type", Int32(BSONType.array.rawValue))
          }
          filter.close(negation)
        } else {
          filter.append("$exists", false)
        }
        filter.close(condition)
      }
    }
  }

  /// False where no server takes it in one step: what was and what is to be are sent together.
  var fits: Bool { BulkWrite.fits(filter: filter.count, update: update.count) }

  var update: BSONDocument {
    BSONDocument { update in
      let set = update.open("$set")
      for field in fields { if let new = field.new { update.append(name: field.name, new) } }
      update.close(set)
      guard fields.contains(where: { $0.new == nil }) else { return }
      let unset = update.open("$unset")
      for field in fields where field.new == nil { update.append(name: field.name, .string("")) }
      update.close(unset)
    }
  }

  /// True where the document, read back, holds what was written, to the byte.
  func stands(in document: BSONDocument) -> Bool { (fields + sources).allSatisfy { document[$0.name] == $0.new } }
}
