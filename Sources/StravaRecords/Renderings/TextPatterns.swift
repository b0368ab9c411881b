/// Regular expressions for texts that have a meaning, in the syntax that ECMAScript, PCRE and Python share.
enum TextPatterns {
  /// A `StravaDate`.
  static let date = whole("(?:\(leapDay)|\(day))(?:[Tt ]\(time)(?:\(zone))?)?")

  private static let day =
    "[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    + "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
  private static let leapDay = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29"
  private static let time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]+)?"
  private static let zone = "[Zz]|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"

  /// An `ObjectID` in text.
  static let objectID = whole("[0-9A-Fa-f]{24}")

  /// A `StravaID` in text: decimal digits, without a leading zero, of at most 63 bits.
  static let identifier: String = {
    let largest = Array(String(Int64.max))
    let shorter = "[1-9][0-9]{0,\(largest.count - 2)}"
    // As many digits as the largest: the same up to some digit, which is smaller, then any.
    let asLong = largest.indices.compactMap { place -> String? in
      guard let digit = largest[place].wholeNumberValue, digit > (place == 0 ? 1 : 0) else { return nil }
      let rest = largest.count - place - 1
      return String(largest[..<place]) + "[\(place == 0 ? 1 : 0)-\(digit - 1)]" + (rest > 0 ? "[0-9]{\(rest)}" : "")
    }
    return whole("(?:" + ([shorter] + asLong + [String(largest)]).joined(separator: "|") + ")")
  }()

  /// `$` alone would let a line break at the end pass, save in ECMAScript.
  private static func whole(_ pattern: String) -> String { "^\(pattern)$(?!\\n)" }
}
