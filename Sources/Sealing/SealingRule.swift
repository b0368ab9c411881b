import BSON
import FieldCrypto
import StoreAccess
import StravaRecords

/// The one rule for what in a document is sealed as a whole: a value under a key of a covered class, at any depth, and
/// the athlete and the token in a user's `raw_data`.
package struct SealingRule {
  package let collection: String
  package let classes: SensitivityClasses
  /// Whether the collection is `users`.
  package let isOfUsers: Bool

  package init(collection: String, classes: SensitivityClasses) {
    self.collection = collection
    self.classes = classes
    isOfUsers = collection == Collections.users
  }

  /// Where in the document a walk is.
  package enum Level {
    case root
    /// Directly inside the `raw_data` of a user.
    case userRaw
    /// Directly inside the `source` of a user, which says of each half where it came from.
    case userSource
    case object
    case array
  }

  /// True where the element's value is sealed whole. Null and "" never are.
  @inlinable @inline(__always)
  package func isSealed(_ element: BSONElement, in container: BSONView, at level: Level) -> Bool {
    switch level {
    case .array: false
    case .userRaw:
      // A half is one by its name, whatever it holds: a platform may keep a token here as text, or a response as it is.
      Self.isHalf(element) || classes.cover(element, in: container)
    // It has the name of the zones, and nothing of them.
    case .userSource where element.hasKey("zones") && element.value.is(.document): false
    case .root, .userSource, .object: classes.cover(element, in: container)
    }
  }

  /// True for an athlete or a token directly inside the `raw_data` of a user: it is identity through and through.
  @inlinable @inline(__always)
  package static func isHalf(_ element: BSONElement) -> Bool {
    (element.hasKey("athlete") || element.hasKey("token")) && !element.value.isBlank
  }

  /// True for a `raw_data` that is a text or bytes: nobody can tell what is in it, so none of it passes for sealed.
  @inline(__always)
  package static func isOpaqueRecord(_ element: BSONElement) -> Bool {
    element.hasKey("raw_data") && !element.value.isBlank
      && (element.value.is(.string) || element.value.is(.binary) && !element.value.isEnvelope)
  }

  /// The level inside an element that is walked into.
  @inlinable @inline(__always)
  package func level(inside element: BSONElement, at level: Level) -> Level {
    if element.value.is(.array) { return .array }
    // Patterns: in other modules a comparison of cases is a call.
    guard case .root = level, isOfUsers else { return .object }
    return element.hasKey("raw_data") ? .userRaw : element.hasKey("source") ? .userSource : .object
  }
}

extension BSONField {
  /// True for a value that begins with the head of an envelope, at any path.
  var isEnvelope: Bool { envelope.map { (try? SealedValue.keyID(of: $0)) != nil } ?? false }

  /// Bytes of a binary that is an envelope by its subtype; whether it is one, opening tells.
  @inlinable
  package var envelope: UnsafeRawBufferPointer? {
    guard let (subtype, bytes) = binary, subtype == BinarySubtype.sealed else { return nil }
    return bytes
  }
}
