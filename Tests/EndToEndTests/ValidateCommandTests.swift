import Foundation
import Support
import Testing

@Suite(.waiting) struct ValidateCommandTests {
  typealias Record = SyntheticRecord
  private static let fixtures = Checkout.root.appending(path: "fixtures").path
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func validFilesAreValidWithNoServerAndNoKey() throws {
    let result = try StravaStore.run(
      ["validate", "--json", "\(Self.fixtures)/valid"], environment: ["MONGODB_URI": "mongodb://127.0.0.1:1"])
    #expect(result.exitCode == 0)
    let summary = try JSONDecoder().decode(ValidateOutcome.Summary.self, from: Data(result.standardOutput))
    #expect(result.output.split(separator: "\n", omittingEmptySubsequences: false).count == 2)
    #expect(summary.total.rejected == 0)
    #expect(summary.kinds["activity"]?.valid == summary.kinds["activity"]?.read)
    let again = try StravaStore.run(["validate", "--json", "\(Self.fixtures)/valid"])
    #expect(again.output == result.output)
  }

  @Test func aBrokenFileIsReportedWithItsPosition() throws {
    let result = try StravaStore.run(["validate", "\(Self.fixtures)/invalid/negative-distance.json"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("/distance"))
    #expect(result.errors.contains("[SS032]\n  |     \"distance\": -0.1\n  |                 ^\n"))
    #expect(result.output.isEmpty)
  }

  @Test func wrongUsageIsDistinguished() throws {
    let file = "\(Self.fixtures)/valid/activities/summary.json"
    for arguments in [
      [], ["--explain", "SS999"], [file, "--rule", "SS032"], [file, "--rule", "SS032=loud"],
      // Text that cannot be read is never valid.
      [file, "--rule", "SS999=off"], [file, "--rule", "SS001=off"], [file, "--rule", "SS014=note"],
      [file, "--kind", "laps"], [file, "--fail-level", "never"], [file, "--max-findings", "0"],
      [file, "--format", "xml"], [file, "--format", "sarif", "--json"],
      [file, "--write-baseline"], [file, "--baseline", ""], [file, "--verbose", "--log-level", "info"],
    ] {
      let result = try StravaStore.run(["validate"] + arguments)
      #expect(result.exitCode == 64, "\(arguments)")
      #expect(result.output.isEmpty)
    }
    #expect(try StravaStore.run(["validate", "no-such-file.json"]).exitCode == 2)
  }

  /// The documentation names the rules whose severity cannot be set; all others can be set.
  @Test func theManualNamesTheRulesThatCannotBeSet() throws {
    let manual = try String(contentsOf: Checkout.root.appending(path: "docs/validate.md"), encoding: .utf8)
    let paragraph = try #require(manual.split(separator: "\n- ").first { $0.contains("Some rules cannot") })
    var named: Set<String> = []
    for match in paragraph.matches(of: /SS(\d{3})(?: to SS(\d{3}))?/) where match.1 != "012" {
      let first = try #require(Int(match.1))
      for number in first...(match.2.flatMap { Int($0) } ?? first) {
        named.insert("SS\(String(repeating: "0", count: number < 10 ? 2 : number < 100 ? 1 : 0))\(number)")
      }
    }
    let page = try String(contentsOf: Checkout.root.appending(path: "docs/findings.md"), encoding: .utf8)
    let rules = page.matches(of: /(?m)^## (SS\d{3})/).map { String($0.1) }
    #expect(rules.count > 60)
    let file = "\(Self.fixtures)/valid/activities/summary.json"
    let fixed = try rules.filter {
      try StravaStore.run(["validate", "--quiet", "--rule", "\($0)=off", file]).exitCode == 64
    }
    #expect(fixed == named.sorted())
  }

  // MARK: Rules

  @Test func rulesWeighWhatIsAskedFor() throws {
    let file = try folder.write(Record.summary(1).with("distance", "-1").with("new_field", "1").json, to: "a.json")
    func result(_ settings: String...) throws -> ValidateOutcome {
      try ValidateOutcome(settings.flatMap { ["--rule", $0] } + [file])
    }
    let usual = try result()
    #expect(usual.exitCode == 1)
    #expect(usual.rules == ["SS040", "SS032"])
    #expect(usual.summary.total.rejected == 1)

    let lower = try result("SS032=warning")
    #expect(lower.exitCode == 0)
    #expect(lower.findings.map(\.severity) == ["note", "warning"])
    #expect(lower.summary.total.valid == 1)

    let off = try result("SS032=off", "SS040=off")
    #expect(off.exitCode == 0)
    #expect(off.findings.isEmpty)

    let raised = try result("SS040=error", "SS032=off")
    #expect(raised.exitCode == 1)
    #expect(raised.findings.map(\.pointer) == ["/new_field"])
    #expect(raised.summary.total.rejected == 1)

    // The last option counts.
    #expect(try result("SS032=off", "SS032=note", "SS040=off").findings.map(\.severity) == ["note"])
  }

  @Test func strictIsForWhatIsNotKnown() throws {
    let record = Record.summary(1).with("new_field", "1").with("sport_type", "\"Quidditch\"")
    let file = try folder.write(record.json, to: "a.json")
    let usual = try ValidateOutcome([file])
    #expect(usual.exitCode == 0)
    #expect(Set(usual.findings.map { "\($0.rule) \($0.severity)" }) == ["SS040 note", "SS041 note"])
    let strict = try ValidateOutcome(["--strict", file])
    #expect(strict.exitCode == 1)
    #expect(Set(strict.findings.map { "\($0.rule) \($0.severity)" }) == ["SS040 error", "SS041 error"])
    #expect(try ValidateOutcome(["--strict", "--rule", "SS041=off", file]).rules == ["SS040"])
  }

  @Test func theFailLevelDecidesTheExitCode() throws {
    let warned = try folder.write(Record.summary(1).with("id", "\"91000000001\"").json, to: "warned.json")
    let noted = try folder.write(Record.summary(2).with("new_field", "1").json, to: "noted.json")
    for (file, level, exitCode) in [
      (warned, "error", 0), (warned, "warning", 1), (warned, "note", 1), (noted, "warning", 0), (noted, "note", 1),
    ] as [(String, String, Int32)] {
      #expect(try ValidateOutcome(["--fail-level", level, file]).exitCode == exitCode, "\(file) \(level)")
    }
  }

  @Test func aKindCanBeDemanded() throws {
    let file = try folder.write(
      [Record.summary(1), .athlete(), .token(athlete: .athlete()), .summary(2)].lines, to: "mixed.ndjson")
    let all = try ValidateOutcome([file])
    #expect(all.exitCode == 0)
    let activities = try ValidateOutcome(["--kind", "activity", file])
    #expect(activities.exitCode == 1)
    #expect(activities.findings.map { "\($0.rule) \($0.record ?? 0)" } == ["SS027 2", "SS027 3"])
    #expect(activities.findings.first?.message == "expected an activity, found an athlete")
    // The athlete inside a token is not a separate record of the file.
    let three = try ValidateOutcome(["--kind", "activity", "--kind", "athlete", "--kind", "token", file])
    #expect(three.exitCode == 0)
    #expect(try ValidateOutcome(["--kind", "token", "--kind", "activity", file]).findings.map(\.record) == [2])
  }

  /// Records whose fields contradict each other, also in an archive.
  @Test func fieldsAreHeldAgainstEachOther() throws {
    let odd = Record.summary(1).with("start_date_local", "\"2024-05-01T14:30:00Z\"").with("moving_time", "9999")
      .with("average_speed", "9.5").with("max_speed", "4").with("map", #"{"summary_polyline": "_p~iF"}"#)
    let file = try folder.write("[\n\(Record.summary(2).json),\n\(odd.json)]", to: "odd.json")
    let result = try ValidateOutcome([file])
    #expect(result.exitCode == 0)
    let warnings = result.findings.filter { $0.severity == "warning" }
    #expect(
      Set(warnings.map { "\($0.rule) \($0.line ?? 0) \($0.record ?? 0) \($0.pointer ?? "")" }) == [
        "SS042 3 2 /utc_offset", "SS043 3 2 /average_speed", "SS044 3 2 /moving_time",
        "SS045 3 2 /map/summary_polyline",
      ])
    #expect(try ValidateOutcome(["--fail-level", "warning", file]).exitCode == 1)
    // A rule that is raised to an error rejects the record for `validate`; import stores it.
    let raised = try ValidateOutcome(["--rule", "SS044=error", file])
    #expect(raised.exitCode == 1)
    #expect(raised.summary.total.rejected == 1)
    // As a note it is counted, and reported once.
    let lowered = try ValidateOutcome(["--rule", "SS044=note", "--fail-level", "note", "--rule", "SS042=off", file])
    #expect(lowered.findings.contains { $0.rule == "SS044" && $0.severity == "note" && $0.line == 3 })
  }

  // MARK: Positions

  /// The file is an archive, with an object around the records and one around each: positions are those in the member's
  /// text.
  @Test func placesLeadIntoArchivesAndEnvelopes() throws {
    let far = Record.summary(91_000_000_003).with("distance", "\"far\"")
    let page = """
      {
        "page": 1,
        "activities": [
          \(Record.summary(91_000_000_001).json),
          \(far.json)
        ]
      }
      """
    let negative = Record.summary(91_000_000_004).with("map", #"{"summary_polyline": 5}"#)
    let lines = [Record.summary(91_000_000_005), negative].map { #"{"name": "ünïcode 🏃", "data": \#($0.json)}"# }
    try folder.write(page, to: "inside/page.json")
    try folder.write(lines.joined(separator: "\r\n"), to: "inside/lines.ndjson")
    let packed = try Command(
      "/usr/bin/env", ["tar", "-czf", "all.tar.gz", "inside/page.json", "inside/lines.ndjson"],
      directory: folder.path
    ).run()
    #expect(packed.exitCode == 0, "\(packed.errors)")
    let archive = folder.path("all.tar.gz")
    let result = try ValidateOutcome(["--rule", "SS029=off", archive]).findings
    try #require(result.map(\.rule) == ["SS030", "SS030"])

    let first = result[0]
    #expect(first.file == archive + "/inside/page.json")
    #expect(first.record == 1)
    #expect(first.pointer == "/activities/1/distance")
    #expect(first.line == 5)
    let prefix = try #require(far.json.range(of: "\"far\"")).lowerBound
    #expect(first.column == 5 + far.json.distance(from: far.json.startIndex, to: prefix))
    #expect(
      first.offset == page.utf8.distance(from: page.startIndex, to: try #require(page.range(of: "\"far\"")).lowerBound))

    let second = result[1]
    let before = try #require(lines[1].range(of: "5}", options: .backwards)).lowerBound
    #expect(second.file == archive + "/inside/lines.ndjson")
    #expect(second.record == 2)
    #expect(second.pointer == "/data/map/summary_polyline")
    #expect(second.line == 2)
    #expect(second.column == lines[1].unicodeScalars.distance(from: lines[1].startIndex, to: before) + 1)
    #expect(second.offset == lines[0].utf8.count + 2 + lines[1].utf8.distance(from: lines[1].startIndex, to: before))
  }

  /// More findings than are shown are only counted. Those that are shown have their position, whatever the number.
  @Test func whatIsShownHasItsPlaceAndWhatIsNotIsCounted() throws {
    let bad = (1...3000).map {
      Record.summary(91_000_000_000 + Int64($0)).with("distance", "-1").with("id", "\"\($0)\"")
    }
    let file = try folder.write(bad.lines + "{\"id\": x}\n", to: "bad.ndjson")
    for format in ["json", "jsonl", "sarif", "junit", "markdown", "github", "text"] {
      let result = try StravaStore.run(["validate", "--format", format, "--max-findings", "250", file])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("3,001 errors, 3,000 warnings, 0 notes"), "\(format) \(result.errors)")
      let text = result.output + result.errors
      // The reported position is in the record's own line.
      switch format {
      case "json", "jsonl":
        let lines = text.split(separator: "\n").filter { $0.contains("\"pointer\":\"/distance\"") }
        #expect(lines.count == 250)
        for (at, line) in lines.enumerated() {
          #expect(line.contains("\"line\":\(at + 1),") && line.contains("\"offset\":"), "\(line)")
        }
      case "sarif": #expect(text.matches(of: /"startLine":\d+/).count == 500)
      case "junit": #expect(text.matches(of: /bad\.ndjson:\d+:\d+: (error|warning)/).count == 500)
      case "markdown": #expect(text.matches(of: /\| .*bad\.ndjson\\:\d+\\:\d+ \|/).count == 500)
      case "github": #expect(text.matches(of: /::(error|warning) file=[^,]*,line=\d+,col=\d+,/).count == 18)
      default: #expect(text.split(separator: "\n").compactMap(ShownFinding.init).count { $0.line != nil } == 500)
      }
    }
    // A reject file has the position of every record.
    let store = try TestStore()
    let rejects = folder.path("rejects.ndjson")
    #expect(try store.run(["--dry-run", "--rejects", rejects, file]).exitCode == 1)
    let kept = String(decoding: try folder.read("rejects.ndjson"), as: UTF8.self).split(separator: "\n")
    #expect(kept.count == 3001)
    for (at, line) in kept.enumerated() { #expect(line.contains("\"line\":\(at + 1),")) }
  }

  /// A note is reported once for each rule and field, with the position of the first.
  @Test func notesAreReportedOnceWithTheirPosition() throws {
    let records = (1...2000).map { Record.summary($0).with("name", "\"\(String(repeating: "x", count: 900))\"") }
    let noted = records.enumerated().map { $0 % 7 == 3 ? $1.with("new_field", "\($0)") : $1 }
    let file = try folder.write(noted.lines, to: "dump.ndjson")
    let result = try ValidateOutcome([file])
    #expect(result.findings.map { "\($0.rule) \($0.line ?? 0) \($0.pointer ?? "")" } == ["SS040 4 /new_field"])
    #expect(result.summary.notes == 286)
  }

  @Test func findingsOfInputsStandInTheirPlace() throws {
    let bad = Record.summary(1).with("distance", "-1")
    for name in ["a", "c", "e"] { try folder.write([Record](repeating: bad, count: 300).lines, to: "\(name).ndjson") }
    try folder.write("", to: "b.json")
    let result = try ValidateOutcome(
      ["a.ndjson", "b.json", "c.ndjson", "no-such.json", "e.ndjson"].map { folder.path($0) })
    var order: [String] = []
    for finding in result.findings {
      let name = finding.file.map { URL(filePath: $0).lastPathComponent } ?? ""
      if order.last != name { order.append(name) }
    }
    #expect(order == ["a.ndjson", "b.json", "c.ndjson", "no-such.json", "e.ndjson"])
    #expect(result.exitCode == 2)
  }

  /// Values under classed keys and under unknown keys are never shown.
  @Test func snippetsMaskWhatIsPersonal() throws {
    let record = Record.summary(1).with("start_latlng", "[95.25, 12.5]").with("embed_token", "\"secret-1\"")
      .with("distance", "\"far\"").with("api_key", "\"secret-2\"")
    let file = try folder.write("{\"cookie\": \"secret-3\", \"activity\": \(record.json)}", to: "a.json")
    for arguments in [[], ["--format", "json"], ["--format", "sarif"], ["--format", "junit"]] {
      let result = try StravaStore.run(["validate", "--rule", "SS040=warning"] + arguments + [file])
      let text = result.output + result.errors
      #expect(text.contains("SS034") && text.contains("SS040") && text.contains("SS029"))
      #expect(arguments.isEmpty ? text.contains("\"distance\": \"far\"") : true)
      for secret in ["95.25", "12.5]", "secret-"] { #expect(!text.contains(secret), "\(arguments) \(secret)") }
    }
  }

  // MARK: Explaining

  @Test func aRuleIsExplained() throws {
    let result = try StravaStore.run(["validate", "--explain", "SS005"])
    #expect(result.exitCode == 0)
    #expect(result.output.hasPrefix("SS005 Duplicate key in an object (error)\n\nWhy: "))
    #expect(result.output.contains("\n\nHow to fix: "))
    #expect(result.output.contains("\n\nExample file:\n  {\n"))
    #expect(result.output.contains("\n\nCorrected:\n  {\n"))
  }

  /// `make findings` renders the page.
  @Test func thePageOfFindingsIsUpToDate() throws {
    let page = try String(contentsOf: Checkout.root.appending(path: "docs/findings.md"), encoding: .utf8)
    #expect(try StravaStore.run(["validate", "--explain", "all"]).output == page)
  }
}
