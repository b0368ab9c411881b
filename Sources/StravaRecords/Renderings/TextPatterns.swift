/// Regular expressions for texts with a meaning, in the syntax that ECMAScript, PCRE and Python share.
enum TextPatterns {
  /// The pattern of a `StravaDate`.
  static let date = whole("(?:\(leapDay)|\(day))(?:[Tt ]\(time)(?:\(zone))?)?")

  private static let day =
    "[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    + "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
  private static let leapDay = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29"
  private static let time = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]+)?"
  private static let zone = "[Zz]|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"

  /// The pattern of an `ObjectID` in text.
  static let objectID = whole("[0-9A-Fa-f]{24}")

  /// The pattern of a `StravaID` in text: decimal digits, without a leading zero, of at most 63 bits.
  static let identifier: String = {
    let largest = Array(String(Int64.max))
    let shorter = "[1-9][0-9]{0,\(largest.count - 2)}"
    // Numbers with as many digits as the largest one: they have the same digits up to some index, then a smaller digit,
    // and then any digits.
    let asLong = largest.indices.compactMap { index -> String? in
      guard let digit = largest[index].wholeNumberValue, digit > (index == 0 ? 1 : 0) else { return nil }
      let rest = largest.count - index - 1
      return String(largest[..<index]) + "[\(index == 0 ? 1 : 0)-\(digit - 1)]" + (rest > 0 ? "[0-9]{\(rest)}" : "")
    }
    return whole("(?:" + ([shorter] + asLong + [String(largest)]).joined(separator: "|") + ")")
  }()

  /// Returns a pattern for the whole text. A `$` alone would accept a line break at the end, except in ECMAScript.
  private static func whole(_ pattern: String) -> String { "^\(pattern)$(?!\\n)" }
}
