import BSON

/// A date and time in text. The standard form is `2024-05-01T06:30:00Z`. Variants have a fraction (truncated to
/// milliseconds), an offset (`+05:30`, `+0530`, `+05`), a space instead of the `T`, no zone (UTC is assumed), or only
/// the day (midnight is assumed).
///
/// The calendar is the proleptic Gregorian one for the years 1 to 9999, which all database clients support. Leap
/// seconds and hour 24 are invalid.
public struct StravaDate: BSONLeaf, Encodable, Sendable, Hashable {
  /// The instant.
  public let date: BSONDate
  /// The local date and time as written, stored as if it were UTC.
  public let wallClock: BSONDate
  /// Whether the text contains `Z` or an offset.
  public let hadZone: Bool

  public init?(_ field: BSONField) {
    guard let text = field.text else { return nil }
    self.init(text)
  }

  public init?(_ text: UnsafeRawBufferPointer) {
    var scan = DateScan(text)
    guard let civil = scan.civilTime(), let offset = scan.zone() else { return nil }
    hadZone = offset.isNamed
    let instant = civil - offset.seconds * 1000
    guard Self.known.contains(civil), Self.known.contains(instant) else { return nil }
    wallClock = BSONDate(milliseconds: civil)
    date = BSONDate(milliseconds: instant)
  }

  /// The valid instants, from 0001-01-01 up to but not including 10000-01-01, in milliseconds since 1970.
  private static let known: Range<Int64> = -62_135_596_800_000..<253_402_300_800_000

  /// Writes the text in Strava's form: seconds with a `Z`, and milliseconds only if they are not zero.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(date.iso8601)
  }
}

private struct DateScan {
  private let text: UnsafeRawBufferPointer
  private var at = 0

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// Reads the local date and time, and returns it in milliseconds since 1970 without regard to the zone.
  mutating func civilTime() -> Int64? {
    if let start = text.baseAddress, text.count >= DateWords.count, let words = DateWords(start) {
      at = DateWords.count
      return Self.midnight(words.year, words.month, words.day).flatMap {
        time(words.hour, words.minute, words.second, after: $0)
      }
    }
    guard let century = two(), let ofCentury = two(), skip("-"), let month = two(), skip("-"), let day = two() else {
      return nil
    }
    guard let midnight = Self.midnight(century * 100 + ofCentury, month, day) else { return nil }
    if at == text.count { return midnight }
    guard skip("T") || skip("t") || skip(" ") else { return nil }
    guard let hour = two(), skip(":"), let minute = two(), skip(":"), let second = two() else { return nil }
    return time(hour, minute, second, after: midnight)
  }

  @inline(__always)
  private mutating func time(_ hour: Int64, _ minute: Int64, _ second: Int64, after midnight: Int64) -> Int64? {
    guard hour < 24, minute < 60, second < 60, let fraction = milliseconds() else { return nil }
    return midnight + ((hour * 60 + minute) * 60 + second) * 1000 + fraction
  }

  private mutating func milliseconds() -> Int64? {
    guard skip(".") else { return 0 }
    var value: Int64 = 0
    var scale: Int64 = 100
    let start = at
    while at < text.count, text[at] &- 48 <= 9 {
      value += Int64(text[at] - 48) * scale
      scale /= 10
      at += 1
    }
    return at > start ? value : nil
  }

  /// Reads the zone, and returns its offset east of UTC in seconds; nil if the text is not a zone.
  mutating func zone() -> (seconds: Int64, isNamed: Bool)? {
    if at == text.count { return (0, false) }
    if skip("Z") || skip("z") { return at == text.count ? (0, true) : nil }
    let sign: Int64
    if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
    guard let hours = two(), hours < 24 else { return nil }
    var minutes: Int64 = 0
    if at < text.count {
      _ = skip(":")
      guard let value = two(), value < 60 else { return nil }
      minutes = value
    }
    return at == text.count ? (sign * (hours * 60 + minutes) * 60, true) : nil
  }

  @inline(__always)
  private mutating func two() -> Int64? {
    guard at + 2 <= text.count else { return nil }
    let tens = text[at] &- 48
    let ones = text[at + 1] &- 48
    guard tens <= 9, ones <= 9 else { return nil }
    at += 2
    return Int64(tens) * 10 + Int64(ones)
  }

  @inline(__always)
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard at < text.count, text[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  /// Returns the start of a day in milliseconds since 1970; nil if the day does not exist.
  @inline(__always)
  private static func midnight(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
    guard 1...12 ~= month, 1...days(in: month, of: year) ~= day else { return nil }
    return daysSince1970(year, month, day) * 86_400_000
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// For the computation, years begin in March, so that a leap day is the last day of a year.
  private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let y = (month <= 2 ? year - 1 : year) + 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let era = y / 400
    let yearOfEra = y - era * 400
    return (era - 1) * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// A date and time in the most frequent form, `2024-05-01T06:30:00`. It is parsed in 8-byte words, because two dates of
/// each record are each read twice.
private struct DateWords {
  /// The number of bytes of such a text.
  static let count = 19

  let year, month, day, hour, minute, second: Int64

  /// Parses a text.
  ///
  /// - Parameter start: the address of `count` readable bytes.
  /// - Returns: nil if a digit, a separator or the `T` is another character.
  @inline(__always)
  init?(_ start: UnsafeRawPointer) {
    // The XOR with "0000-00-", "00T00:00" and "0:00" changes each digit to its value and each separator to 0.
    let date = start.loadUnaligned(as: UInt64.self) ^ 0x2D30_302D_3030_3030
    let time = start.loadUnaligned(fromByteOffset: 8, as: UInt64.self) ^ 0x3030_3A30_3054_3030
    let rest = UInt64(start.loadUnaligned(fromByteOffset: 15, as: UInt32.self)) ^ 0x3030_3A30
    // The highest bit is set in each byte whose digit is more than 9, or whose separator is not 0.
    let wrong =
      (date & Self.low &+ 0x7F76_767F_7676_7676 | date) | (time & Self.low &+ 0x7676_7F76_767F_7676 | time)
      | (rest & Self.low &+ 0x7676_7F76 | rest)
    guard wrong & ~Self.low == 0 else { return nil }
    // Each byte is combined with the next one into a number. The number is at most 99, so it does not overflow into
    // another byte.
    let (dates, times, rests) = (date &* 10 &+ date >> 8, time &* 10 &+ time >> 8, rest &* 10 &+ rest >> 8)
    year = Self.byte(0, of: dates) * 100 + Self.byte(2, of: dates)
    month = Self.byte(5, of: dates)
    day = Self.byte(0, of: times)
    hour = Self.byte(3, of: times)
    minute = Self.byte(6, of: times)
    second = Self.byte(2, of: rests)
  }

  private static let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

  @inline(__always)
  private static func byte(_ index: UInt64, of word: UInt64) -> Int64 { Int64(word >> (index &* 8) & 0xFF) }
}
