import BSON
import Findings
import SourceText
import StravaRecords
import Testing

/// Fields of one record that contradict each other are reported, but never a reason to reject the record.
@Suite struct CrossCheckTests {
  private func expect(_ record: JSON, _ findings: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    let reading = record.read().reading
    #expect(
      reading.findings.map { "\($0.rule.rawValue) \($0.pointer ?? "-")" } == findings, sourceLocation: sourceLocation)
    #expect(reading.findings.allSatisfy { $0.severity == .warning }, sourceLocation: sourceLocation)
    #expect(reading.model != nil, sourceLocation: sourceLocation)
  }

  @Test func whatFitsIsNotReported() {
    for record in [Sample.summary, Sample.detailed] {
      expect(record, [])
      #expect(record.notes == [])
    }
  }

  @Test func localAndUTCStart() {
    expect(Sample.summary.with("start_date_local", "2024-05-01T11:59:00Z"), ["SS042 /utc_offset"])
    // The local time's `Z` is interpreted as UTC.
    expect(Sample.summary.with("start_date_local", "2024-05-01T06:30:00Z"), ["SS042 /utc_offset"])
    expect(Sample.summary.with("utc_offset", 19_800), [])
    expect(Sample.summary.with("start_date_local", "2024-05-01T12:00:00.500Z"), [])
    expect(Sample.summary.with("start_date_local", "2024-05-01T12:00:00+05:30"), [])
    expect(Sample.summary.without("utc_offset"), [])
    // Dates without a time do not contradict the offset.
    let days = Sample.summary.with("start_date", "2024-05-02").with("start_date_local", "2024-05-01")
    expect(days, ["SS038 /start_date"])
  }

  @Test func averagesAndMaxima() {
    expect(Sample.summary.with("average_speed", 5.2), ["SS043 /average_speed"])
    expect(Sample.summary.with("average_speed", 5.1), [])
    expect(Sample.summary.with("max_speed", 0), [])
    expect(Sample.summary.with("average_heartrate", 171.5), ["SS043 /average_heartrate"])
    expect(Sample.summary.with("average_watts", 481), ["SS043 /average_watts"])
  }

  @Test func times() {
    expect(Sample.summary.with("moving_time", 3101), [])
    expect(Sample.summary.with("moving_time", 3102), ["SS044 /moving_time"])
    expect(Sample.summary.with("elapsed_time", .int(2_147_483_647)), [])
  }

  @Test func elevation() {
    expect(Sample.summary.with("elev_low", 540.3), ["SS047 /elev_low"])
    expect(Sample.summary.with("elev_low", 540.2), [])
  }

  @Test func theHeartrateFlagIsANote() {
    for record in [
      Sample.summary.with("has_heartrate", false), Sample.summary.without("average_heartrate", "max_heartrate"),
    ] {
      expect(record, [])
      #expect(record.notes == ["SS048 has_heartrate"])
    }
    #expect(Sample.summary.without("has_heartrate").notes == [])
  }

  @Test(arguments: [
    ("", true), ("_p~iF~ps|U", true), ("_p~iF~ps|U_ulLnnqC_mqNvxq`@", true), ("??", true),
    // A latitude alone, text cut in the middle of a number, a character that does not occur, and a latitude beyond the
    // pole.
    ("_p~iF", false), ("_p~iF~ps|", false), ("_p~iF ps|U", false), ("_p~iF~ps|é", false), ("_gsia@?", false),
    // A number of more than 30 bits.
    ("~~~~~~~~?", false),
  ])
  func polylines(_ line: String, _ isSound: Bool) {
    let map: JSON = ["id": "a1", "summary_polyline": .string(line), "resource_state": 2]
    expect(Sample.summary.with("map", map), isSound ? [] : ["SS045 /map/summary_polyline"])
    let full: JSON = ["id": "a1", "polyline": .string(line), "summary_polyline": "", "resource_state": 3]
    expect(Sample.detailed.with("map", full), isSound ? [] : ["SS045 /map/polyline"])
  }

  @Test func idsThatJavaScriptHasZeroed() {
    func efforts(_ ids: Int64...) -> JSON {
      Sample.detailed.with(
        "segment_efforts", .array(ids.map { ["id": .int($0), "name": "Climb", "resource_state": 2] }))
    }
    expect(efforts(3_406_982_984_112_345_678, 3_406_982_984_112_349_321), [])
    // JavaScript prints the two ids like this.
    expect(
      efforts(3_406_982_984_112_345_600, 3_406_982_984_112_349_000), ["SS046 /segment_efforts/0/id"])
    // A single such id may be chance, and one id of full length shows that no digits were lost.
    expect(efforts(3_406_982_984_112_345_600), [])
    expect(efforts(3_406_982_984_112_345_600, 3_406_982_984_112_349_000, 3_406_982_984_112_345_678), [])
    expect(efforts(9_000_000_000, 1_000_000_000_000), [])
  }
}
