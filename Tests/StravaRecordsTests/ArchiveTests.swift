import BSON
import Findings
import Foundation
import SourceText
import StravaRecords
import Support
import Testing

/// The account archive: headers, dates and rows of `activities.csv`.
@Suite struct ArchiveTests {
  @Test(arguments: [
    ("en", "Jan 5, 2020, 6:12:34 PM", "2020-01-05T18:12:34Z"),
    ("en", "Jan 5, 2020, 12:12:34 AM", "2020-01-05T00:12:34Z"),
    ("en", "Jan 5, 2020, 12:12:34\u{202F}PM", "2020-01-05T12:12:34Z"),
    ("en", "24 Dec 2020, 08:13:59", "2020-12-24T08:13:59Z"),
    ("en", "5 Sept 2020, 08:13:59", "2020-09-05T08:13:59Z"), ("de", "05.01.2020, 06:12:34", "2020-01-05T06:12:34Z"),
    ("fr", "27 juil. 2026, 06:12:34", "2026-07-27T06:12:34Z"), ("fr", "1 août 2021 à 06:12:34", "2021-08-01T06:12:34Z"),
    ("fr", "3 févr. 2021, 06:12:34", "2021-02-03T06:12:34Z"), ("fr", "3 mars 2021, 06:12:34", "2021-03-03T06:12:34Z"),
    ("fr", "3 mai 2021, 06:12:34", "2021-05-03T06:12:34Z"), ("fr", "3 juin 2021, 06:12:34", "2021-06-03T06:12:34Z"),
    ("es-419", "2 ago 2026, 6:12:34\u{202F}p.m.", "2026-08-02T18:12:34Z"),
    ("es-419", "2 sept. 2026, 6:12:34 a.\u{A0}m.", "2026-09-02T06:12:34Z"),
    ("nl", "9 sep. 2019 18:12:34", "2019-09-09T18:12:34Z"), ("nl", "6 mrt 2026, 18:12:34", "2026-03-06T18:12:34Z"),
    ("nl", "6 mei 2019 18:12:34", "2019-05-06T18:12:34Z"),
    ("ru", "26 июл. 2026\u{202F}г., 12:12:51", "2026-07-26T12:12:51Z"),
    ("ru", "1 мая 2026\u{202F}г., 12:12:51", "2026-05-01T12:12:51Z"),
    ("ru", "1 мар. 2026 г., 12:12:51", "2026-03-01T12:12:51Z"),
    ("ja", "2026/06/29 20:14:15", "2026-06-29T20:14:15Z"), ("zh-CN", "2026年8月16日 09:01:41", "2026-08-16T09:01:41Z"),
    ("it", "5 gen 2026, 06:12:34", "2026-01-05T06:12:34Z"), ("en-2018", "2018-09-12 15:02:23", "2018-09-12T15:02:23Z"),
  ]) func aDateIsReadInItsLanguage(_ language: String, _ text: String, _ expected: String) {
    #expect(ArchiveDate(text, language: language)?.text == expected)
  }

  @Test(arguments: [
    ("en", ""), ("en", "Jan 5, 2020"), ("en", "Foo 5, 2020, 6:12:34 PM"), ("en", "Jan 5, 2020, 13:12:34 PM"),
    ("en", "Jan 5, 2020, 0:12:34 AM"), ("en", "Jan 5, 20, 6:12:34 PM"), ("en", "Jan 5 Feb, 2020, 6:12:34 PM"),
    ("de", "05.01.2020"), ("de", "05.01.2020, 06:12"), ("de", "2020.01.2020, 06:12:34"),
    ("fr", "27 Jan 2026, 06:12:34"),
    ("en", "Jan 5, 2020, 6:12:34 PM; x"), ("de", "05.01.99999, 06:12:34"), ("ru", "26 x 2026, 12:12:51"),
    ("ja", "1/2/3 4:5:6"), ("en", "5 2020 Jan, 06:12:34"),
  ]) func anythingElseIsNoDate(_ language: String, _ text: String) {
    #expect(ArchiveDate(text, language: language) == nil)
  }

  @Test func aHeaderTellsLanguageAndColumns() throws {
    let header = try #require(
      ArchiveHeader([
        "Aktivitäts-ID", " Aktivitätsdatum", "Distanz", "Max. Herzfrequenz", "Distanz", "Distanz", "Neues", "", "",
      ]))
    #expect(header.language == "de")
    #expect(
      header.names == [
        "Activity ID", "Activity Date", "Distance", "Max Heart Rate", "Distance (2)", "Distance (3)", "Neues",
        "Column 8",
        "Column 9",
      ])
    #expect(header.unknown == [5, 6, 7, 8])
  }

  /// In Russian, the two distance columns have different labels.
  @Test func theSecondDistanceIsKnownByItsLabel() throws {
    let header = try #require(ArchiveHeader(["ID тренировки", "Дата тренировки", "Дистанция", "Описание"]))
    #expect(header.names == ["Activity ID", "Activity Date", "Distance (2)", "Activity Description"])
  }

  @Test func newLabelsMayBeEnglishOrUntranslated() throws {
    let span =
      "<span class=\"translation_missing\" title=\"translation missing: nl.lib.horton_values.jump_count\">Jump Count</span>"
    let header = try #require(
      ArchiveHeader([
        "Activiteits-ID", "Datum van activiteit", span, "translation missing: nl.lib.horton_values.avg_flow",
        "Total Sets",
      ]))
    #expect(header.names.suffix(3) == ["Jump Count", "Average Flow", "Total Sets"])
    #expect(header.unknown.isEmpty)
  }

  @Test(arguments: [
    ("export_12345678.zip/activities.csv", [12_345_678]), ("a/export_5/export_6 (1).zip/x", [5, 6]),
    ("Export_7-copy.zip", [7]), ("export_8", [8]), ("export_.zip", []), ("export_9x.zip", []), ("my_export_9.zip", []),
    ("export_0.zip", []), ("activities.csv", []),
  ]) func theNameSaysWhoseArchiveItIs(_ path: String, _ athletes: [Int64]) {
    #expect(ArchiveOwner.athletes(inPath: path) == athletes)
  }

  @Test(
    arguments: [
      ("Athlete ID,Email Address\n5,a@example.com\n", 5), ("Sportler-ID,E-Mail\r\n\"6\",x\r\n", 6),
      ("email,firstname\na@example.com,Ada\n", nil), ("Athlete ID\n", nil), ("", nil), ("Email,Athlete ID\nx,7\n", 7),
    ] as [(String, Int64?)]) func theProfileSaysWhoseArchiveItIs(_ text: String, _ athlete: Int64?)
  {
    #expect(ArchiveOwner.athlete(inProfile: Array(text.utf8)) == athlete)
  }

  @Test func otherTablesAreNotActivities() {
    #expect(ArchiveHeader(["Aktivitets-id", "Aktivitetsdato", "Aktivitetsnavn"]) == nil)
    #expect(ArchiveHeader(["Activity ID", "Name"]) == nil)
    #expect(!ArchiveHeader.isHeader(Array("{\"Activity ID\": 1}".utf8)))
    #expect(ArchiveHeader.isHeader(Array("\u{FEFF}Activity ID,\"Activity Date\",Activity Na".utf8)))
    #expect(ArchiveHeader.isHeader(Array("id,date,name\r\n1,2".utf8)))
  }

  private func activity(_ cells: [String: String], _ language: String = "en") -> ([String: BSONValue], [Finding]) {
    let row = BSONDocument { out in for (key, value) in cells { out.append(name: key, .string(value)) } }
    var writer = BSONWriter()
    let start = writer.begin()
    let read = row.withView { ArchiveRow($0, language: language, to: &writer) }
    writer.end(start)
    var values: [String: BSONValue] = [:]
    for element in BSONView(writer.out.base) { values[element.keyText] = BSONValue(element.value) }
    return (values, read.findings)
  }

  @Test(arguments: [
    (["Distance": "5.01", "Activity Type": "Run"], "en", 5010.0),
    (["Distance": "5,01", "Activity Type": "Lauf"], "de", 5010),
    (["Distance": "1,234.56", "Activity Type": "Ride"], "en", 1_234_560),
    (["Distance": "1.234,56", "Activity Type": "Fietsrit"], "nl", 1_234_560),
    (["Distance": "1,500", "Activity Type": "Swim"], "en", 1500),
    (["Distance": "1.500", "Activity Type": "Zwemmen"], "nl", 1500),
    (["Distance": "1.500", "Activity Type": "Rowing"], "en", 1500),
    (["Distance": "1\u{A0}500", "Activity Type": "Плавание"], "ru", 1500),
    (["Distance": "5010.5", "Activity Type": "Run"], "en-2018", 5010.5),
    (["Distance": "5.01", "Distance (2)": "5012.39990234375"], "en", 5012.4),
  ]) func aDistanceIsInMeters(_ cells: [String: String], _ language: String, _ meters: Double) {
    #expect(activity(cells, language).0["distance"] == .double(meters))
  }

  @Test func thePreciseAndTheFirstColumnWithContentCount() {
    let (values, findings) = activity([
      "Max Heart Rate (2)": "167.0", "Commute": "", "Commute (2)": "1.0", "Total Work": "201500.0",
      "From Upload": "0.0",
      "Average Watts": "0.0", "Bike": "12345678.0", "Flagged": "2.0", "Max Speed": "6.300000190734863",
      "Elevation Low": "-500.0",
      "Average Grade Adjusted Pace": "2.5", "Activity Type": "Jog", "Elapsed Time (2)": "1782.0",
    ])
    #expect(findings.isEmpty)
    #expect(
      values == [
        "max_heartrate": .double(167), "commute": .bool(true), "kilojoules": .double(201.5), "manual": .bool(true),
        "gear_id": .string("b12345678"), "flagged": .bool(true), "max_speed": .double(6.3), "elev_low": .double(-500),
        "type": .string("Jog"), "elapsed_time": .int32(1782),
      ])
  }

  @Test(arguments: [
    (["Activity Date": "yesterday"], "SS033 /Activity Date"), (["Max Speed": "6,3"], "SS030 /Max Speed"),
    (["Max Speed": "nan"], "SS030 /Max Speed"), (["Moving Time": "0x10"], "SS030 /Moving Time"),
    (["Bike": "1.5"], "SS030 /Bike"),
    (["Commute": "yes"], "SS030 /Commute"), (["Distance": "5..1"], "SS030 /Distance"),
    (["Elevation Gain": "1e999"], "SS030 /Elevation Gain"),
  ]) func whatCannotBeReadIsAFinding(_ cells: [String: String], _ finding: String) {
    #expect(activity(cells).1.map { "\($0.rule.rawValue) \($0.pointer ?? "")" } == [finding])
  }
}

/// Account archives that are generated in every language and version.
@Suite struct ArchiveVersionTests {
  private func run(_ script: String, _ arguments: [String]) throws -> Outcome {
    try Command("/usr/bin/env", ["python3", Checkout.root.path + "/" + script] + arguments).run()
  }

  @Test func theTablesAreRenderedFromTheData() throws {
    let checked = try run("scripts/render-archive-tables", ["--check"])
    #expect(checked.exitCode == 0, "\(checked.errors)")
  }

  @Test(arguments: [false, true]) func allGiveTheSameFields(isBritish: Bool) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "archives-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let british = isBritish ? ["--british", "--language", "en"] : ["--count", "30"]
    _ = try run("fixtures/archive/generate.py", [folder.path] + british)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".expected.json")
    }
    #expect(names.count == (isBritish ? 18 : 9 * 18))
    for name in names {
      let expected =
        try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appending(path: name))) as? [[String: Any]]
      let table = folder.appending(path: name.replacing(".expected.json", with: "") + "/activities.csv").path
      let found = try rows(of: table)
      for record in try #require(expected) {
        let id = try #require(record["id"] as? Int)
        let fields = try #require(found[Int64(id)], "\(name)")
        #expect(NSDictionary(dictionary: fields) == NSDictionary(dictionary: record), "\(name) \(id)")
      }
      #expect(found.count == expected?.count)
    }
  }

  /// The fields of each row, by the row's id.
  private func rows(of path: String) throws -> [Int64: [String: Any]] {
    let text = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    return try text.withUnsafeBytes { bytes in
      var found: [Int64: [String: Any]] = [:]
      var reader = CSVReader(text: bytes)
      let hasRow = reader.next()
      #expect(hasRow)
      let header = try #require(ArchiveHeader(reader.texts), "\(path)")
      while reader.next() {
        let count = reader.cells.count
        #expect(count == header.names.count)
        let texts = reader.texts
        let row = BSONDocument { out in
          for (name, text) in zip(header.names, texts) { out.append(name: name, .string(text)) }
        }
        var writer = BSONWriter()
        let start = writer.begin()
        let read = row.withView { ArchiveRow($0, language: header.language, to: &writer) }
        writer.end(start)
        #expect(read.findings.isEmpty, "\(path) \(read.findings.map(\.message))")
        var fields: [String: Any] = [:]
        for element in BSONView(writer.out.base) {
          fields[element.keyText] =
            switch BSONValue(element.value) {
            case .string(let text): text
            case .double(let number): number
            case .int32(let number): Int(number)
            case .int64(let number): Int(number)
            case .bool(let flag): flag
            default: NSNull()
            }
        }
        if let id = fields["id"] as? Int { found[Int64(id)] = fields }
      }
      return found
    }
  }
}
