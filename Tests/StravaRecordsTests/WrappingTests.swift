import BSON
import Findings
import StravaRecords
import Testing

@Suite struct WrappingTests {
  /// Returns the kind, pointer and enclosing athlete of each record, as `activity /data @134815`, and the wrapper's
  /// keys.
  private func found(_ value: JSON) -> (records: [String], wrapperKeys: [String]) {
    var records: [String] = []
    let keys = value.document.withView { view in
      forEachRecord(in: view) { record in
        let athlete = record.enclosingAthlete.map { " @\($0)" } ?? ""
        records.append("\(record.detected.kind.rawValue) \(record.pointer)\(athlete)")
      }
    }
    return (records, keys.map(\.name))
  }

  @Test func aRecordIsFoundAsItIs() {
    #expect(found(Sample.detailed).records == ["activity "])
    #expect(found(Sample.detailed).wrapperKeys == [])
    #expect(found(["message": "x", "errors": "y"]).records == ["api_error "])
  }

  @Test func envelopes() {
    let airbyte: JSON = ["stream": "activities", "data": Sample.summary, "emitted_at": 1_714_545_000]
    #expect(found(airbyte).records == ["activity /data"])
    #expect(found(airbyte).wrapperKeys == ["stream", "emitted_at"])
    let queue: JSON = ["activity": 15_000_000_017, "payload": Sample.summary, "received_at": "2024-05-01"]
    #expect(found(queue).records == ["activity /payload"])
    let captured: JSON = [
      "request": ["url": "https://example.com", "headers": ["Authorization": "Bearer synthetic"]],
      "response": ["status": 200, "body": [Sample.summary, Sample.summary]], "captured_at": "2024-05-01",
    ]
    #expect(found(captured).records == ["activity /response/body/0", "activity /response/body/1"])
    #expect(found(captured).wrapperKeys == ["request", "status", "captured_at"])
  }

  @Test func severalKindsInOneObject() {
    let dump: JSON = [
      "athlete": Sample.athlete, "stats": ["recent_run_totals": ["count": 1]],
      "activities": [Sample.summary.without("athlete"), Sample.summary],
    ]
    #expect(
      found(dump).records == [
        "athlete /athlete @134815", "athlete_stats /stats @134815", "activity /activities/0 @134815",
        "activity /activities/1 @134815",
      ])
    let pair: JSON = ["activity": Sample.detailed, "streams": [["type": "time", "data": [0, 1]]]]
    #expect(found(pair).records == ["activity /activity", "streams /streams"])
    let empty: JSON = ["athlete": Sample.athlete, "activities": [], "gear": nil]
    #expect(found(empty).records == ["athlete /athlete @134815"])
    #expect(found(empty).wrapperKeys == [])
  }

  @Test func theEnclosingAthleteMayStandBehind() {
    let late: JSON = ["activities": [Sample.summary], "athlete": ["id": 7, "resource_state": 1]]
    #expect(found(late).records == ["activity /activities/0 @7", "meta /athlete @7"])
    let named: JSON = ["athlete_id": 9, "activities": [Sample.summary]]
    #expect(found(named).records == ["activity /activities/0 @9"])
    let profile: JSON = ["profile": Sample.athlete, "activities": [Sample.summary]]
    #expect(found(profile).records == ["athlete /profile @134815", "activity /activities/0 @134815"])
  }

  @Test func theInnermostAthleteCounts() {
    let inner: JSON = ["athlete": ["id": 2], "activities": [Sample.summary]]
    let outer: JSON = ["athlete": ["id": 1], "more": inner, "own": [Sample.summary]]
    #expect(
      found(outer).records == [
        "meta /athlete @1", "meta /more/athlete @2", "activity /more/activities/0 @2", "activity /own/0 @1",
      ])
  }

  @Test func severalAthletesEncloseNobody() {
    let team: JSON = ["a": Sample.athlete, "b": Sample.athlete.with("id", 2), "c": Sample.summary]
    #expect(found(team).records == ["athlete /a", "athlete /b", "activity /c"])
  }

  @Test func keyedById() {
    let keyed: JSON = ["123": Sample.summary, "124": Sample.detailed, "125": ["name": "broken"]]
    #expect(found(keyed).records == ["activity /123", "activity /124", "unrecognised /125"])
    let streams: JSON = [
      "1": ["time": ["data": [0], "series_type": "time"]], "2": [["type": "time", "data": [0]]],
      "3": ["time": [0], "watts": [200]],
    ]
    #expect(found(streams).records == ["streams /1", "streams /2", "streams /3"])
  }

  @Test func arraysInArraysAndTheSameRecordsTwice() {
    let nested: JSON = ["pages": [[Sample.summary], [Sample.summary, Sample.detailed]]]
    #expect(found(nested).records == ["activity /pages/0/0", "activity /pages/1/0", "activity /pages/1/1"])
    let twice: JSON = ["new": [Sample.summary], "all": [Sample.summary]]
    #expect(found(twice).records == ["activity /new/0", "activity /all/0"])
  }

  @Test func whatIsAmongRecordsIsRefusedAndTheRestNoted() {
    let mixed: JSON = [
      "activities": [Sample.summary, ["name": "broken"], 5], "others": [["id": 1, "colour": "red"]],
      "headers": [["name": "x", "value": "y"]], "config": ["page": 1], "odd": ["id": 5, "shape": "round"],
      "tags": ["a"],
    ]
    let result = found(mixed)
    #expect(
      result.records == [
        "activity /activities/0", "unrecognised /activities/1", "unrecognised /others/0", "unrecognised /odd",
      ])
    #expect(result.wrapperKeys == ["activities", "headers", "config", "tags"])
  }

  @Test func nothingKnownInsideIsOneUnrecognisedRecord() {
    let geometry: JSON = [
      "type": "Feature", "geometry": ["type": "Point", "coordinates": [1, 2]], "list": [["id": 5]],
    ]
    #expect(found(geometry).records == ["unrecognised "])
    #expect(found(geometry).wrapperKeys == [])
    #expect(found([:]).records == ["unrecognised "])
  }

  @Test func whatHasStravasMarkIsARecordNotAWrapper() {
    let unknown: JSON = ["id": 5, "resource_state": 2, "athlete": ["id": 1], "gear": ["id": "b1", "primary": true]]
    #expect(found(unknown).records == ["unrecognised "])
    // A reference alone does not make a wrapper either.
    #expect(found(["title": "x", "athlete": ["id": 1, "resource_state": 1]]).records == ["unrecognised "])
  }

  @Test func pointersAreEscaped() {
    #expect(found(["a/b": ["c~d": Sample.summary]]).records == ["activity /a~1b/c~0d"])
  }

  @Test func athletesAreFoundSixObjectsDeepAndActivitiesAtAnyDepth() {
    for (record, kind) in [(Sample.summary, "activity"), (Sample.athlete, "athlete")] {
      var value = record
      for _ in 0..<6 { value = ["data": value] }
      // The only athlete in an object is the owner of the records in it.
      let around = kind == "athlete" ? " @134815" : ""
      #expect(found(value).records == ["\(kind) /data/data/data/data/data/data\(around)"])
      let deeper = found(["data": value]).records
      #expect(deeper == [kind == "activity" ? "activity /data/data/data/data/data/data/data" : "unrecognised "])
      var arrays: JSON = [record]
      for _ in 0..<50 { arrays = [arrays] }
      let inArrays = found(["data": arrays]).records
      let pointer = "/data" + String(repeating: "/0", count: 51)
      #expect(inArrays == [kind == "activity" ? "activity \(pointer)" : "unrecognised "])
    }
  }

  @Test func aTokensAthlete() {
    let embedded = { (token: JSON) in
      token.document.withView { TokenResponse.embeddedAthlete($0)?.detected }
    }
    #expect(embedded(Sample.token) == Detected(.athlete, rank: 2))
    #expect(embedded(Sample.token.with("athlete", Sample.athlete)) == Detected(.athlete, rank: 3))
    #expect(embedded(Sample.token.with("athlete", ["id": 1, "username": "x"])) == Detected(.athlete, rank: 2))
    for none: JSON in [[:], nil, ["id": 1, "resource_state": 1], ["firstname": "A", "lastname": "B"]] {
      #expect(embedded(Sample.token.with("athlete", none)) == nil)
    }
  }
}

/// Whole activities inside objects that are not wrappers.
@Suite struct ActivitySearchTests {
  private struct Found: Equatable {
    var records: [String]
    var wrapperKeys: [String]
  }

  /// Returns each record with its pointer and enclosing athlete, including those in unknown members of stored records.
  private func found(_ value: JSON) -> Found {
    var records: [String] = []
    func add(_ record: FoundRecord) {
      let athlete = record.enclosingAthlete.map { " @\($0)" } ?? ""
      records.append("\(record.detected.kind.rawValue) \(record.pointer)\(athlete)")
      var reader = RecordReader()
      let unknown = reader.read(record.view, record.detected).unknownMembers
      for inner in ActivitySearch(unknownMembers: unknown, of: record).found { add(inner) }
    }
    let keys = value.document.withView { forEachRecord(in: $0, add) }
    return Found(records: records, wrapperKeys: keys.map(\.name))
  }

  private let own = Sample.summary.without("athlete")

  @Test func whatIsSkippedIsSearched() {
    let event: JSON = [
      "aspect_type": "create", "object_type": "activity", "object_id": 5, "owner_id": 7, "activity": own,
    ]
    #expect(found(event) == Found(records: ["webhook_event ", "activity /activity @7"], wrapperKeys: []))
    let gear: JSON = ["id": "b5", "primary": true, "resource_state": 2, "rides": [[own], ["deep": ["er": own]]]]
    #expect(
      found(gear) == Found(records: ["gear ", "activity /rides/0/0", "activity /rides/1/deep/er"], wrapperKeys: []))
    let totals: JSON = ["recent_run_totals": ["count": 1], "athlete_id": 9, "latest": own]
    #expect(found(totals).records == ["athlete_stats ", "activity /latest @9"])
  }

  @Test func aCommentsAthleteIsNotTheActivitys() {
    let comment: JSON = [
      "id": 5, "text": "Well done.", "activity_id": 6, "resource_state": 2, "created_at": "2026-04-05T10:00:00Z",
      "athlete": ["id": 8, "firstname": "Ines"], "about": own,
    ]
    #expect(found(comment).records == ["comment ", "activity /about"])
  }

  @Test func unknownMembersOfStoredRecordsAreSearched() {
    let profile = Sample.athlete.with("activities", [own, own])
    #expect(
      found(profile).records == ["athlete ", "activity /activities/0 @134815", "activity /activities/1 @134815"])
    let token: JSON = [
      "token_type": "Bearer", "access_token": "synthetic", "athlete": ["id": 7], "first_page": [own],
    ]
    #expect(found(token).records == ["token ", "activity /first_page/0 @7"])
    let nested = Sample.summary.with("previous", [own.with("linked", own)])
    #expect(
      found(nested).records == ["activity ", "activity /previous/0 @134815", "activity /previous/0/linked @134815"])
    // Members that the schema knows are Strava's own, and not records.
    #expect(found(Sample.detailed).records == ["activity "])
  }

  @Test func whatIsNotARecordIsAWrapperOfWhatIsInIt() {
    let week: JSON = [
      "id": 17, "start_date": "2026-03-30T00:00:00Z", "moving_time": 3000, "distance": 10000.0, "type": "week",
      "activities": [Sample.summary],
    ]
    #expect(
      found(week)
        == Found(
          records: ["activity /activities/0"],
          wrapperKeys: ["id", "start_date", "moving_time", "distance", "type"]))
    let row: JSON = [
      "_id": "65f0c0ffee0123456789ab17", "user_id": 134815, "name": "Run", "raw_data": Sample.summary,
    ]
    #expect(found(row) == Found(records: ["activity /raw_data"], wrapperKeys: ["_id", "user_id", "name"]))
    var deep: JSON = ["activity": own]
    for _ in 0..<20 { deep = ["inner": deep] }
    #expect(found(deep).records.count == 1)
    let page: JSON = ["resource_state": 2, "page": 1, "results": ["items": [own]]]
    #expect(found(page).records == ["activity /results/items/0"])
  }

  @Test func anActivityBesideItsOwnRawDataIsFoundOnce() {
    let row = Sample.summary.with("raw_data", Sample.summary).with("_id", "65f0c0ffee0123456789ab17")
    #expect(found(row).records == ["activity /raw_data @134815"])
    // The `raw_data` of another program is not evidence.
    #expect(found(Sample.summary.with("raw_data", ["a": 1])).records == ["activity "])
  }

  @Test func whatTheProgramExportedIsNamed() {
    let exported: JSON = [
      "_id": "65f0c0ffee0123456789ab17", "strava_activity_id": 5, "schema_version": 1, "raw_data": Sample.summary,
      "source": ["origin": "api", "digest": "QUJD", "run": "6f9619ff-8b86-4011-b42d-00cf4fc964ff"],
    ]
    #expect(found(exported).records == ["exported_document "])
    let partial = Sample.summary.with("$left_out", ["health"])
    #expect(found(partial).records == ["partial_record "])
    #expect(found(["raw_data": partial]).records == ["partial_record /raw_data"])
    #expect(found(["dump": [["raw_data": partial]]]).records == ["partial_record /dump/0/raw_data"])
  }
}
