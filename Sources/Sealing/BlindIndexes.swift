import BSON
import FieldCrypto

/// The sealed fields of a user that can still be searched, because a keyed hash of each is stored with it.
package struct BlindIndexes: Sendable {
  private let username, email, accessToken: BlindIndex

  init(_ key: IndexKey) {
    username = BlindIndex(key, of: .username)
    email = BlindIndex(key, of: .email)
    accessToken = BlindIndex(key, of: .accessToken)
  }

  private static let names: [(field: StaticString, index: StaticString)] = [
    ("username", "username_hash"), ("email", "email_hash"), ("access_token", "access_token_hash"),
  ]

  /// Returns the indexes of values that no longer exist, or that a Fernet token has replaced. They would match the user
  /// for a value that another user may now have.
  static func stale(in user: BSONView) -> [(field: StaticString, index: StaticString)] {
    names.filter { field, index in
      let value = user[field]
      return user[index] != nil
        && value.map { $0.isNull || $0.text.map { $0.isEmpty || FernetText.isLike($0) } == true } ?? true
    }
  }

  /// Returns the faults of blind indexes: those of sealed values that are missing or wrong, and those of values that no
  /// longer exist.
  ///
  /// - Parameter decrypted: The same user, element by element, with sealed values decrypted.
  package func faults(of user: BSONView, decrypted: BSONView) -> [SealingFault] {
    var wrong = Self.stale(in: user).map(\.index)
    for (sealed, clear) in zip(user, decrypted) where sealed.value.is(.binary) {
      guard let index = index(of: clear) else { continue }
      let stored = user[index.name]?.binary.flatMap { Digest256(bytes: $0.bytes) }
      if stored != index.digest { wrong.append(index.name) }
    }
    return wrong.map { SealingFault(pointer: "/\($0)", reason: .wrongIndex) }
  }

  /// Returns the name and the value of the index of a typed field; nil if the field has no index, is not a text, or is
  /// empty.
  package func index(of element: BSONElement) -> (name: StaticString, digest: Digest256)? {
    guard let text = element.value.text, !text.isEmpty else { return nil }
    if element.hasKey("username") { return ("username_hash", username.of(text)) }
    if element.hasKey("email") { return ("email_hash", email.of(text)) }
    if element.hasKey("access_token") { return ("access_token_hash", accessToken.of(text)) }
    return nil
  }
}
