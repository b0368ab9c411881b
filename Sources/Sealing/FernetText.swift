import BSON
import FieldCrypto
import StoreAccess
import StravaRecords

/// A text that looks like a Fernet token, which the platform's backend stores in place of a secret.
enum FernetText {
  private static let start = Array("gAAAA".utf8)

  static func isLike(_ text: UnsafeRawBufferPointer) -> Bool { text.starts(with: start) }

  /// Returns true for such a text under a key of a secret. It is never sealed as it is: whoever decrypted it would take
  /// the ciphertext for the secret.
  @inline(__always)
  static func isLike(_ element: BSONElement) -> Bool {
    guard let text = element.value.text, isLike(text) else { return false }
    return SensitivityClasses(.secret).cover(element)
  }

  /// Returns true for a field of a user that the backend encrypts with Fernet.
  static func isToken(_ element: BSONElement, in collection: String) -> Bool {
    collection == Collections.users && (element.hasKey("access_token") || element.hasKey("refresh_token"))
  }

  /// Returns a document with the element's name and the decrypted token; nil if the keys do not decrypt it.
  static func decrypted(_ element: BSONElement, _ keys: FernetKeys) -> BSONDocument? {
    guard let text = element.value.text else { return nil }
    return keys.decrypt(text) { plaintext in
      BSONDocument { $0.append(name: element.keyText, .string(String(decoding: plaintext, as: UTF8.self))) }
    }
  }

  /// Returns a document with the element's name and a new token of its text; nil if the element is not a text.
  static func encrypted(_ element: BSONElement, _ keys: FernetKeys) -> BSONDocument? {
    guard let text = element.value.text, !text.isEmpty,
      let token = keys.encrypt(text, time: UInt64(max(0, Clock.now.milliseconds / 1000)))
    else { return nil }
    return BSONDocument { $0.append(name: element.keyText, .string(token)) }
  }
}
