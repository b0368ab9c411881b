import BSON
import FieldCrypto

/// The fields of a user that are found again though sealed: beside each stands a keyed hash of it.
struct BlindIndexes: Sendable {
  private let username, email, accessToken: BlindIndex

  init(_ key: IndexKey) {
    username = BlindIndex(key, of: .username)
    email = BlindIndex(key, of: .email)
    accessToken = BlindIndex(key, of: .accessToken)
  }

  private static let names: [(field: StaticString, index: StaticString)] = [
    ("username", "username_hash"), ("email", "email_hash"), ("access_token", "access_token_hash"),
  ]

  /// Indexes of values that are not there any more: they would find a user by what is somebody else's now.
  static func stale(in user: BSONView) -> [(field: StaticString, index: StaticString)] {
    names.filter { field, index in
      let value = user[field]
      return user[index] != nil && value.map { $0.isNull || $0.text?.isEmpty == true } ?? true
    }
  }

  /// Name and value of the index of a typed field; nil where it has none, or is no text, or empty.
  func index(of element: BSONElement) -> (name: StaticString, digest: Digest256)? {
    guard let text = element.value.text, !text.isEmpty else { return nil }
    if element.hasKey("username") { return ("username_hash", username.of(text)) }
    if element.hasKey("email") { return ("email_hash", email.of(text)) }
    if element.hasKey("access_token") { return ("access_token_hash", accessToken.of(text)) }
    return nil
  }
}
