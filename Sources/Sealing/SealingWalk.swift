import BSON
import FieldCrypto
import StravaRecords

/// Walks a document and copies it, with values sealed or decrypted on the way, each bound to its place
/// (docs/sealing.md).
///
/// A stored document may hold envelopes and values in clear side by side, since a policy may have been another one and
/// other programs write too: what is not as it should be is a fault, and the value stays. A new document holds what a
/// record held, and no envelopes.
package struct SealingWalk: ~Copyable {
  /// What happens to the values of a stored document.
  package enum Work {
    /// Every envelope that can be decrypted is replaced by its value.
    case decrypt
    /// An envelope is written again under this key where it is under another one, or holds other envelopes.
    case reseal(DataKey)
    /// What is in clear and should be sealed is sealed under this key; envelopes stay.
    case seal(DataKey)
  }

  /// What a copy of a stored document, or of one of its elements, came upon.
  package struct Outcome {
    /// Values that are not as the policy wants them.
    package fileprivate(set) var faults: [SealingFault] = []
    /// The keys of the envelopes that were decrypted, those inside others among them.
    fileprivate(set) var decryptedUnder: Set<KeyID> = []
    /// The values in clear that were sealed.
    fileprivate(set) var sealed: [SealingFault] = []
    /// Envelopes that were written.
    fileprivate(set) var envelopes = 0
  }

  /// What the envelopes of a stored document are decrypted with.
  private struct Stored {
    let athlete: Int64
    let keys: [KeyID: DataKey]
  }

  private enum Mode { case decrypt, reseal, seal }

  /// What becomes of an element.
  private enum Step {
    case keep, enter, seal, decrypt
    /// It stays, and is a fault.
    case foreign
  }

  private var mode = Mode.seal
  /// What should be sealed.
  private var wanted = SealingRule(collection: "", classes: [])
  /// Envelopes are found under keys of every class: a policy may have been another one.
  private var any = SealingRule(collection: "", classes: .all)
  /// False where nothing inside the top level's values is to be sealed.
  private var walksInside = true
  /// Nil for a new document.
  private var stored: Stored?
  private var place = SealedPlace(collection: "", key: "")
  private var envelopes = EnvelopeWriter()
  private var outcome = Outcome()
  /// Envelopes that were decrypted, each as often as it was.
  private var decryptedCount = 0

  package init() {}

  // MARK: New documents

  /// Turns to a new document, or to the same one for another write, which gets nonces of its own.
  ///
  /// - Parameters:
  ///   - key: the owning athlete's.
  ///   - inner: classes that values inside those of the record, or of its typed fields, may have.
  package mutating func begin(
    _ policy: SealingPolicy, under key: DataKey, collection: String, document: String,
    inner: SensitivityClasses = .all
  ) {
    wanted = SealingRule(collection: collection, classes: policy.classes)
    walksInside = !inner.isDisjoint(with: policy.classes)
    (mode, stored) = (.seal, nil)
    envelopes.begin(under: key)
    place.begin(collection: collection, key: document)
  }

  /// Copies elements of the document's top level.
  package mutating func append(elements: UnsafeRawBufferPointer, to out: inout BSONWriter) {
    guard let start = elements.baseAddress else { return }
    var iterator = BSONView.Iterator(at: start)
    while iterator.at < start + elements.count, let element = iterator.next() {
      copy(element, step(of: element, isWanted: wanted.classes.cover(element)), at: .root, to: &out)
    }
  }

  /// Copies a document, which becomes the field of that name at the top level.
  ///
  /// - Parameter places: where those of its elements begin that may have to be sealed themselves, if that is known.
  package mutating func append(_ name: StaticString, document: BSONView, places: [UInt32]?, to out: inout BSONWriter) {
    let start = out.open(name)
    name.withUTF8Buffer { place.enter(UnsafeRawBufferPointer($0)) }
    if let places, !walksInside {
      copy(document.elements(at: places), of: document, at: .object, to: &out)
    } else {
      copy(document, of: document, at: .object, to: &out)
    }
    place.leave()
    out.close(start)
  }

  /// Copies a document, which becomes an element of that name.
  ///
  /// - Parameter steps: where the value is, from the document's root.
  package mutating func append(
    _ name: StaticString, at steps: [StaticString], document: BSONView, to out: inout BSONWriter
  ) {
    let start = out.open(name)
    for step in steps { step.withUTF8Buffer { place.enter(UnsafeRawBufferPointer($0)) } }
    copy(document, of: document, at: .object, to: &out)
    for _ in steps { place.leave() }
    out.close(start)
  }

  /// Seals a document whole.
  ///
  /// - Parameters:
  ///   - name: of the element to append.
  ///   - steps: path of the value from the document's root.
  package mutating func appendWhole(
    _ name: StaticString, at steps: [StaticString], document: BSONView, to out: inout BSONWriter
  ) {
    for step in steps { step.withUTF8Buffer { place.enter(UnsafeRawBufferPointer($0)) } }
    name.withUTF8Buffer {
      let value = BSONField(type: BSONType.document.rawValue, base: document.base)
      envelopes.append(UnsafeRawBufferPointer($0), value, at: place, to: &out)
    }
    for _ in steps { place.leave() }
  }

  // MARK: Stored documents

  /// Turns to a stored document, or to the same one for another write, which gets nonces of its own.
  ///
  /// - Parameters:
  ///   - classes: those whose plaintext is a fault.
  ///   - keys: the data keys that the document's envelopes name.
  package mutating func begin(
    _ identity: DocumentIdentity, _ work: Work = .decrypt, classes: SensitivityClasses = [], keys: [KeyID: DataKey]
  ) {
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
    place.begin(collection: identity.collection, key: identity.key)
  }

  /// Makes the copy of the document, in place of what `copy` holds.
  package mutating func copy(_ document: BSONView, into copy: inout BSONWriter) -> Outcome {
    outcome = Outcome()
    copy.out.count = 0
    let start = copy.open()
    self.copy(document, of: document, at: .root, to: &copy)
    copy.close(start)
    return outcome
  }

  /// Makes the copy of an element of the document's top level, in place of what `copy` holds.
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
    let step = step(of: element, isWanted: isWanted)
    guard step == .keep, mode != .seal, element.value.is(.binary) else { return step }
    return element.value.isEnvelope || any.isSealed(element, in: container, at: level) ? .decrypt : .keep
  }

  /// The same where nothing is decrypted. A binary is an envelope already, or another program's.
  @inline(__always)
  private func step(of element: BSONElement, isWanted: Bool) -> Step {
    if isWanted { return element.value.is(.binary) ? .keep : .seal }
    return walksInside && element.value.isContainer ? .enter : .keep
  }

  /// True for what is not ours to change at the top level: a record that nobody can look into, and a typed field that the
  /// schema calls a text and that is neither a text nor an envelope.
  private func isForeign(_ element: BSONElement, _ isWanted: Bool) -> Bool {
    if wanted.classes.isEmpty { return false }
    if SealingRule.isOpaqueRecord(element) { return true }
    return isWanted && !element.value.is(.string) && !element.value.is(.binary)
      && StoredTexts.names.contains(element.keyText)
  }

  /// - Parameter elements: those of the container that are looked at, in its order.
  private mutating func copy(
    _ elements: some Sequence<BSONElement>, of container: BSONView, at level: SealingRule.Level,
    to out: inout BSONWriter
  ) {
    // Runs of elements that stay as they are are copied at once.
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
    place.enter(element.key)
    switch step {
    case .keep: break
    case .enter:
      let start = out.open(copyingHeaderOf: element)
      let inside = BSONView(element.value.base)
      copy(inside, of: inside, at: wanted.level(inside: element, at: level), to: &out)
      out.close(start)
    case .seal:
      if stored == nil {
        envelopes.append(element.key, element.value, at: place, to: &out)
      } else {
        copyClear(element, to: &out)
      }
    case .foreign:
      note(.foreign)
      out.append(element)
    case .decrypt: copySealed(element.value, under: element.key, mode, to: &out)
    }
    place.leave()
  }

  // MARK: Values of stored documents

  /// Copies a value in clear that should be sealed.
  private mutating func copyClear(_ element: BSONElement, to out: inout BSONWriter) {
    note(.plaintext)
    guard mode == .seal else { return copyInside(element.value, under: element.key, mode, to: &out) }
    let before = outcome.faults.count
    let plaintext = SealedPlaintext { key, inner in copyInside(element.value, under: key, .decrypt, to: &inner) }
    // An envelope that cannot be decrypted now would be out of everybody's sight inside another one: the value stays.
    guard outcome.faults.count == before else { return out.append(element) }
    plaintext.withValue { envelopes.append(element.key, $0, at: place, to: &out) }
    outcome.sealed.append(SealingFault(pointer: place.pointer, reason: .plaintext))
  }

  /// Copies a value that is one envelope, or should be. Inside it nothing is a fault, and envelopes stand where a narrower
  /// policy, or another program, has sealed by itself what is inside.
  private mutating func copyInside(
    _ value: BSONField, under key: UnsafeRawBufferPointer, _ mode: Mode, to out: inout BSONWriter
  ) {
    guard value.isContainer, BSONView(value.base).holdsEnvelope else { return out.append(key, value) }
    let start = out.open(key, as: value)
    for element in BSONView(value.base) {
      place.enter(element.key)
      if element.value.isEnvelope {
        copySealed(element.value, under: element.key, mode, to: &out)
      } else {
        copyInside(element.value, under: element.key, mode, to: &out)
      }
      place.leave()
    }
    out.close(start)
  }

  private mutating func copySealed(
    _ value: BSONField, under name: UnsafeRawBufferPointer, _ mode: Mode, to out: inout BSONWriter
  ) {
    guard let envelope = value.envelope, let stored else {
      note(.foreign)
      return out.append(name, value)
    }
    do throws(EnvelopeError) {
      let bytes = try SealedValue.decrypt(envelope, athlete: stored.athlete, at: place) { stored.keys[$0] }
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
          envelopes.append(name, value, at: place, to: &out)
        } else {
          out.append(name, value)
        }
      }
    } catch {
      note(.unopened(error))
      out.append(name, value)
    }
  }

  /// Returns the plaintext with the envelopes inside it decrypted. Each is bound to its own path in the document.
  private mutating func flattened(_ plaintext: SealedPlaintext) -> SealedPlaintext {
    guard plaintext.document.withView(\.holdsEnvelope) else { return plaintext }
    return SealedPlaintext { key, out in
      plaintext.withValue { value in
        // Two envelopes of one place are nobody's writing that is known.
        if value.isEnvelope { note(.foreign) }
        copyInside(value, under: key, .decrypt, to: &out)
      }
    }
  }

  private mutating func note(_ reason: SealingFault.Reason) {
    outcome.faults.append(SealingFault(pointer: place.pointer, reason: reason))
  }
}

extension BSONWriter {
  /// Starts a document or array, as `value` is one.
  fileprivate mutating func open(_ key: UnsafeRawBufferPointer, as value: BSONField) -> Int {
    out.append(value.type)
    out.append(key)
    out.append(UInt8(0))
    return open()
  }
}

/// The typed fields that hold a text.
private enum StoredTexts {
  static let names: Set<String> = Set(
    RecordKind.allCases.compactMap(RecordSchema.of).flatMap(\.fields).compactMap(\.stored)
      .filter { $0.type == .string }.map(\.name))
}
