import Findings

/// The reason that a text is not a JSON record, and its position. The offset is in bytes from the start of the scanned
/// bytes.
public struct JSONError: Error, Equatable {
  public var rule: Rule
  public var offset: Int
  public var message: String

  init(_ rule: Rule, at offset: Int, _ message: String) {
    self.rule = rule
    self.offset = offset
    self.message = message
  }
}

/// Returns a byte in the form that messages use.
func shown(_ byte: UInt8, withArticle: Bool = false) -> String {
  let article = withArticle ? "a " : ""
  return switch byte {
  case 0x21...0x7E: "'\(Character(UnicodeScalar(byte)))'"
  case 0x20: "\(article)space"
  case 0x0A, 0x0D: "\(article)line break"
  case 0x09: "\(article)tab"
  case 0x80...: "\(article)non-ASCII byte"
  default: "\(article)control character U+00\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
  }
}
