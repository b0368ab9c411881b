import BSON
import StravaRecords

/// What of a stored document leaves the store.
///
/// Without the keys nothing of a sealed class does, sealed or (where somebody wrote it so) in clear. Location and health
/// rest in clear under the standard policy and do leave, unless they are dropped.
struct Disclosure: Sendable {
  /// What becomes of values of the classes that the database seals.
  enum Sealed: Sendable {
    case omit
    /// They stay as they are stored.
    case keep
    case open
  }

  let sealed: Sealed
  /// The classes that the database seals.
  let policy: SensitivityClasses
  /// Classes that are left out whatever else is asked.
  let dropped: SensitivityClasses

  /// Classes whose values are left out.
  private var hidden: SensitivityClasses { sealed == .omit ? policy.union(dropped) : dropped }

  /// Names of the classes that leave the store in clear.
  var disclosed: [String] {
    let held = sealed == .open ? dropped : policy.union(dropped)
    return SensitivityClass.allCases.filter { !held.contains(SensitivityClasses($0)) }.map(\.name)
  }

  /// Copies what of a document leaves the store.
  func copy(_ document: BSONView, of collection: String, to out: inout BSONWriter) {
    let walk = DisclosureWalk(
      rule: SealedWalk(collection: collection, classes: hidden), keepsEnvelopes: sealed == .keep,
      isThinned: !dropped.isEmpty)
    let start = out.open()
    walk.copy(document, at: .root, to: &out)
    out.close(start)
  }
}

private struct DisclosureWalk {
  /// What is left out.
  let rule: SealedWalk
  let keepsEnvelopes: Bool
  /// Some classes are dropped: an envelope that holds many classes cannot stay.
  let isThinned: Bool

  func copy(_ container: BSONView, at level: SealedWalk.Level, to out: inout BSONWriter) {
    // Runs of elements that stay as they are are copied at once.
    var run = container.base + 4
    var elements = container.makeIterator()
    while let element = elements.next() {
      let isHidden = isHidden(element, in: container, at: level)
      guard isHidden || element.value.isContainer else { continue }
      out.out.append(UnsafeRawBufferPointer(start: run, count: element.start - run))
      run = elements.at
      if isHidden { continue }
      let start = out.open(copyingHeaderOf: element)
      copy(BSONView(element.value.base), at: rule.level(inside: element, at: level), to: &out)
      out.close(start)
    }
    out.out.append(UnsafeRawBufferPointer(start: run, count: elements.at - run))
  }

  @inline(__always)
  private func isHidden(_ element: BSONElement, in container: BSONView, at level: SealedWalk.Level) -> Bool {
    if element.value.envelope != nil, !keepsEnvelopes || (level == .userRaw && isThinned) { return true }
    switch level {
    // The halves of a user are identity through and through.
    case .userRaw: return rule.classes.contains(.identity) && rule.isSealed(element, in: container, at: level)
    case .root where rule.collection == Collections.users:
      return rule.isSealed(element, in: container, at: level) || isIndexOfHidden(element)
    case .root, .object, .array: return rule.isSealed(element, in: container, at: level)
    }
  }

  /// A blind index goes with the value that it stands for.
  private func isIndexOfHidden(_ element: BSONElement) -> Bool {
    if element.hasKey("access_token_hash") { return rule.classes.contains(.secret) }
    return rule.classes.contains(.identity) && (element.hasKey("username_hash") || element.hasKey("email_hash"))
  }
}
