import BSON
import FieldCrypto
import StravaRecords

/// A walk over a document that copies it and seals or decrypts values. Each sealed value is bound to its path in the
/// document (docs/sealing.md).
///
/// A stored document may contain both envelopes and values in clear, because the policy may have changed and other
/// programs also write. A value that does not have the required form is a fault and is copied unchanged. A new document
/// contains what a record contained, and no envelopes.
package struct SealingWalk: ~Copyable {
  /// The operation on the values of a stored document.
  package enum Work {
    /// Every envelope that can be decrypted is replaced by its value.
    case decrypt
    /// An envelope is encrypted again with this key if it has another key or contains other envelopes.
    case reseal(DataKey)
    /// Values in clear that should be sealed are sealed with this key; envelopes are copied unchanged.
    case seal(DataKey)
  }

  /// What the walk found in a stored document, or in one of its elements.
  package struct Outcome {
    /// The values that do not have the form that the policy requires.
    package fileprivate(set) var faults: [SealingFault] = []
    /// The keys of the envelopes that were decrypted, including nested envelopes.
    fileprivate(set) var decryptedUnder: Set<KeyID> = []
    /// The paths of the values in clear that were sealed.
    fileprivate(set) var sealed: [SealingFault] = []
    /// The number of envelopes that were written.
    fileprivate(set) var envelopes = 0
  }

  /// The keys and the identity that decrypt the envelopes of a stored document.
  private struct Stored {
    let athlete: Int64
    let keys: [KeyID: DataKey]
  }

  private enum Mode { case decrypt, reseal, seal }

  /// What is done with an element.
  private enum Step {
    case keep, enter, seal, decrypt
    /// The element is copied unchanged and is a fault.
    case foreign, fernet
  }

  private var mode = Mode.seal
  /// The policy that says which values should be sealed.
  private var wanted = SealingRule(collection: "", classes: [])
  /// The rule that finds envelopes with keys of every class, because the policy may have been another one.
  private var any = SealingRule(collection: "", classes: .all)
  /// False if no nested value is to be sealed.
  private var walksInside = true
  /// True if only the secrets that the platform's backend keeps itself are decrypted.
  private var keepsSecrets = false
  /// The decryption of a stored document; nil for a new document.
  private var stored: Stored?
  private var path = SealedPath(collection: "", key: "")
  private var envelopes = EnvelopeWriter()
  private var outcome = Outcome()
  /// The number of envelopes that were decrypted; an envelope that is decrypted twice counts twice.
  private var decryptedCount = 0

  package init() {}

  // MARK: New documents

  /// Begins a new document, or another write of the same document, which gets its own nonces.
  ///
  /// - Parameters:
  ///   - key: The data key of the athlete who owns the document.
  ///   - inner: The classes that values inside those of the record, or inside its typed fields, may have.
  package mutating func begin(
    _ policy: SealingPolicy, under key: DataKey, collection: String, document: String,
    inner: SensitivityClasses = .all
  ) {
    wanted = SealingRule(collection: collection, classes: policy.classes)
    walksInside = !inner.isDisjoint(with: policy.classes)
    (mode, stored) = (.seal, nil)
    envelopes.begin(under: key)
    path.begin(collection: collection, key: document)
  }

  /// Copies elements of the document's top level.
  package mutating func append(elements: UnsafeRawBufferPointer, to out: inout BSONWriter) {
    guard let start = elements.baseAddress else { return }
    var iterator = BSONView.Iterator(at: start)
    while iterator.at < start + elements.count, let element = iterator.next() {
      copy(element, step(of: element, isWanted: wanted.classes.cover(element)), at: .root, to: &out)
    }
  }

  /// Copies a document, which becomes the top-level field with that name.
  ///
  /// - Parameter offsets: The offsets of those elements that may have to be sealed themselves, if they are known.
  package mutating func append(_ name: StaticString, document: BSONView, offsets: [UInt32]?, to out: inout BSONWriter) {
    let start = out.begin(name)
    name.withUTF8Buffer { path.enter(UnsafeRawBufferPointer($0)) }
    if let offsets, !walksInside {
      copy(document.elements(at: offsets), of: document, at: .object, to: &out)
    } else {
      copy(document, of: document, at: .object, to: &out)
    }
    path.leave()
    out.end(start)
  }

  /// Copies a document, which becomes an element with that name.
  ///
  /// - Parameter steps: The path of the value from the document's root.
  package mutating func append(
    _ name: StaticString, at steps: [StaticString], document: BSONView, to out: inout BSONWriter
  ) {
    let start = out.begin(name)
    for step in steps { step.withUTF8Buffer { path.enter(UnsafeRawBufferPointer($0)) } }
    copy(document, of: document, at: .object, to: &out)
    for _ in steps { path.leave() }
    out.end(start)
  }

  /// Seals a whole value.
  ///
  /// - Parameters:
  ///   - name: The name of the element to append.
  ///   - steps: The path of the value from the document's root.
  package mutating func appendWhole(
    _ name: StaticString, at steps: [StaticString], value: BSONField, to out: inout BSONWriter
  ) {
    for step in steps { step.withUTF8Buffer { path.enter(UnsafeRawBufferPointer($0)) } }
    name.withUTF8Buffer {
      envelopes.append(UnsafeRawBufferPointer($0), value, at: path, to: &out)
    }
    for _ in steps { path.leave() }
  }

  // MARK: Stored documents

  /// Begins a stored document, or another write of the same document, which gets its own nonces.
  ///
  /// - Parameters:
  ///   - classes: The classes whose plaintext is a fault.
  ///   - keys: The data keys that the document's envelopes name.
  ///   - keepsSecrets: True if secrets stay sealed, except the two tokens that the platform's backend keeps.
  package mutating func begin(
    _ identity: DocumentIdentity, _ work: Work = .decrypt, classes: SensitivityClasses = [], keys: [KeyID: DataKey],
    keepsSecrets: Bool = false
  ) {
    self.keepsSecrets = keepsSecrets
    wanted = SealingRule(collection: identity.collection, classes: classes)
    any = SealingRule(collection: identity.collection, classes: .all)
    walksInside = true
    stored = Stored(athlete: identity.athlete, keys: keys)
    switch work {
    case .decrypt: mode = .decrypt
    case .reseal(let key):
      mode = .reseal
      envelopes.begin(under: key)
    case .seal(let key):
      mode = .seal
      envelopes.begin(under: key)
    }
    path.begin(collection: identity.collection, key: identity.key)
  }

  /// Writes the copy of the document, which replaces the contents of `copy`.
  package mutating func copy(_ document: BSONView, into copy: inout BSONWriter) -> Outcome {
    outcome = Outcome()
    copy.out.count = 0
    let start = copy.begin()
    self.copy(document, of: document, at: .root, to: &copy)
    copy.end(start)
    return outcome
  }

  /// Writes the copy of a top-level element of the document, which replaces the contents of `copy`.
  mutating func copy(_ element: BSONElement, of document: BSONView, into copy: inout BSONWriter) -> Outcome {
    outcome = Outcome()
    copy.out.count = 0
    let before = envelopes.count
    self.copy(element, step(of: element, in: document, at: .root), at: .root, to: &copy)
    outcome.envelopes = envelopes.count - before
    return outcome
  }

  // MARK: The walk

  @inline(__always)
  private func step(of element: BSONElement, in container: BSONView, at level: SealingRule.Level) -> Step {
    let isWanted = wanted.isSealed(element, in: container, at: level)
    if case .root = level, isForeign(element, isWanted) { return .foreign }
    if isWanted, stored != nil, FernetText.isLike(element) { return .fernet }
    let step = step(of: element, isWanted: isWanted)
    guard step == .keep, mode != .seal, element.value.is(.binary) else { return step }
    if keepsSecrets, isKeptSecret(element, at: level) { return .keep }
    return element.value.isEnvelope || any.isSealed(element, in: container, at: level) ? .decrypt : .keep
  }

  /// Returns true for a secret other than the tokens of a user, and for a token response.
  private func isKeptSecret(_ element: BSONElement, at level: SealingRule.Level) -> Bool {
    switch level {
    case .root where FernetText.isToken(element, in: wanted.collection): false
    case .userRaw where element.hasKey("token"): true
    default: SensitivityClasses(.secret).cover(element)
    }
  }

  /// Classifies an element without decryption. A binary is already an envelope, or comes from another program.
  @inline(__always)
  private func step(of element: BSONElement, isWanted: Bool) -> Step {
    if isWanted { return element.value.is(.binary) ? .keep : .seal }
    return walksInside && element.value.isContainer ? .enter : .keep
  }

  /// Returns true for a top-level value that must not be changed: a record that cannot be read, and a typed field that
  /// is a text in the schema but is neither a text nor an envelope.
  private func isForeign(_ element: BSONElement, _ isWanted: Bool) -> Bool {
    if wanted.classes.isEmpty { return false }
    if SealingRule.isOpaqueRecord(element) { return true }
    return isWanted && !element.value.is(.string) && !element.value.is(.binary)
      && StoredTexts.names.contains(element.keyText)
  }

  /// - Parameter elements: The elements of the container to process, in its order.
  private mutating func copy(
    _ elements: some Sequence<BSONElement>, of container: BSONView, at level: SealingRule.Level,
    to out: inout BSONWriter
  ) {
    // Consecutive elements that do not change are copied at once.
    var run = container.base + 4
    for element in elements {
      let step = step(of: element, in: container, at: level)
      guard step != .keep else { continue }
      out.out.append(UnsafeRawBufferPointer(start: run, count: element.start - run))
      copy(element, step, at: level, to: &out)
      run = element.start + element.bytes.count
    }
    out.out.append(UnsafeRawBufferPointer(start: run, count: container.base + container.count - 1 - run))
  }

  private mutating func copy(
    _ element: BSONElement, _ step: Step, at level: SealingRule.Level, to out: inout BSONWriter
  ) {
    if step == .keep { return out.append(element) }
    path.enter(element.key)
    switch step {
    case .keep: break
    case .enter:
      let start = out.begin(copyingHeaderOf: element)
      let inside = BSONView(element.value.base)
      copy(inside, of: inside, at: wanted.level(inside: element, at: level), to: &out)
      out.end(start)
    case .seal:
      if stored == nil {
        envelopes.append(element.key, element.value, at: path, to: &out)
      } else {
        copyClear(element, to: &out)
      }
    case .foreign:
      note(.foreign)
      out.append(element)
    case .fernet:
      note(.fernet)
      out.append(element)
    case .decrypt: copySealed(element.value, under: element.key, mode, to: &out)
    }
    path.leave()
  }

  // MARK: Values of stored documents

  /// Copies a value in clear that should be sealed.
  private mutating func copyClear(_ element: BSONElement, to out: inout BSONWriter) {
    note(.plaintext)
    guard mode == .seal else { return copyInside(element.value, under: element.key, mode, to: &out) }
    let before = outcome.faults.count
    let plaintext = SealedPlaintext { key, inner in copyInside(element.value, under: key, .decrypt, to: &inner) }
    // An envelope that cannot be decrypted now would be hidden inside another one, so the value is copied unchanged.
    guard outcome.faults.count == before else { return out.append(element) }
    plaintext.withValue { envelopes.append(element.key, $0, at: path, to: &out) }
    outcome.sealed.append(SealingFault(pointer: path.pointer, reason: .plaintext))
  }

  /// Copies a value that is, or should be, one envelope. Nothing inside it is a fault. It may contain envelopes if a
  /// narrower policy, or another program, sealed a nested value separately.
  private mutating func copyInside(
    _ value: BSONField, under key: UnsafeRawBufferPointer, _ mode: Mode, to out: inout BSONWriter
  ) {
    guard value.isContainer, BSONView(value.base).holdsEnvelope else { return out.append(key, value) }
    let start = out.begin(key, as: value)
    for element in BSONView(value.base) {
      path.enter(element.key)
      if element.value.isEnvelope {
        copySealed(element.value, under: element.key, mode, to: &out)
      } else {
        copyInside(element.value, under: element.key, mode, to: &out)
      }
      path.leave()
    }
    out.end(start)
  }

  private mutating func copySealed(
    _ value: BSONField, under name: UnsafeRawBufferPointer, _ mode: Mode, to out: inout BSONWriter
  ) {
    guard let envelope = value.envelope, let stored else {
      note(.foreign)
      return out.append(name, value)
    }
    do throws(EnvelopeError) {
      let bytes = try SealedValue.decrypt(envelope, athlete: stored.athlete, at: path) { stored.keys[$0] }
      guard let plaintext = SealedPlaintext(bytes) else {
        note(.foreign)
        return out.append(name, value)
      }
      let id = try SealedValue.keyID(of: envelope)
      outcome.decryptedUnder.insert(id)
      decryptedCount += 1
      let before = decryptedCount
      let flat = flattened(plaintext)
      if mode == .reseal, id == envelopes.key, decryptedCount == before { return out.append(name, value) }
      flat.withValue { value in
        if mode == .reseal {
          envelopes.append(name, value, at: path, to: &out)
        } else {
          out.append(name, value)
        }
      }
    } catch {
      note(.undecryptable(error))
      out.append(name, value)
    }
  }

  /// Returns the plaintext with the envelopes inside it decrypted. Each is bound to its own path in the document.
  private mutating func flattened(_ plaintext: SealedPlaintext) -> SealedPlaintext {
    guard plaintext.document.withView(\.holdsEnvelope) else { return plaintext }
    return SealedPlaintext { key, out in
      plaintext.withValue { value in
        // No known writer creates two nested envelopes with the same path.
        if value.isEnvelope { note(.foreign) }
        copyInside(value, under: key, .decrypt, to: &out)
      }
    }
  }

  private mutating func note(_ reason: SealingFault.Reason) {
    outcome.faults.append(SealingFault(pointer: path.pointer, reason: reason))
  }
}

extension BSONWriter {
  /// Starts a document or an array, whichever `value` is.
  fileprivate mutating func begin(_ key: UnsafeRawBufferPointer, as value: BSONField) -> Int {
    out.append(value.type)
    out.append(key)
    out.append(UInt8(0))
    return begin()
  }
}

/// The typed fields that contain a text.
private enum StoredTexts {
  static let names: Set<String> = Set(
    RecordKind.allCases.compactMap(RecordSchema.of).flatMap(\.fields).compactMap(\.stored)
      .filter { $0.type == .string }.map(\.name))
}
