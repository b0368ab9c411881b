import BSON
import FieldCrypto
import StoreAccess

/// A converter that computes the changes of documents.
struct DocumentConverter: ~Copyable {
  private let conversion: Conversion
  private let policy: SealingPolicy
  private let blindIndexes: BlindIndexes
  private let fernet: FernetKeys?
  private var decrypting = SealingWalk()
  private var sealing = SealingWalk()
  private var clear = BSONWriter()
  private var changed = BSONWriter()

  /// - Parameter fernet: The keys of the platform's backend; nil if its tokens stay as they are.
  init(
    _ conversion: Conversion, _ policy: SealingPolicy, _ blindIndexes: BlindIndexes, fernet: FernetKeys? = nil
  ) {
    self.fernet = fernet
    self.conversion = conversion
    self.policy = policy
    self.blindIndexes = blindIndexes
  }

  /// Returns the change of one document.
  ///
  /// - Parameters:
  ///   - newest: The athlete's key that seals; nil if there is none.
  ///   - keys: The data keys that the document's envelopes name.
  /// - Returns: The change, and the values that could not be read or written or that, for `seal`, were in clear.
  mutating func convert(
    _ document: BSONView, _ identity: DocumentIdentity, newest: DataKey?, keys: [KeyID: DataKey]
  ) -> (change: DocumentChange, faults: [SealingFault]) {
    if conversion == .reseal { return reseal(document, identity, newest, keys) }
    var change = DocumentChange(id: document["_id"].map(BSONValue.init) ?? .null)
    var faults: [SealingFault] = []
    decrypting.begin(
      identity, classes: conversion == .decrypt ? [] : policy.classes, keys: keys,
      keepsSecrets: conversion == .decrypt && fernet != nil)
    if conversion == .seal, let newest {
      sealing.begin(identity, .seal(newest), classes: policy.classes, keys: keys)
    }
    for element in document {
      if let fernet, conversion == .seal, FernetText.isToken(element, in: identity.collection),
        FernetText.isLike(element)
      {
        if let fault = sealToken(element, fernet, of: document, newest, &change) { faults.append(fault) }
        continue
      }
      let outcome = decrypting.copy(element, of: document, into: &clear)
      faults += outcome.faults
      guard let decrypted = first(of: clear) else { continue }
      if needsWriting(outcome) {
        if conversion == .decrypt {
          let token = fernet.flatMap { fernet in
            FernetText.isToken(element, in: identity.collection) ? FernetText.encrypted(decrypted, fernet) : nil
          }
          faults += token.map { change.add(element, toFirstOf: $0) } ?? change.add(element, to: decrypted)
        } else if newest != nil {
          faults += seal(element, of: document, &change)
        } else {
          // Nothing of the document is written, so values in clear remain unchanged.
          faults.append(SealingFault(pointer: "", reason: identity.athlete > 0 ? .noSealingKey : .unowned))
          return (DocumentChange(id: change.id), faults)
        }
      }
      if identity.collection == Collections.users, !FernetText.isLike(element),
        let index = blindIndexes.index(of: decrypted)
      {
        addIndex(index, isDecrypted: !outcome.decryptedUnder.isEmpty, of: document, to: &change)
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

  /// Seals the token that a Fernet token contains.
  ///
  /// - Returns: The reason why it cannot be sealed; nil if it was.
  private mutating func sealToken(
    _ element: BSONElement, _ fernet: FernetKeys, of document: BSONView, _ newest: DataKey?,
    _ change: inout DocumentChange
  ) -> SealingFault? {
    guard let token = FernetText.decrypted(element, fernet) else {
      return SealingFault(path: [element.keyText], reason: .fernetUnreadable)
    }
    guard newest != nil else { return SealingFault(path: [element.keyText], reason: .noSealingKey) }
    return token.withView { view -> SealingFault? in
      guard let plain = view.first(where: { _ in true }) else { return nil }
      let outcome = sealing.copy(plain, of: view, into: &changed)
      guard let new = first(of: changed) else { return nil }
      let faults = change.add(element, to: new)
      if faults.isEmpty { change.values[element.keyText] = outcome.sealed.map(\.pattern) }
      if let index = blindIndexes.index(of: plain) {
        addIndex(index, isDecrypted: false, of: document, to: &change)
      }
      return faults.first
    }
  }

  private func needsWriting(_ outcome: SealingWalk.Outcome) -> Bool {
    conversion == .decrypt ? !outcome.decryptedUnder.isEmpty : outcome.faults.contains(where: \.isPlaintext)
  }

  /// This does not use the decrypted copy: sealed values remain sealed, whatever the policy.
  private mutating func seal(
    _ element: BSONElement, of document: BSONView, _ change: inout DocumentChange
  ) -> [SealingFault] {
    let outcome = sealing.copy(element, of: document, into: &changed)
    guard let new = first(of: changed) else { return [] }
    let faults = change.add(element, to: new)
    if faults.isEmpty { change.values[element.keyText] = outcome.sealed.map(\.pattern) }
    return faults
  }

  /// Seals values again with the newest key. Sealed values remain sealed, whatever the policy; only their key changes.
  private mutating func reseal(
    _ document: BSONView, _ identity: DocumentIdentity, _ newest: DataKey?, _ keys: [KeyID: DataKey]
  ) -> (change: DocumentChange, faults: [SealingFault]) {
    var change = DocumentChange(id: document["_id"].map(BSONValue.init) ?? .null)
    var faults: [SealingFault] = []
    sealing.begin(identity, newest.map(SealingWalk.Work.reseal) ?? .decrypt, keys: keys)
    for element in document {
      let outcome = sealing.copy(element, of: document, into: &changed)
      faults += outcome.faults
      guard outcome.envelopes > 0, let new = first(of: changed) else { continue }
      faults += change.add(element, to: new)
    }
    change.requireIdentity(of: document, in: identity.collection)
    return (change, faults)
  }

  /// Returns the copy that a buffer contains. It begins at the buffer's start and is followed by unused capacity.
  private func first(of buffer: borrowing BSONWriter) -> BSONElement? {
    var copy = BSONView.Iterator(at: buffer.out.base)
    return copy.next()
  }

  private func addIndex(
    _ index: (name: StaticString, digest: Digest256), isDecrypted: Bool, of document: BSONView,
    to change: inout DocumentChange
  ) {
    let old = document[index.name].map(BSONValue.init)
    let digest = index.digest.withUnsafeBytes { BSONValue.binary(subtype: BinarySubtype.generic, Array($0)) }
    if conversion == .seal {
      change.add("\(index.name)", from: old, to: digest)
    } else if isDecrypted {
      change.add("\(index.name)", from: old, to: nil)
    }
  }
}

extension DocumentChange {
  fileprivate mutating func add(_ element: BSONElement, toFirstOf document: BSONDocument) -> [SealingFault] {
    document.withView { view in
      guard let new = view.first(where: { _ in true }) else { return [] }
      return add(element, to: new)
    }
  }

  /// - Returns: A fault if no update can name the field, which then remains unchanged.
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
