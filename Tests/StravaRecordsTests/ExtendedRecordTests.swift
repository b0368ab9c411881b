import BSON
import StravaRecords
import Testing

/// Records that another program exported from MongoDB.
@Suite struct ExtendedRecordTests {
  /// The plain form of a text, and the positions of records in Extended JSON.
  private func plain(_ value: JSON) -> (document: BSONDocument, records: [String]) {
    value.document.withView { view in
      var out = BSONWriter()
      let records = ExtendedRecords.rewrite(view, into: &out)
      return (records.isEmpty ? value.document : BSONDocument(copying: BSONView(out.out.base).bytes), records)
    }
  }

  private static let canonical: JSON = [
    "_id": ["$oid": "65f0c0ffee0123456789abcd"], "id": ["$numberLong": "15000000017"],
    "resource_state": ["$numberInt": "2"], "distance": ["$numberDouble": "1001.5"],
    "moving_time": ["$numberInt": "600"], "type": "Run", "start_date": ["$date": ["$numberLong": "1714545000000"]],
    "start_date_local": ["$date": "2024-05-01T12:00:00Z"], "map": ["resource_state": ["$numberInt": "2"]],
    "best": [["$numberDecimal": "1.5"], ["$numberDecimal": "7"], ["$numberDecimal": "12345678901234567890.5"]],
  ]

  private static let asSent: JSON = [
    "id": 15_000_000_017, "resource_state": 2, "distance": 1001.5, "moving_time": 600, "type": "Run",
    "start_date": "2024-05-01T06:30:00Z", "start_date_local": "2024-05-01T12:00:00Z", "map": ["resource_state": 2],
    "best": [1.5, 7, .decimal(123_456_789_012_345_678_905, exponent: -1)],
  ]

  @Test func theRecordIsTheOneThatWasSent() {
    let read = plain(Self.canonical)
    #expect(read.records == [""])
    #expect(read.document == Self.asSent.document)
    #expect(read.document.withView { RecordKind.detect($0) } == Detected(.activity, rank: 2))
  }

  @Test func insideWrappers() {
    let read = plain(["rows": [Self.canonical, Self.asSent], "page": ["$numberInt": "5"]])
    #expect(read.records == ["/rows/0"])
    let wanted: JSON = ["rows": [Self.asSent, Self.asSent], "page": ["$numberInt": "5"]]
    #expect(read.document == wanted.document)
  }

  @Test func datesAloneShowIt() {
    let dates: JSON = [
      "id": 5, "start_date": ["$date": "2024-05-01T06:30:00Z"], "start_date_local": ["$date": 1_714_545_000_123],
    ]
    let read = plain(dates)
    #expect(read.records == [""])
    let wanted: JSON = ["id": 5, "start_date": "2024-05-01T06:30:00Z", "start_date_local": "2024-05-01T06:30:00.123Z"]
    #expect(read.document == wanted.document)
  }

  @Test(
    arguments: [
      ["id": 5, "note": ["$numberLong": "5"]], ["id": 5, "distance": ["$numberInt": "5"]],
      ["_id": ["$oid": "65f0c0ffee0123456789abcd"], "id": 5], ["id": ["$numberLong": "5", "more": 1]],
      ["id": ["$numberLong": "five"]], ["id": ["$oid": "5"]], ["id": ["$numberDouble": "NaN"]], ["id": [:]],
      ["id": ["a": 1]],
    ] as [JSON])
  func elsewhereSuchKeysStayWhatTheyAre(_ value: JSON) {
    #expect(plain(value).records == [])
  }
}
