import BSON
import FieldCrypto
import Mongo
import StravaRecords

/// Walks a stored document and makes a copy in which what is sealed has another form.
package struct DocumentOpener {
  /// What becomes of envelopes, and of values that should be sealed and are in clear.
  package enum Form {
    /// Every envelope that opens is replaced by its value.
    case opened
    /// An envelope that opens is made anew where it is under another key than the newest, or holds others.
    case resealed(EnvelopeMaker)
    /// What is in clear is sealed; envelopes stay.
    case sealed(EnvelopeMaker)
  }

  /// Envelopes stand under keys of every class: a policy may have been another one.
  private let walk: SealedWalk
  /// What should be sealed.
  private let wanted: SealedWalk
  private let athlete: Int64
  private let key: (KeyID) -> DataKey?
  private let form: Form
  private var place: SealedPlace
  private var path: [String] = []
  /// What is not as the policy wants it.
  package private(set) var faults: [SealingFault] = []
  /// The keys of the envelopes that opened, those inside others among them.
  private(set) var openedUnder: Set<KeyID> = []
  private var openedCount = 0
  /// The values in clear that were sealed.
  private(set) var sealed: [SealingFault] = []

  /// - Parameters:
  ///   - classes: those whose plaintext is a fault; envelopes are opened under keys of every class.
  ///   - key: finds a data key by its id.
  package init(
    _ identity: DocumentIdentity, classes: SensitivityClasses, form: Form = .opened,
    key: @escaping (KeyID) -> DataKey?
  ) {
    walk = SealedWalk(collection: identity.collection, classes: SensitivityClasses.all)
    wanted = SealedWalk(collection: identity.collection, classes: classes)
    athlete = identity.athlete
    self.key = key
    self.form = form
    place = SealedPlace(collection: identity.collection, key: identity.key)
  }

  /// Makes the copy of the document, in place of what `copy` holds.
  package mutating func open(_ document: BSONView, into copy: inout BSONWriter) {
    copy.out.count = 0
    let start = copy.open()
    self.copy(document, at: .root, to: &copy)
    copy.close(start)
  }

  /// Copies an element of the document's top level.
  mutating func open(_ element: BSONElement, of document: BSONView, to out: inout BSONWriter) {
    copy(element, in: document, at: .root, to: &out)
  }

  private mutating func copy(_ container: BSONView, at level: SealedWalk.Level, to out: inout BSONWriter) {
    for element in container { copy(element, in: container, at: level, to: &out) }
  }

  private mutating func copy(
    _ element: BSONElement, in container: BSONView, at level: SealedWalk.Level, to out: inout BSONWriter
  ) {
    let isClassed = walk.isSealed(element, in: container, at: level) || element.value.isEnvelope
    guard isClassed || element.value.isContainer else { return out.append(element) }
    if level == .root, wanted.isSealed(element, in: container, at: level), !hasDeclaredType(element) {
      faults.append(SealingFault(pointer: "/" + element.keyText, reason: .foreign))
      return out.append(element)
    }
    place.enter(element.key)
    path.append(element.keyText)
    defer {
      place.leave()
      path.removeLast()
    }
    if isClassed, element.value.is(.binary) {
      return copySealed(element.value, under: element.key, form, to: &out)
    }
    if wanted.isSealed(element, in: container, at: level) { return copyClear(element, to: &out) }
    guard element.value.isContainer else { return out.append(element) }
    let start = out.open(copyingHeaderOf: element)
    copy(BSONView(element.value.base), at: walk.level(inside: element, at: level), to: &out)
    out.close(start)
  }

  /// A typed field that the schema calls a text is a text or an envelope; anything else is not ours to change.
  private func hasDeclaredType(_ element: BSONElement) -> Bool {
    guard StoredTexts.names.contains(element.keyText) else { return true }
    return element.value.is(.string) || element.value.is(.binary)
  }

  /// A value that should be sealed.
  private mutating func copyClear(_ element: BSONElement, to out: inout BSONWriter) {
    note(.plaintext)
    guard case .sealed(let maker) = form else {
      return copyInside(element.value, under: element.key, form, to: &out)
    }
    let before = faults.count
    let plaintext = SealedPlaintext { key, inner in copyInside(element.value, under: key, .opened, to: &inner) }
    // An envelope that does not open now would be out of everybody's sight inside another one: the value stays.
    guard faults.count == before else { return out.append(element) }
    maker.append(plaintext.document, under: element.key, at: place, to: &out)
    sealed.append(fault(.plaintext))
  }

  /// Copies a value that is one envelope, or should be. Inside it nothing is a fault, and envelopes stand where a narrower
  /// policy, or another program, has sealed by itself what is inside.
  private mutating func copyInside(
    _ value: BSONField, under key: UnsafeRawBufferPointer, _ form: Form, to out: inout BSONWriter
  ) {
    guard value.isContainer, BSONView(value.base).holdsEnvelope else { return out.append(key, value) }
    let start = out.open(key, as: value)
    for element in BSONView(value.base) {
      place.enter(element.key)
      path.append(element.keyText)
      if element.value.isEnvelope {
        copySealed(element.value, under: element.key, form, to: &out)
      } else {
        copyInside(element.value, under: element.key, form, to: &out)
      }
      place.leave()
      path.removeLast()
    }
    out.close(start)
  }

  private mutating func copySealed(
    _ value: BSONField, under name: UnsafeRawBufferPointer, _ form: Form, to out: inout BSONWriter
  ) {
    if case .sealed = form { return out.append(name, value) }
    guard let envelope = value.envelope else {
      note(.foreign)
      return out.append(name, value)
    }
    do throws(EnvelopeError) {
      let bytes = try SealedValue.open(envelope, athlete: athlete, at: place, key: key)
      guard let plaintext = SealedPlaintext(bytes) else {
        note(.foreign)
        return out.append(name, value)
      }
      let id = try SealedValue.keyID(of: envelope)
      openedUnder.insert(id)
      openedCount += 1
      let before = openedCount
      let flat = flattened(plaintext)
      if case .resealed(let maker) = form {
        let isDue = maker.isDue(id) || openedCount > before
        if isDue { maker.append(flat.document, under: name, at: place, to: &out) } else { out.append(name, value) }
      } else {
        flat.withValue { out.append(name, $0) }
      }
    } catch {
      note(.unopened(error))
      out.append(name, value)
    }
  }

  /// With the envelopes inside opened: each stands in its own place of the document.
  private mutating func flattened(_ plaintext: SealedPlaintext) -> SealedPlaintext {
    guard plaintext.document.withView(\.holdsEnvelope) else { return plaintext }
    return SealedPlaintext { key, out in
      plaintext.withValue { value in
        // Two envelopes of one place are nobody's writing that is known.
        if value.isEnvelope { note(.foreign) }
        copyInside(value, under: key, .opened, to: &out)
      }
    }
  }

  private mutating func note(_ reason: SealingFault.Reason) { faults.append(fault(reason)) }

  private func fault(_ reason: SealingFault.Reason) -> SealingFault {
    SealingFault(path: path, reason: reason)
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
