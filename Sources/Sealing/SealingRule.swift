import BSON
import FieldCrypto
import StoreAccess
import StravaRecords

/// The rule that says which elements of a document are sealed whole: a value under a key of a covered class, at any
/// depth, and the athlete and the token in a user's `raw_data`.
package struct SealingRule {
  package let collection: String
  package let classes: SensitivityClasses
  /// True if the collection is `users`.
  package let isOfUsers: Bool

  package init(collection: String, classes: SensitivityClasses) {
    self.collection = collection
    self.classes = classes
    isOfUsers = collection == Collections.users
  }

  /// The level of the document that a walk has reached.
  package enum Level {
    case root
    /// Directly inside the `raw_data` of a user.
    case userRaw
    /// Directly inside the `export_profile` of a user.
    case userProfile
    /// Directly inside the `source` of a user, which has a member for the origin of each half.
    case userSource
    case object
    case array
  }

  /// Returns true if the element's value is sealed whole. Null and "" are never sealed.
  @inlinable @inline(__always)
  package func isSealed(_ element: BSONElement, in container: BSONView, at level: Level) -> Bool {
    switch level {
    case .array: false
    case .userRaw:
      // A half is identified by its name, whatever its type: a platform may store a token here as text, or a whole
      // response.
      Self.isHalf(element) || classes.cover(element, in: container)
    case .userProfile: Self.isProfileTable(element)
    // The value has the name of the zones but is not an object of zones.
    case .userSource where element.hasKey("zones") && element.value.is(.document): false
    case .root, .userSource, .object: classes.cover(element, in: container)
    }
  }

  /// Returns true for an athlete or a token directly inside the `raw_data` of a user, which is identity as a whole.
  @inlinable @inline(__always)
  package static func isHalf(_ element: BSONElement) -> Bool {
    (element.hasKey("athlete") || element.hasKey("token")) && !element.value.isBlank
  }

  /// Returns true for a table directly inside the `export_profile` of a user, which is identity as a whole.
  @inlinable @inline(__always)
  package static func isProfileTable(_ element: BSONElement) -> Bool {
    !element.hasKey("source") && !element.value.isBlank
  }

  /// Returns true for a `raw_data` that is a text or bytes. Its contents are unknown, so no part of it counts as
  /// sealed.
  @inline(__always)
  package static func isOpaqueRecord(_ element: BSONElement) -> Bool {
    element.hasKey("raw_data") && !element.value.isBlank
      && (element.value.is(.string) || element.value.is(.binary) && !element.value.isEnvelope)
  }

  /// Returns the level inside an element that is walked.
  @inlinable @inline(__always)
  package func level(inside element: BSONElement, at level: Level) -> Level {
    if element.value.is(.array) { return .array }
    // This uses patterns because in other modules a comparison of cases is a function call.
    guard case .root = level, isOfUsers else { return .object }
    if element.hasKey("export_profile") { return .userProfile }
    return element.hasKey("raw_data") ? .userRaw : element.hasKey("source") ? .userSource : .object
  }
}

extension BSONField {
  /// Returns true for a value that begins with the header of an envelope, at any path.
  var isEnvelope: Bool { envelope.map { (try? SealedValue.keyID(of: $0)) != nil } ?? false }

  /// Returns the bytes of a binary with the subtype of an envelope. Only decryption shows whether it is a valid one.
  @inlinable
  package var envelope: UnsafeRawBufferPointer? {
    guard let (subtype, bytes) = binary, subtype == BinarySubtype.sealed else { return nil }
    return bytes
  }
}
