/// A point in time as a date and a time of day, in UTC and the proleptic Gregorian calendar.
public struct CivilTime: Sendable, Equatable {
  /// The astronomical year: the year before 1 is 0.
  public let year: Int64
  public let month, day, hour, minute, second, millisecond: Int64
}

extension BSONDate {
  /// The date and the time of day in UTC.
  public var civil: CivilTime {
    let (days, inDay) = milliseconds.flooredDivision(by: 86_400_000)
    // In this calculation, a year begins in March, so that a leap day is its last day. An era has 400 years.
    let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return CivilTime(
      year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: dayOfYear - (153 * marchMonth + 2) / 5 + 1,
      hour: inDay / 3_600_000, minute: inDay / 60_000 % 60, second: inDay / 1000 % 60, millisecond: inDay % 1000)
  }

  /// The date as ISO 8601 text, such as `2024-05-01T06:30:00Z`. It includes milliseconds unless they are 0. A year
  /// before 0 has a minus sign, and a year after 9999 has more than four digits.
  public var iso8601: String {
    var text = ByteBuffer(capacity: 64)
    text.append(civil: civil, alwaysMilliseconds: false)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}

extension ByteBuffer {
  /// Appends a time in the format of `BSONDate.iso8601`.
  ///
  /// - Parameter alwaysMilliseconds: whether milliseconds are written even if they are 0. Readers of tables infer one
  ///   format for a whole column.
  public mutating func append(civil time: CivilTime, alwaysMilliseconds: Bool) {
    if time.year < 0 { append(UInt8(ascii: "-")) }
    append(digits: time.year.magnitude, width: 4)
    append(UInt8(ascii: "-"), time.month)
    append(UInt8(ascii: "-"), time.day)
    append(UInt8(ascii: "T"), time.hour)
    append(UInt8(ascii: ":"), time.minute)
    append(UInt8(ascii: ":"), time.second)
    if alwaysMilliseconds || time.millisecond != 0 {
      append(UInt8(ascii: "."))
      append(digits: time.millisecond.magnitude, width: 3)
    }
    append(UInt8(ascii: "Z"))
  }

  /// Appends a punctuation mark and two digits.
  @inline(__always)
  private mutating func append(_ sign: UInt8, _ value: Int64) {
    reserve(3)
    put(sign)
    put(UInt8(truncatingIfNeeded: 48 + value / 10))
    put(UInt8(truncatingIfNeeded: 48 + value % 10))
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
