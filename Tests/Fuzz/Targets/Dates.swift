import BSON
import Glibc
import StravaRecords

/// Checks that an accepted date is the one that the C library computes from its digits.
func checkDate(_ text: [UInt8]) throws {
  guard let date = text.withUnsafeBytes({ StravaDate($0) }) else { return }
  func number(_ range: Range<Int>) -> Int32 {
    range.upperBound <= text.count ? text[range].reduce(0) { $0 * 10 + Int32($1) - 48 } : 0
  }
  try expect(text.count >= 10, "a date of fewer than ten characters")
  var civil = tm()
  civil.tm_year = number(0..<4) - 1900
  civil.tm_mon = number(5..<7) - 1
  civil.tm_mday = number(8..<10)
  let time = text.count > 10
  civil.tm_hour = time ? number(11..<13) : 0
  civil.tm_min = time ? number(14..<16) : 0
  civil.tm_sec = time ? number(17..<19) : 0
  let normal = civil
  let seconds = timegm(&civil)
  try expect(civil.tm_mday == normal.tm_mday && civil.tm_mon == normal.tm_mon, "a day that no month has")
  let taken = date.wallClock.milliseconds
  try expect(taken - (taken % 1000 + 1000) % 1000 == Int64(seconds) * 1000, "another time than the text's")
  let offset = taken - date.date.milliseconds
  try expect(abs(offset) < 86_400_000 && offset % 60_000 == 0, "an offset of a day or more")
  try expect(date.hadZone || offset == 0, "an offset that nobody wrote")
}
