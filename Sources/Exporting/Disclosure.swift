import BSON
import Sealing
import StoreAccess
import StravaRecords

/// The rules that decide which values of a stored document are exported.
///
/// Without the keys no value of a sealed class is exported, whether it is sealed or another writer stored it in clear.
/// Location and health are stored in clear under the standard policy and are exported, unless they are dropped.
package struct Disclosure: Sendable {
  /// What happens to values of the classes that the database seals.
  package enum Sealed: Sendable {
    case omit
    /// The values are exported as they are stored.
    case keep
    case decrypt
  }

  let sealed: Sealed
  /// The classes that the database seals.
  let policy: SensitivityClasses
  /// The classes that are left out in any case.
  let dropped: SensitivityClasses

  package init(sealed: Sealed, policy: SensitivityClasses, dropped: SensitivityClasses) {
    self.sealed = sealed
    self.policy = policy
    self.dropped = dropped
  }

  /// The classes whose values are left out.
  private var hidden: SensitivityClasses { sealed == .omit ? policy.union(dropped) : dropped }

  /// The names of the classes that are exported in clear.
  package var disclosed: [String] {
    let held = sealed == .decrypt ? dropped : policy.union(dropped)
    return SensitivityClasses.all.subtracting(held).names
  }

  /// Copies the exported part of a document. A `raw_data` that lacks values of some classes ends with a member that
  /// names these classes (`LeftOut`).
  package func copy(_ document: BSONView, of collection: String, to out: inout BSONWriter) {
    let start = out.begin()
    walk(collection).copy(document, at: .root, to: &out)
    out.end(start)
  }

  /// Returns the first value in a document's `raw_data`, or in its row of the account archive, that is not exported; nil
  /// if all of both is exported.
  func firstHidden(inRawOf document: BSONView, of collection: String) -> HiddenValue? {
    if hidden.isEmpty, !document.holdsEnvelope { return nil }
    let walk = walk(collection)
    for element in document
    where (element.hasKey("raw_data") || element.hasKey("export_row")) && element.value.is(.document) {
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
  /// The values that are left out.
  let rule: SealingRule
  let keepsEnvelopes: Bool
  /// True if some classes are dropped, so that an envelope which contains many classes cannot be exported.
  let isThinned: Bool
  /// True if a record that is a text or bytes is exported: its classes are not known.
  let hidesOpaque: Bool
  let endings = ClassedEndings.shared

  /// - Returns: The classes of the values that are left out.
  @discardableResult
  func copy(_ container: BSONView, at level: SealingRule.Level, to out: inout BSONWriter) -> SensitivityClasses {
    var leftOut: SensitivityClasses = []
    // Consecutive elements that do not change are copied at once.
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
      let start = out.begin(copyingHeaderOf: element)
      let inside = copy(BSONView(element.value.base), at: rule.level(inside: element, at: level), to: &out)
      if case .root = level, element.hasKey("raw_data"), element.value.is(.document) {
        LeftOut.append(inside.names, to: &out)
      }
      leftOut.formUnion(inside)
      out.end(start)
    }
    out.out.append(UnsafeRawBufferPointer(start: run, count: elements.at - run))
    return leftOut
  }

  /// Returns the classes of a value that is left out, according to its key, since the contents of an envelope are
  /// unknown. A half of a user also contains identity, and a token also contains secrets.
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

  /// Excludes most values by a check of their keys.
  @inline(__always)
  private func mayBeHidden(_ element: BSONElement, at level: SealingRule.Level) -> Bool {
    switch level {
    case .userRaw: true
    case .root where rule.isOfUsers: true
    // A `raw_data` that is a text ends in the same way as the `data` of a stream.
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

  /// Returns true for the blind index of a hidden value. A blind index is left out together with the value that it was
  /// computed from.
  private func isIndexOfHidden(_ element: BSONElement) -> Bool {
    if element.hasKey("access_token_hash") { return rule.classes.contains(.secret) }
    return rule.classes.contains(.identity) && (element.hasKey("username_hash") || element.hasKey("email_hash"))
  }
}
