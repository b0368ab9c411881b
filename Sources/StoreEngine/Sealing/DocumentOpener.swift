import BSON
import FieldCrypto
import Mongo
import SourceText
import StravaRecords

/// Walks a stored document and opens what is sealed in it.
struct DocumentOpener {
  /// Envelopes stand under keys of every class: a policy may have been another one.
  private let walk: SealedWalk
  /// What should be sealed.
  private let wanted: SealedWalk
  private let athlete: Int64
  private let key: (KeyID) -> DataKey?
  private let resealer: EnvelopeResealer?
  private var place: SealedPlace
  private var path: [String] = []
  /// What is not as the policy wants it.
  private(set) var faults: [SealingFault] = []
  /// The keys of the envelopes that opened.
  private(set) var openedUnder: Set<KeyID> = []

  /// - Parameters:
  ///   - classes: those whose plaintext is a fault; envelopes are opened under keys of every class.
  ///   - resealer: what is under another key than its newest is sealed anew then, and the rest stays sealed.
  ///   - key: finds a data key by its id.
  init(
    _ identity: DocumentIdentity, classes: SensitivityClasses, resealer: EnvelopeResealer? = nil,
    key: @escaping (KeyID) -> DataKey?
  ) {
    walk = SealedWalk(collection: identity.collection, classes: SensitivityClasses.all)
    wanted = SealedWalk(collection: identity.collection, classes: classes)
    athlete = identity.athlete
    self.key = key
    self.resealer = resealer
    place = SealedPlace(collection: identity.collection, key: identity.key)
  }

  /// Makes a copy of the document, in place of what `copy` holds, with every envelope that opens replaced by its value.
  mutating func open(_ document: BSONView, into copy: inout BSONWriter) {
    copy.out.count = 0
    let start = copy.open()
    self.copy(document, at: .root, to: &copy)
    copy.close(start)
  }

  /// Copies an element of the document's top level, with every envelope that opens replaced by its value.
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
      return copySealed(element, to: &out)
    }
    if wanted.isSealed(element, in: container, at: level) {
      note(.plaintext)
      return out.append(element)
    }
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

  private mutating func copySealed(_ element: BSONElement, to out: inout BSONWriter) {
    guard let envelope = element.value.envelope else {
      note(.foreign)
      return out.append(element)
    }
    do throws(EnvelopeError) {
      let plaintext = try SealedValue.open(envelope, athlete: athlete, at: place, key: key)
      guard let value = SealedPlaintext(plaintext) else {
        note(.foreign)
        return out.append(element)
      }
      let id = try SealedValue.keyID(of: envelope)
      openedUnder.insert(id)
      guard let resealer else { return value.append(under: element.key, to: &out) }
      guard resealer.isDue(id) else { return out.append(element) }
      resealer.append(plaintext, under: element.key, at: place, to: &out)
    } catch {
      note(.unopened(error))
      out.append(element)
    }
  }

  private mutating func note(_ reason: SealingFault.Reason) {
    faults.append(SealingFault(pointer: path.map { "/" + JSONPath.component($0) }.joined(), reason: reason))
  }
}

/// What is inside an envelope: `{"v": value}`.
private struct SealedPlaintext {
  private let document: BSONDocument

  /// Nil for anything else.
  init?(_ bytes: [UInt8]) {
    guard let document = bytes.withUnsafeBytes({ BSONDocument(checking: $0) }), document.elements.map(\.key) == ["v"]
    else { return nil }
    self.document = document
  }

  func append(under key: UnsafeRawBufferPointer, to out: inout BSONWriter) {
    document.withView { view in
      guard let value = view["v"] else { return }
      out.append(key, value)
    }
  }
}

/// The typed fields that hold a text.
private enum StoredTexts {
  static let names: Set<String> = Set(
    RecordKind.allCases.compactMap(RecordSchema.of).flatMap(\.fields).compactMap(\.stored)
      .filter { $0.type == .string }.map(\.name))
}
