import BSON
import Foundation
import StravaRecords
import Testing

/// Models encode to what Strava sends, under Strava's names.
@Suite struct EncodingTests {
  private func encoded(_ record: JSON) throws -> NSDictionary {
    let model = try #require(record.read().reading.model)
    let data =
      switch model {
      case .activity(let model): try JSONEncoder().encode(model.value)
      case .athlete(let model): try JSONEncoder().encode(model)
      case .token(let model): try JSONEncoder().encode(model)
      case .insight(let model): try JSONEncoder().encode(model)
      // They are kept as the bytes of the input.
      case .athleteZones: Data()
      }
    return try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
  }

  @Test func anActivity() throws {
    let json = try encoded(Sample.detailed)
    #expect(json["id"] as? Int64 == 15_000_000_017)
    #expect(json["start_date"] as? String == "2024-05-01T06:30:00Z")
    #expect(json["start_date_local"] as? String == "2024-05-01T12:00:00Z")
    #expect(json["start_latlng"] as? [Double] == [47.25, 8])
    #expect(json["athlete"] as? [String: Int] == ["id": 134_815])
    #expect(json["private"] as? Bool == true)
    #expect(json.count == Activity.CodingKeys.allCases.count)
    let none = try encoded(Sample.summary.with("start_latlng", []))
    #expect(none["start_latlng"] as? [Double] == [])
  }

  @Test func tokensAndInsights() throws {
    #expect(try encoded(Sample.token)["expires_at"] as? Int == 1_714_545_000)
    let insight = try encoded(Sample.insight)
    #expect(insight["user_id"] as? String == "65f0c0ffee0123456789abcd")
    #expect(insight["activity_id"] as? Int64 == 15_000_000_017)
  }

  @Test(arguments: [
    "1969-12-31T23:59:59.999Z", "2000-02-29T00:00:00Z", "0001-01-01T00:00:00Z", "1600-12-31T23:59:59Z",
    "9999-12-31T23:59:59.001Z", "1900-03-01T01:02:03Z", "2024-02-29T12:00:00.120Z",
  ]) func datesComeBack(_ text: String) throws {
    let json = try encoded(Sample.athlete.with("updated_at", .string(text)))
    #expect(json["updated_at"] as? String == text)
  }

  @Test func aWallClockComesBackWithoutItsZone() throws {
    let local = Sample.summary.with("start_date_local", "2024-05-01T12:00:00")
    #expect(try encoded(local)["start_date_local"] as? String == "2024-05-01T12:00:00Z")
  }
}
