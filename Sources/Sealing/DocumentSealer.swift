import BSON
import FieldCrypto
import StravaRecords

/// Copies a document's values and seals on the way those that the policy covers, each bound to its place
/// (docs/sealing.md).
///
/// A sealed value becomes one envelope around `{"v": value}`, so that any type comes back exactly. A binary is an
/// envelope already, or somebody else's; it is copied as it is.
package struct DocumentSealer: ~Copyable {
  private var walk = SealedWalk(collection: "", classes: [])
  /// False where nothing inside the top level's values is to be sealed.
  private var walksInside = true
  private var place = SealedPlace(collection: "", key: "")
  private var sealer = FieldSealer()
  /// Envelopes made for the document.
  private(set) var count = 0

  package init() {}

  /// Turns to another document, or to the same one for another write, which gets nonces of its own.
  ///
  /// - Parameters:
  ///   - key: the owning athlete's.
  ///   - inner: classes that values inside those of the record, or of its typed fields, may have.
  package mutating func begin(
    _ policy: SealingPolicy, under key: DataKey, collection: String, document: String,
    inner: SensitivityClasses = .all
  ) {
    walk = SealedWalk(collection: collection, classes: policy.classes)
    walksInside = !inner.isDisjoint(with: policy.classes)
    sealer.begin(under: key)
    count = 0
    place.begin(collection: collection, key: document)
  }

  /// Copies elements of the document's top level.
  package mutating func append(elements: UnsafeRawBufferPointer, to out: inout BSONWriter) {
    guard let start = elements.baseAddress else { return }
    var iterator = BSONView.Iterator(at: start)
    while iterator.at < start + elements.count, let element = iterator.next() { append(element, to: &out) }
  }

  /// Copies an element of the document's top level.
  mutating func append(_ element: BSONElement, to out: inout BSONWriter) {
    append(element, isSealed: walk.classes.cover(element), at: .root, to: &out)
  }

  /// Copies a document, which becomes the field of that name at the top level.
  ///
  /// - Parameter places: where those of its elements begin that may have to be sealed themselves, if that is known.
  package mutating func append(_ name: StaticString, document: BSONView, places: [UInt32]?, to out: inout BSONWriter) {
    let start = out.open(name)
    name.withUTF8Buffer { place.enter(UnsafeRawBufferPointer($0)) }
    if let places, !walksInside {
      append(document.elements(at: places), of: document, at: .object, to: &out)
    } else {
      append(document, of: document, at: .object, to: &out)
    }
    place.leave()
    out.close(start)
  }

  /// Seals a document whole.
  ///
  /// - Parameters:
  ///   - name: of the element to append.
  ///   - steps: where the value stands, from the document's root.
  package mutating func appendWhole(
    _ name: StaticString, at steps: [StaticString], document: BSONView, to out: inout BSONWriter
  ) {
    for step in steps { step.withUTF8Buffer { place.enter(UnsafeRawBufferPointer($0)) } }
    name.withUTF8Buffer {
      let value = BSONField(type: BSONType.document.rawValue, base: document.base)
      appendSealed(UnsafeRawBufferPointer($0), value, to: &out)
    }
    for _ in steps { place.leave() }
  }

  /// - Parameter elements: those of the container that are looked at, in its order.
  private mutating func append(
    _ elements: some Sequence<BSONElement>, of container: BSONView, at level: SealedWalk.Level,
    to out: inout BSONWriter
  ) {
    // Runs of elements that stay as they are are copied at once.
    var run = container.base + 4
    for element in elements {
      let isSealed = walk.isSealed(element, in: container, at: level)
      guard changes(element, isSealed) else { continue }
      out.out.append(UnsafeRawBufferPointer(start: run, count: element.start - run))
      change(element, isSealed, at: level, to: &out)
      run = element.start + element.bytes.count
    }
    out.out.append(UnsafeRawBufferPointer(start: run, count: container.base + container.count - 1 - run))
  }

  @inline(__always)
  private mutating func append(
    _ element: BSONElement, isSealed: Bool, at level: SealedWalk.Level, to out: inout BSONWriter
  ) {
    if changes(element, isSealed) { change(element, isSealed, at: level, to: &out) } else { out.append(element) }
  }

  /// False where the element is copied as it is.
  @inline(__always)
  private func changes(_ element: BSONElement, _ isSealed: Bool) -> Bool {
    isSealed ? !element.value.is(.binary) : walksInside && element.value.isContainer
  }

  private mutating func change(
    _ element: BSONElement, _ isSealed: Bool, at level: SealedWalk.Level, to out: inout BSONWriter
  ) {
    place.enter(element.key)
    if isSealed {
      appendSealed(element.key, element.value, to: &out)
    } else {
      let start = out.open(copyingHeaderOf: element)
      let inside = BSONView(element.value.base)
      append(inside, of: inside, at: walk.level(inside: element, at: level), to: &out)
      out.close(start)
    }
    place.leave()
  }

  /// The place is the value's own.
  private mutating func appendSealed(_ name: UnsafeRawBufferPointer, _ value: BSONField, to out: inout BSONWriter) {
    let start = out.openBinary(name, subtype: BinarySubtype.sealed)
    out.out.appendZeros(SealedValue.headCount)
    let plaintext = out.open()
    out.append("v", value)
    out.close(plaintext)
    out.out.appendZeros(SealedValue.tailCount)
    let envelope = out.closeBinary(start)
    sealer.seal(inPlace: envelope, at: place)
    count += 1
  }
}
