import BSON
import StravaRecords
import Testing

@Suite struct DateTests {
  /// Returns milliseconds since 1970, or nil.
  private func parse(_ text: String) -> StravaDate? {
    let document = BSONDocument { $0.append("d", text) }
    return document.withView { $0["d"].flatMap { StravaDate($0) } }
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0, true), ("2024-05-01T06:30:00Z", 1_714_545_000_000, true),
    ("2024-05-01t06:30:00z", 1_714_545_000_000, true), ("2024-05-01T06:30:00", 1_714_545_000_000, false),
    ("2024-05-01 06:30:00", 1_714_545_000_000, false), ("2024-05-01 06:30:00Z", 1_714_545_000_000, true),
    ("2024-05-01T06:30:00+00:00", 1_714_545_000_000, true), ("2024-05-01T12:00:00+05:30", 1_714_545_000_000, true),
    ("2024-05-01T12:00:00+0530", 1_714_545_000_000, true), ("2024-04-30T22:30:00-08", 1_714_545_000_000, true),
    ("2024-05-01", 1_714_521_600_000, false), ("2024-05-01T06:30:00.123Z", 1_714_545_000_123, true),
    ("2024-05-01T06:30:00.5", 1_714_545_000_500, false), ("2024-05-01T06:30:00.123999999Z", 1_714_545_000_123, true),
    ("2000-02-29T00:00:00Z", 951_782_400_000, true), ("1969-12-31T23:59:59.999Z", -1, true),
    ("9999-12-31T23:59:59Z", 253_402_300_799_000, true), ("0001-01-01T00:00:00Z", -62_135_596_800_000, true),
    ("1582-10-10T00:00:00Z", -12_219_724_800_000, true),
  ]) func aDateIsRead(_ text: String, _ milliseconds: Int64, _ hadZone: Bool) throws {
    let date = try #require(parse(text))
    #expect(date.date.milliseconds == milliseconds)
    #expect(date.hadZone == hadZone)
  }

  @Test(arguments: [
    "", "2024", "2024-05", "2024-5-1", "2024-05-01T", "2024-05-01T06", "2024-05-01T06:30", "2024-05-01T06:30:00X",
    "2024-05-01T06:30:00.Z", "2024-05-01T06:30:00Z ", " 2024-05-01", "2024-05-01Z", "2024-13-01", "2024-00-01",
    "2024-01-00", "2024-04-31", "2023-02-29", "1900-02-29", "2024-05-01T24:00:00Z", "2024-05-01T23:60:00Z",
    "2016-12-31T23:59:60Z", "2024-05-01T06:30:00+24:00", "2024-05-01T06:30:00+05:60", "2024-05-01T06:30:00+5",
    "2024-05-01T06:30:00+05:3", "２０２４-05-01", "2024/05/01", "-024-05-01", "20240501T063000Z",
    // Not every program that reads a database supports these years.
    "0000-12-31", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
  ]) func anythingElseIsNot(_ text: String) { #expect(parse(text) == nil) }

  @Test func oneWrongByteMakesItAnythingElse() {
    let text = Array("2024-05-01T06:30:00Z".utf8)
    for position in 0..<19 {
      for wrong in "/:?-Tp\u{1}".utf8 where wrong != text[position] {
        var bytes = text
        bytes[position] = wrong
        let wrongText = String(decoding: bytes, as: UTF8.self)
        #expect(parse(wrongText) == nil, "\(wrongText)")
      }
    }
  }

  /// The usual form is read several bytes at a time, any other form byte by byte.
  @Test func theUsualFormIsReadAsAnyOther() {
    for year in ["0000", "0001", "1900", "2000", "2023", "2024", "9999"] {
      for month in ["00", "01", "02", "06", "12", "13", "99"] {
        for day in ["00", "01", "28", "29", "30", "31", "32"] {
          for time in ["00:00:00", "23:59:59", "24:00:00", "10:60:00", "10:10:60"] {
            let (usual, other) = ("\(year)-\(month)-\(day)T\(time)Z", "\(year)-\(month)-\(day)t\(time)Z")
            #expect(parse(usual) == parse(other), "\(usual)")
          }
        }
      }
    }
  }

  @Test func theWallClockForgetsTheZone() {
    #expect(parse("2024-05-01T12:00:00+05:30")?.wallClock.milliseconds == 1_714_564_800_000)
  }
}
