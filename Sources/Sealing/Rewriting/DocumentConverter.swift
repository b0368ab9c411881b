import BSON
import FieldCrypto
import StoreAccess

/// Works out the changes of documents.
struct DocumentConverter: ~Copyable {
  private let conversion: Conversion
  private let policy: SealingPolicy
  private let blindIndexes: BlindIndexes
  private var opened = BSONWriter()
  private var changed = BSONWriter()

  init(_ conversion: Conversion, _ policy: SealingPolicy, _ blindIndexes: BlindIndexes) {
    self.conversion = conversion
    self.policy = policy
    self.blindIndexes = blindIndexes
  }

  /// What becomes of one document.
  ///
  /// - Parameters:
  ///   - newest: the athlete's key that seals; nil where there is none to seal under.
  ///   - key: finds any data key by its id.
  /// - Returns: the change, and what could not be read or written, or for `seal` was in clear.
  mutating func convert(
    _ document: BSONView, _ identity: DocumentIdentity, newest: DataKey?, key: @escaping (KeyID) -> DataKey?
  ) -> (change: DocumentChange, faults: [SealingFault]) {
    if conversion == .reseal { return reseal(document, identity, newest, key) }
    var change = DocumentChange(id: document["_id"].map(BSONValue.init) ?? .null)
    var faults: [SealingFault] = []
    let maker = newest.map(EnvelopeMaker.init(under:))
    for element in document {
      var opener = DocumentOpener(identity, classes: conversion == .open ? [] : policy.classes, key: key)
      opened.out.count = 0
      opener.open(element, of: document, to: &opened)
      faults += opener.faults
      guard let clear = first(of: opened) else { continue }
      if needsWriting(opener) {
        if conversion == .open {
          faults += change.add(element, to: clear)
        } else if let maker {
          faults += seal(element, of: document, identity, maker, key, &change)
        } else {
          // Nothing of it is written: what stands in clear is to be found as it was.
          faults.append(SealingFault(pointer: "", reason: identity.athlete > 0 ? .noSealingKey : .unowned))
          return (DocumentChange(id: change.id), faults)
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

  /// Not out of the opened copy: what is sealed stays sealed, whatever the policy.
  private mutating func seal(
    _ element: BSONElement, of document: BSONView, _ identity: DocumentIdentity, _ maker: EnvelopeMaker,
    _ key: @escaping (KeyID) -> DataKey?, _ change: inout DocumentChange
  ) -> [SealingFault] {
    var sealer = DocumentOpener(identity, classes: policy.classes, form: .sealed(maker), key: key)
    changed.out.count = 0
    sealer.open(element, of: document, to: &changed)
    guard let new = first(of: changed) else { return [] }
    let faults = change.add(element, to: new)
    if faults.isEmpty { change.values += sealer.sealed.map(\.pattern) }
    return faults
  }

  /// What is sealed stays sealed, whatever the policy: only the key is another one.
  private mutating func reseal(
    _ document: BSONView, _ identity: DocumentIdentity, _ newest: DataKey?, _ key: @escaping (KeyID) -> DataKey?
  ) -> (change: DocumentChange, faults: [SealingFault]) {
    var change = DocumentChange(id: document["_id"].map(BSONValue.init) ?? .null)
    var faults: [SealingFault] = []
    let maker = newest.map(EnvelopeMaker.init(under:))
    for element in document {
      let before = maker?.count
      var opener = DocumentOpener(
        identity, classes: [], form: maker.map(DocumentOpener.Form.resealed) ?? .opened, key: key)
      changed.out.count = 0
      opener.open(element, of: document, to: &changed)
      faults += opener.faults
      guard maker?.count != before, let new = first(of: changed) else { continue }
      faults += change.add(element, to: new)
    }
    change.requireIdentity(of: document, in: identity.collection)
    return (change, faults)
  }

  /// The copy that a buffer holds: at its start, with the buffer's slack behind it.
  private func first(of buffer: borrowing BSONWriter) -> BSONElement? {
    var copy = BSONView.Iterator(at: buffer.out.base)
    return copy.next()
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

extension DocumentChange {
  /// - Returns: a fault where no update can name the field, which stays then.
  fileprivate mutating func add(_ element: BSONElement, to new: BSONElement) -> [SealingFault] {
    let (name, old) = (element.keyText, BSONValue(element.value))
    let value = BSONValue(new.value)
    if old == value { return [] }
    if name.isEmpty || name.hasPrefix("$") || name.contains(".") {
      return [SealingFault(path: [name], reason: .unnameable)]
    }
    add(name, from: old, to: value)
    return []
  }
}
