/// The words that other notations write where JSON has another value or no value. Each message names the word and the
/// programs that write it.
enum ForeignWords {
  /// Returns the message for the word that a text contains instead of a value; nil if the word is not known.
  ///
  /// - Parameter word: as many bytes of the text as are available. Bytes after the word are ignored.
  static func message(_ word: some Collection<UInt8>) -> String? {
    let text = String(decoding: word.prefix(16).prefix { isPart($0) }, as: UTF8.self)
    let bare = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    switch bare {
    case "NaN":
      return "\(text) is not JSON: Python's json module and pandas write it for a missing number; write null "
        + "(json.dumps with allow_nan=False reports it, DataFrame.to_json writes null)"
    case "Infinity":
      return "\(text) is not JSON: Python's json module and pandas write it for a number that overflowed; "
        + "write null, or the number"
    case "nan", "inf", "Inf", "infinity", "NAN", "INF":
      return "\(text) is not JSON: C's printf and Python's str write it for a number that is missing or overflowed; "
        + "write null"
    case "None", "True", "False":
      return "\(text) is Python, not JSON: write the record with json.dumps instead of str or print"
    case "undefined": return "undefined is JavaScript, not JSON: write the record with JSON.stringify, or write null"
    case "NULL", "Null", "nil", "NA", "N": return "\(text) is not JSON: a missing value is null"
    case "TRUE", "FALSE": return "\(text) is not JSON: write true and false in lower case"
    default: return nil
    }
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 97 <= 25 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
  }
}
