import BSON
import FieldCrypto

extension String {
  /// Bytes that a label has at most, the digest of a longer one not counted.
  private static let longestLabel = 100

  /// A part of a file's name for a text that anybody may have written: one for each text, and it leads nowhere. Letters
  /// and digits of ASCII, `-` and `_` stay, other bytes are percent-encoded; what gets too long is cut, and ends in `~`
  /// and a digest of the text.
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
