import BSON
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
}
