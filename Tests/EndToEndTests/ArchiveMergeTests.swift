import Foundation
import SeededRandom
import Support
import Testing

/// A row of the account archive beside the API's record of the same activity, beside other rows, and beside the platform.
@Suite(.waiting) struct ArchiveMergeTests {
  typealias Counts = PrintedSummary.Counts

  private static let one = ArchiveFixture.first

  /// Every language and version of the archive, through an import.
  @Test func everyLanguageAndVersionGivesTheSameFields() throws {
    let store = try TestStore()
    let folder = try TemporaryFolder()
    let set = try ArchiveFixture.write("set", in: folder, language: nil, since: nil, ["--apart", "--count", "10"])
    let done = try store.starting([set, "--exclude", "*.expected.json"]).ended()
    #expect(done.exitCode == 0, "\(done.errors)")
    let read = try #require(done.summary.kinds["export_row"])
    #expect(read.read == 9 * 18 * 10 && read.new == read.read)
    let differing = try store.python(
      """
      import pathlib
      count = 0
      for path in pathlib.Path(sys.argv[1]).glob("*.expected.json"):
          for wanted in json.loads(path.read_text()):
              count += 1
              found = activity(wanted.pop("id"))
              start = wanted.pop("start_date")
              if found["start_date"].strftime("%Y-%m-%dT%H:%M:%SZ") != start: print(path.name, "start_date")
              if found["resource_state"] != 1 or found["athlete_id"] != 900000021: print(path.name, "identity")
              for key, value in wanted.items():
                  if found.get(key) != value: print(path.name, key, found.get(key), value)
              typed = set(found) - {"_id", "user_id", "strava_activity_id", "athlete_id", "resource_state", "sport_type",
                                    "start_date", "export_row", "schema_version", "created_at", "updated_at"}
              if typed != set(wanted): print(path.name, typed ^ set(wanted))
      print(count)

      """, [set])
    #expect(differing == "1620\n")
  }

  @Test(arguments: [2, 3]) func theAPIsRecordAndTheRowNeverTouchEachOther(rank: Int) throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    let records = ArchiveFixture.apiRecords(10, rank: rank)

    let alone = try TestStore()
    try alone.importing(text: records)
    // Only the time at which a part was known to be complete moves with the document.
    let others = """
      found = activity(\(Self.one))
      found['source'].pop('as_of')
      print({k: v for k, v in found.items() if k not in ('updated_at', 'export_row')})
      """
    let before = try alone.python(others)
    let rows = try alone.starting([zip]).ended()
    #expect(rows.summary.kinds["export_row"] == Counts(read: 20, new: 10, updated: 10))
    #expect(try alone.python(others) == before)
    #expect(
      try alone.untrue(
        "activity(\(Self.one))['name'] == 'API 0'", "activity(\(Self.one))['resource_state'] == \(rank)",
        "activity(\(Self.one))['export_row']['row']['Activity Name'] == ' Morning out '",
        "activity(\(Self.one))['export_row']['locale'] == 'en'",
        "activity(\(Self.one))['export_row']['source']['origin'] == 'export'",
        "activity(\(Self.one + 10))['resource_state'] == 1", "activity(\(Self.one + 10))['name'] == ' Morning out '",
        "'raw_data' not in activity(\(Self.one + 10)) and 'source' not in activity(\(Self.one + 10))"
      ) == [])

    let reversed = try TestStore()
    try reversed.importing(paths: [zip])
    let rowAlone = "row = activity(\(Self.one))['export_row']; row['source'].pop('as_of'); print(row)"
    let row = try reversed.python(rowAlone)
    let api = try reversed.importing(text: records)
    #expect(api.summary.activities == Counts(read: 10, updated: 10))
    #expect(try reversed.python(rowAlone) == row)
    #expect(try reversed.contentWithRows() == alone.contentWithRows())

    // Both again: nothing is written.
    for store in [alone, reversed] {
      let everything = try store.everything()
      #expect(try store.starting([zip]).ended().summary.kinds["export_row"] == Counts(read: 20, unchanged: 20))
      #expect(try store.importing(text: records).summary.activities == Counts(read: 10, unchanged: 10))
      #expect(try store.everything() == everything)
    }
    try Self.isValid(alone)
  }

  /// 1,000 activities, of which the API, an old archive and a new one know different parts: in both orders, and from four
  /// importers at once.
  @Test func theEndDependsOnNoOrder() throws {
    let folder = try TemporaryFolder()
    let new = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder, ["--count", "1000"])
    let old = try ArchiveFixture.write(
      "old/\(ArchiveFixture.fileName)", in: folder.containing("old"), since: "2019-07", ["--count", "700"])
    let records = try folder.write(ArchiveFixture.apiRecords(800), to: "records.ndjson")
    let inputs = [new, old, records]

    let one = try TestStore()
    for input in inputs { #expect(try one.starting([input]).ended().exitCode == 0) }
    let wanted = try one.contentWithRows()
    #expect(wanted.count == 1001)

    let reversed = try TestStore()
    for input in inputs.reversed() { #expect(try reversed.starting([input]).ended().exitCode == 0) }
    #expect(try reversed.contentWithRows() == wanted)

    let four = try TestStore()
    let orders = [inputs, inputs.reversed(), [records, new, old], [old, records, new]]
    let running = try orders.map { try four.starting($0 + ["--batch-size", "100"]) }
    let done = try running.map { try $0.ended() }
    #expect(done.map(\.exitCode) == [0, 0, 0, 0], "\(done.map(\.errors))")
    #expect(try four.contentWithRows() == wanted)
    let sum = done.reduce(Counts()) { $0 + $1.summary.activities + ($1.summary.kinds["export_row"] ?? Counts()) }
    #expect(sum.read == 4 * 2500 && sum.new == 1000 && sum.rejected + sum.unwritten == 0)
    try Self.isValid(four)
  }

  @Test func anOlderArchiveLosesNothing() throws {
    let folder = try TemporaryFolder()
    let new = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    let old = try ArchiveFixture.write(
      "old/\(ArchiveFixture.fileName)", in: folder.containing("old"), language: "nl", since: "2019-07")
    let store = try TestStore()
    try store.importing(paths: [new])
    let everything = try store.everything()
    #expect(try store.starting([old]).ended().summary.kinds["export_row"] == Counts(read: 20, superseded: 20))
    #expect(try store.everything() == everything)

    let forward = try TestStore()
    try forward.importing(paths: [old])
    #expect(try forward.starting([new]).ended().summary.kinds["export_row"] == Counts(read: 20, updated: 20))
    #expect(try forward.contentWithRows() == store.contentWithRows())
  }

  /// Of two rows with as many filled cells, the later one stays.
  @Test func aChangedRowReplacesItsOlderVersion() throws {
    let store = try TestStore()
    let options = ["--athlete", "900000021"]
    func table(_ name: String) -> String {
      ArchiveFixture.table(["Activity Name"], "\(Self.one),\"Jan 5, 2020, 6:12:34 PM\",\(name)")
    }
    try store.importing(text: table("First"), options)
    #expect(
      try store.importing(text: table("Second"), options).summary.kinds["export_row"] == Counts(read: 1, updated: 1))
    #expect(
      try store.untrue(
        "activity(\(Self.one))['name'] == 'Second'",
        "activity(\(Self.one))['export_row']['row']['Activity Name'] == 'Second'"
      ) == [])
    // With fewer cells, it does not.
    #expect(
      try store.importing(text: table(""), options).summary.kinds["export_row"] == Counts(read: 1, superseded: 1))
  }

  /// A document of the platform keeps all its fields, and a row's fields that the platform changes are the platform's.
  @Test func thePlatformsFieldsAreKept() throws {
    let folder = try TemporaryFolder()
    let old = try ArchiveFixture.write(
      "old/\(ArchiveFixture.fileName)", in: folder.containing("old"), since: "2019-07")
    let new = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    let store = try TestStore()
    try store.python(
      """
      now = datetime.datetime(2026, 1, 1)
      db.activities.insert_one({"strava_activity_id": \(Self.one), "athlete_id": 900000021, "name": "Platform",
          "distance": 7.5, "insights": [1], "updated_at": now})
      """)
    #expect(try store.starting([old]).ended().summary.kinds["export_row"] == Counts(read: 20, new: 19, updated: 1))
    let program = """
      db.activities.update_one({"strava_activity_id": \(Self.one + 1)},
          {"$set": {"name": "Renamed", "updated_at": datetime.datetime(2027, 1, 1)}})
      """
    try store.python(program)
    #expect(try store.starting([new]).ended().summary.kinds["export_row"] == Counts(read: 20, updated: 20))
    #expect(
      try store.untrue(
        "activity(\(Self.one))['name'] == 'Platform' and activity(\(Self.one))['distance'] == 7.5",
        "activity(\(Self.one))['insights'] == [1] and 'moving_time' not in activity(\(Self.one))",
        "activity(\(Self.one))['export_row']['row']['Moving Time'] == '900.0'",
        "activity(\(Self.one + 1))['name'] == 'Renamed' and 'resource_state' not in activity(\(Self.one + 1))",
        "activity(\(Self.one + 1))['export_row']['row']['Activity Name'] == 'Lunch, \"easy\"'",
        "activity(\(Self.one + 2))['moving_time'] == 1022"
      ) == [])
    // The same once more: the platform's fields do not become the row's.
    let everything = try store.everything()
    #expect(try store.starting([new]).ended().summary.kinds["export_row"] == Counts(read: 20, unchanged: 20))
    #expect(try store.starting([old]).ended().summary.kinds["export_row"] == Counts(read: 20, superseded: 20))
    #expect(try store.everything() == everything)
  }

  @Test func aRowIsNotStoredInTheActivityOfAnotherAthlete() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    let store = try TestStore()
    try store.importing([.summary(Self.one, athlete: 900_000_001)])
    let before = try store.python("print(activity(\(Self.one)))")
    let done = try store.starting([zip]).ended()
    #expect(done.exitCode == 1)
    #expect(done.rules == ["SS056"], "\(done.errors)")
    #expect(done.summary.kinds["export_row"] == Counts(read: 20, new: 19, rejected: 1))
    #expect(try store.python("print(activity(\(Self.one)))") == before)
  }

  /// Classed columns are sealed with the fields that they fill, and an export drops them.
  @Test func classedColumnsAreSealed() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder, language: "de")
    let store = try TestStore()
    #expect(try store.starting([zip, "--seal", "health"]).ended().exitCode == 0)
    let inClear = try store.python(
      """
      sealed, clear = set(), set()
      for found in db.activities.find():
          for key, value in found["export_row"]["row"].items():
              (sealed if isinstance(value, bytes) else clear).add(key)
      print(sorted(sealed), sorted(sealed & clear))
      print(activity(\(Self.one))['export_row']['row']['Average Heart Rate'], activity(\(Self.one))['average_heartrate'])

      """)
    #expect(
      inClear == """
        ['Activity Private Note', 'Athlete Weight', 'Average Heart Rate', 'Calories', 'Max Heart Rate', \
        'Max Heart Rate (2)', 'Relative Effort', 'Relative Effort (2)'] []
        131.4 131.4

        """)
    try Self.isValid(store)
    let dropped = try StravaStore.run(
      ["export", "activities", "--decrypt", "--drop", "health"] + store.connection())
    #expect(dropped.exitCode == 0, "\(dropped.errors)")
    #expect(dropped.output.contains("Activity Private Note") && dropped.output.contains("Moving Time"))
    for column in ["Heart Rate", "Calories", "Relative Effort", "Athlete Weight"] {
      #expect(!dropped.output.contains(column), "\(column)")
    }
    let chosen = try StravaStore.run(
      ["export", "activities", "--fields", "export_row.row.Moving Time,export_row.locale"] + store.connection())
    #expect(chosen.output.hasPrefix(#"{"export_row":{"row":{"Moving Time":"#), "\(chosen.errors)")
    let refused = try StravaStore.run(["export", "activities", "--format", "raw"] + store.connection())
    #expect(refused.exitCode == 2 && refused.errors.contains("--decrypt"), "\(refused.errors)")
  }

  /// `export --format raw` gives rows that import takes again, beside the API's records.
  @Test func rawExportsComeBack() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder, language: "fr")
    let store = try TestStore()
    try store.importing(paths: [zip])
    try store.importing(text: ArchiveFixture.apiRecords(10))
    let raw = folder.path("raw.ndjson")
    let exported = try StravaStore.run(
      ["export", "all", "--format", "raw", "--decrypt", "-o", raw] + store.connection())
    #expect(exported.exitCode == 0, "\(exported.errors)")
    let other = try TestStore()
    let done = try other.starting([raw]).ended()
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.summary.kinds["export_row"]?.read == 20 && done.summary.activities == Counts(read: 10, new: 10))
    #expect(try other.contentWithRows() == store.contentWithRows())
    let everything = try store.everything()
    #expect(try store.starting([raw]).ended().summary.kinds["export_row"] == Counts(read: 20, unchanged: 20))
    #expect(try store.everything() == everything)
  }

  /// What readers of other programs are reported to stumble over, each in a row of its own.
  @Test func troublesOfOtherReadersAreNone() throws {
    let store = try TestStore()
    let table = ArchiveFixture.table(
      [
        "Activity Type", "Filename", "Distance", "Max Heart Rate", "Elapsed Time", "Distance", "Max Heart Rate",
        "Media",
      ],
      #"1,"Jan 1, 1970, 12:00:00 AM",Run,,5.01,,1782,5012.3,,"#,
      #"2,"Jan 5, 2020, 6:12:34 PM",Run,#error#,5.01,167.0,1782,5012.3,,"#,
      #"3,"Jul 5, 2020, 6:12:34 PM",Swim,,"1,500",,1782,,171.0,"#,
      #"4,"Jul 5, 2020, 6:12:34 PM",Rowing,activities/4.gpx,"10,500",,1782,10500.0,,media/missing.jpg"#)
    let done = try store.importing(text: table, ["--athlete", "900000021"])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(done.summary.kinds["export_row"] == Counts(read: 4, new: 4))
    #expect(done.findings.map(\.rule) == ["SS105"])
    #expect(
      try store.untrue(
        "activity(1)['start_date'] == datetime.datetime(1970, 1, 1)", "activity(1)['distance'] == 5012.3",
        "activity(2)['max_heartrate'] == 167 and activity(2)['export_row']['row']['Filename'] == '#error#'",
        "activity(3)['distance'] == 1500 and activity(3)['max_heartrate'] == 171",
        "activity(3)['start_date'] == datetime.datetime(2020, 7, 5, 18, 12, 34)",
        "activity(4)['distance'] == 10500 and activity(4)['export_row']['row']['Media'] == 'media/missing.jpg'",
        "all(not {'start_date_local', 'timezone', 'utc_offset', 'start_latlng'} & set(activity(n)) for n in (1, 2, 3, 4))"
      ) == [])
  }

  /// Cells that an earlier policy left in clear are sealed by `encrypt-migrate`.
  @Test func cellsInClearAreMigrated() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    let store = try TestStore()
    try store.importing(paths: [zip])
    let before = try store.contentWithRows()
    let migrated = try StravaStore.run(["encrypt-migrate", "--seal", "health"] + store.connection())
    #expect(migrated.exitCode == 0, "\(migrated.errors)")
    #expect(
      try store.untrue(
        "all(isinstance(a['export_row']['row']['Calories'], bytes) for a in db.activities.find())",
        "all(isinstance(a['export_row']['row']['Moving Time'], str) for a in db.activities.find())") == [])
    #expect(try store.contentWithRows() == before)
    try Self.isValid(store)
    #expect(try store.starting([zip]).ended().summary.kinds["export_row"] == Counts(read: 20, unchanged: 20))
  }

  @Test func aRowThatWasAlteredIsFound() throws {
    let folder = try TemporaryFolder()
    let zip = try ArchiveFixture.write(ArchiveFixture.fileName, in: folder)
    let store = try TestStore()
    try store.importing(paths: [zip])
    try store.python(
      """
      db.activities.update_one({"strava_activity_id": \(Self.one)}, {"$set": {"export_row.row.Moving Time": "1.0"}})
      db.activities.update_one({"strava_activity_id": \(Self.one + 1)}, {"$set": {"moving_time": 5}})
      """)
    let checked = try StravaStore.run(["validate"] + store.connection())
    #expect(checked.exitCode == 1)
    #expect(checked.errors.contains("[SS063]") && checked.errors.contains("/export_row/row"), "\(checked.errors)")
    #expect(checked.errors.contains("[SS064]") && checked.errors.contains("/moving_time"), "\(checked.errors)")
  }

  private static func isValid(_ store: TestStore) throws {
    let indexed = try StravaStore.run(["index", "--uri", store.database.uri, "--db", store.database.name])
    #expect(indexed.exitCode == 0, "\(indexed.errors)")
    let checked = try StravaStore.run(["validate"] + store.connection())
    #expect(checked.exitCode == 0, "\(checked.errors)")
  }
}

extension TemporaryFolder {
  /// Creates a folder in this one.
  func containing(_ name: String) throws -> TemporaryFolder {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    return self
  }
}
