import BSON
import FieldCrypto

extension String {
  /// Maximum number of bytes of a label, without the digest of a longer one.
  private static let longestLabel = 100

  /// Returns the part of a file's name for a text from untrusted input. Different texts have different labels, and no
  /// label leads to another folder. ASCII letters and digits, `-` and `_` are kept, and other bytes are
  /// percent-encoded. A label that is too long is cut and ends with `~` and a digest of the text.
  var fileLabel: String {
    var label = ""
    for byte in utf8 {
      let letter = byte.isSafeInNames ? String(UnicodeScalar(byte)) : byte.percentEncoded
      guard label.utf8.count + letter.utf8.count <= Self.longestLabel else { return "\(label)~\(digest)" }
      label += letter
    }
    return label
  }

  private var digest: Substring {
    var hash = SHA256()
    var text = self
    text.withUTF8 { hash.update(UnsafeRawBufferPointer($0)) }
    return hash.finished().withUnsafeBytes { $0.hexadecimal }.prefix(32)
  }
}

extension UInt8 {
  fileprivate var isSafeInNames: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  fileprivate var percentEncoded: String {
    let digits = String(self, radix: 16, uppercase: true)
    return "%" + (digits.count < 2 ? "0" : "") + digits
  }
}
