import BSON
import Sealing
import StoreAccess
import StravaRecords

/// Decides which values of a stored document are exported.
///
/// Without the keys no value of a sealed class is exported, whether it is sealed or another writer stored it in clear.
/// Location and health are stored in clear under the standard policy and are exported, unless they are dropped.
package struct Disclosure: Sendable {
  /// What becomes of values of the classes that the database seals.
  package enum Sealed: Sendable {
    case omit
    /// They stay as they are stored.
    case keep
    case decrypt
  }

  let sealed: Sealed
  /// The classes that the database seals.
  let policy: SensitivityClasses
  /// Classes that are left out whatever else is asked.
  let dropped: SensitivityClasses

  package init(sealed: Sealed, policy: SensitivityClasses, dropped: SensitivityClasses) {
    self.sealed = sealed
    self.policy = policy
    self.dropped = dropped
  }

  /// Classes whose values are left out.
  private var hidden: SensitivityClasses { sealed == .omit ? policy.union(dropped) : dropped }

  /// Names of the classes that leave the store in clear.
  package var disclosed: [String] {
    let held = sealed == .decrypt ? dropped : policy.union(dropped)
    return SensitivityClasses.all.subtracting(held).names
  }

  /// Copies what of a document leaves the store. A `raw_data` that lacks values of some classes ends with a member that
  /// names these (`LeftOut`).
  package func copy(_ document: BSONView, of collection: String, to out: inout BSONWriter) {
    let start = out.open()
    walk(collection).copy(document, at: .root, to: &out)
    out.close(start)
  }

  /// The first value in a document's `raw_data` that does not leave the store; nil where the record leaves whole.
  func firstHidden(inRawOf document: BSONView, of collection: String) -> HiddenValue? {
    if hidden.isEmpty, !document.holdsEnvelope { return nil }
    let walk = walk(collection)
    for element in document where element.hasKey("raw_data") && element.value.is(.document) {
      if let found = walk.firstHidden(inside: element, at: .root) { return found }
    }
    return nil
  }

  private func walk(_ collection: String) -> DisclosureWalk {
    DisclosureWalk(
      rule: SealingRule(collection: collection, classes: hidden), keepsEnvelopes: sealed == .keep,
      isThinned: !dropped.isEmpty, hidesOpaque: sealed != .decrypt || !dropped.isEmpty)
  }
}

private struct DisclosureWalk {
  /// What is left out.
  let rule: SealingRule
  let keepsEnvelopes: Bool
  /// Some classes are dropped: an envelope that holds many classes cannot stay.
  let isThinned: Bool
  /// A record that is a text or bytes stays: its classes are not known.
  let hidesOpaque: Bool
  let endings = ClassedEndings.shared

  /// - Returns: classes of the values that are left out.
  @discardableResult
  func copy(_ container: BSONView, at level: SealingRule.Level, to out: inout BSONWriter) -> SensitivityClasses {
    var leftOut: SensitivityClasses = []
    // Runs of elements that stay as they are are copied at once.
    var run = container.base + 4
    var elements = container.makeIterator()
    while let element = elements.next() {
      let isHidden = mayBeHidden(element, at: level) && isHidden(element, in: container, at: level)
      guard isHidden || element.value.isContainer else { continue }
      out.out.append(UnsafeRawBufferPointer(start: run, count: element.start - run))
      run = elements.at
      if isHidden {
        leftOut.formUnion(classes(of: element, in: container, at: level))
        continue
      }
      let start = out.open(copyingHeaderOf: element)
      let inside = copy(BSONView(element.value.base), at: rule.level(inside: element, at: level), to: &out)
      if case .root = level, element.hasKey("raw_data"), element.value.is(.document) {
        LeftOut.append(inside.names, to: &out)
      }
      leftOut.formUnion(inside)
      out.close(start)
    }
    out.out.append(UnsafeRawBufferPointer(start: run, count: elements.at - run))
    return leftOut
  }

  /// The classes of a value that is left out: by its key, since nothing tells what an envelope holds. A half of a user
  /// holds identity, a token secrets, too.
  private func classes(
    of element: BSONElement, in container: BSONView, at level: SealingRule.Level
  ) -> SensitivityClasses {
    if case .userRaw = level, SealingRule.isHalf(element) {
      return element.hasKey("token") ? [.secret, .identity] : .identity
    }
    let classes = SensitivityClass.allCases.filter { SensitivityClasses($0).cover(element, in: container) }
    return classes.isEmpty ? .identity : classes.reduce(into: []) { $0.insert(SensitivityClasses($1)) }
  }

  func firstHidden(inside container: BSONElement, at level: SealingRule.Level) -> HiddenValue? {
    let view = BSONView(container.value.base)
    let inner = rule.level(inside: container, at: level)
    for element in view {
      if isHidden(element, in: view, at: inner) { return HiddenValue(element).within(container) }
      guard element.value.isContainer, let found = firstHidden(inside: element, at: inner) else { continue }
      return found.within(container)
    }
    return nil
  }

  /// Rules out most values by a look at their keys.
  @inline(__always)
  private func mayBeHidden(_ element: BSONElement, at level: SealingRule.Level) -> Bool {
    switch level {
    case .userRaw: true
    case .root where rule.isOfUsers: true
    // A `raw_data` that is a text ends as the `data` of a stream does.
    case .root, .userSource, .object: endings.mayEnd(element.key) || element.value.is(.binary)
    case .array: element.value.is(.binary)
    }
  }

  private func isHidden(_ element: BSONElement, in container: BSONView, at level: SealingRule.Level) -> Bool {
    if element.value.is(.binary), isHiddenEnvelope(element.value, at: level) { return true }
    switch level {
    case .array: return false
    case .object, .userSource: return rule.isSealed(element, in: container, at: level)
    case .userRaw:
      if SealingRule.isHalf(element) { return rule.classes.contains(.identity) }
      return rule.isSealed(element, in: container, at: level)
    case .root:
      if hidesOpaque, SealingRule.isOpaqueRecord(element) { return true }
      return rule.isSealed(element, in: container, at: level) || rule.isOfUsers && isIndexOfHidden(element)
    }
  }

  private func isHiddenEnvelope(_ value: BSONField, at level: SealingRule.Level) -> Bool {
    guard value.envelope != nil else { return false }
    if case .userRaw = level, isThinned { return true }
    return !keepsEnvelopes
  }

  /// A blind index goes with the value that it stands for.
  private func isIndexOfHidden(_ element: BSONElement) -> Bool {
    if element.hasKey("access_token_hash") { return rule.classes.contains(.secret) }
    return rule.classes.contains(.identity) && (element.hasKey("username_hash") || element.hasKey("email_hash"))
  }
}
