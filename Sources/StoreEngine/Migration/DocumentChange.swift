import BSON
import FieldCrypto
import Mongo
import StravaRecords

/// What a pass over the stored documents does to their values.
enum Conversion: Equatable {
  /// What is in clear and should be sealed is sealed.
  case seal
  /// What is sealed under another key than the athlete's newest is sealed anew.
  case reseal
  /// What is sealed is put back in clear.
  case open
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

/// Works out the changes of documents.
struct DocumentConverter: ~Copyable {
  private let conversion: Conversion
  private let policy: SealingPolicy
  private let blindIndexes: BlindIndexes
  private var sealer = DocumentSealer()
  private var opened = BSONWriter()
  private var sealed = BSONWriter()

  init(_ conversion: Conversion, _ policy: SealingPolicy, _ blindIndexes: BlindIndexes) {
    self.conversion = conversion
    self.policy = policy
    self.blindIndexes = blindIndexes
  }

  /// What becomes of one document.
  ///
  /// - Parameters:
  ///   - newest: the athlete's key that seals; nil where there is none to seal anew under.
  ///   - key: finds any data key by its id.
  /// - Returns: the change, and what could not be read, or for `seal` was in clear.
  mutating func convert(
    _ document: BSONView, _ identity: DocumentIdentity, newest: DataKey?, key: @escaping (KeyID) -> DataKey?
  ) -> (change: DocumentChange, faults: [SealingFault]) {
    guard let newest, conversion != .reseal else { return reseal(document, identity, newest, key) }
    var change = DocumentChange(id: document["_id"].map(BSONValue.init) ?? .null)
    var faults: [SealingFault] = []
    sealer.begin(policy, under: newest, collection: identity.collection, document: identity.key)
    for element in document {
      var opener = DocumentOpener(identity, classes: conversion == .open ? [] : policy.classes, key: key)
      opened.out.count = 0
      opener.open(element, of: document, to: &opened)
      faults += opener.faults
      // The copy is at the buffer's start, with the buffer's slack behind it.
      var copy = BSONView.Iterator(at: opened.out.base)
      guard let clear = copy.next() else { continue }
      if needsWriting(opener) {
        if conversion == .open {
          change.add(element.keyText, from: BSONValue(element.value), to: BSONValue(clear.value))
        } else {
          // Not the opened copy: what is sealed stays sealed, whatever the policy.
          sealed.out.count = 0
          sealer.append(element, to: &sealed)
          change.values += opener.faults.filter(\.isPlaintext).map(\.pattern)
          var copy = BSONView.Iterator(at: sealed.out.base)
          guard let new = copy.next() else { continue }
          change.add(element.keyText, from: BSONValue(element.value), to: BSONValue(new.value))
        }
      }
      if identity.collection == Collections.users, let index = blindIndexes.index(of: clear) {
        addIndex(index, isOpened: !opener.openedUnder.isEmpty, of: document, to: &change)
        if !change.isEmpty { change.require(element.keyText, BSONValue(element.value)) }
      }
    }
    if conversion == .seal, identity.collection == Collections.users {
      for (field, index) in BlindIndexes.stale(in: document) {
        change.add("\(index)", from: document[index].map(BSONValue.init), to: nil)
        change.require("\(field)", document[field].map(BSONValue.init))
      }
    }
    change.requireIdentity(of: document, in: identity.collection)
    return (change, faults)
  }

  private func needsWriting(_ opener: borrowing DocumentOpener) -> Bool {
    conversion == .open ? !opener.openedUnder.isEmpty : opener.faults.contains(where: \.isPlaintext)
  }

  /// What is sealed stays sealed, whatever the policy: only the key is another one.
  private mutating func reseal(
    _ document: BSONView, _ identity: DocumentIdentity, _ newest: DataKey?, _ key: @escaping (KeyID) -> DataKey?
  ) -> (change: DocumentChange, faults: [SealingFault]) {
    var change = DocumentChange(id: document["_id"].map(BSONValue.init) ?? .null)
    var faults: [SealingFault] = []
    let resealer = newest.map(EnvelopeResealer.init(under:))
    for element in document {
      let before = resealer?.count
      var opener = DocumentOpener(identity, classes: [], resealer: resealer, key: key)
      sealed.out.count = 0
      opener.open(element, of: document, to: &sealed)
      faults += opener.faults
      var copy = BSONView.Iterator(at: sealed.out.base)
      guard resealer?.count != before, let new = copy.next() else { continue }
      change.add(element.keyText, from: BSONValue(element.value), to: BSONValue(new.value))
    }
    change.requireIdentity(of: document, in: identity.collection)
    return (change, faults)
  }

  private func addIndex(
    _ index: (name: StaticString, digest: Digest256), isOpened: Bool, of document: BSONView,
    to change: inout DocumentChange
  ) {
    let old = document[index.name].map(BSONValue.init)
    let digest = index.digest.withUnsafeBytes { BSONValue.binary(subtype: BinarySubtype.generic, Array($0)) }
    if conversion == .seal {
      change.add("\(index.name)", from: old, to: digest)
    } else if isOpened {
      change.add("\(index.name)", from: old, to: nil)
    }
  }
}
