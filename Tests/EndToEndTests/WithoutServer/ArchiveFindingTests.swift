import Foundation
import Support
import Testing

/// What is wrong with a table costs its row only, and is reported where it is.
@Suite(.waiting) struct ArchiveFindingTests {
  private static let athlete = ["--athlete", "900000021"]

  private func check(_ table: String, _ options: [String] = athlete) throws -> ValidateOutcome {
    let folder = try TemporaryFolder()
    return try ValidateOutcome([folder.write(table, to: "activities.csv")] + options)
  }

  @Test func aBadRowCostsItself() throws {
    let outcome = try check(
      ArchiveFixture.table(
        ["Activity Name", "Distance", "Activity Type", "Filename"],
        #"1,"Jan 5, 2020, 6:12:34 PM",One,5.01,Run,"#,
        #"2,"Jan 5, 2020, 6:12:34 PM",Too few,5.01"#,
        #"3,"Jan 5, 2020, 6:12:34 PM",Bad "quote",5.01,Run,"#,
        #"4,yesterday,"Two"#, #"lines",5.01,Run,"#,
        #"5,"Jan 5, 2020, 6:12:34 PM",Good,far,Run,"#,
        #"6,"Jan 5, 2020, 6:12:34 PM",Lost,5.01,Run,#error#"#,
        #"7,"Jan 5, 2020, 6:12:34 PM","Not closed,5.01,Run,"#,
        #"8,"Jan 5, 2020, 6:12:34 PM",Good,5.01,Run,"#))
    #expect(outcome.exitCode == 1)
    #expect(
      outcome.findings.map { "\($0.rule) \($0.line ?? 0):\($0.column ?? 0) \($0.record ?? 0) \($0.pointer ?? "-")" }
        == [
          "SS100 3:1 2 ", "SS100 4:29 3 ", "SS033 5:3 4 /export_row/Activity Date", "SS030 7:34 5 /export_row/Distance",
          "SS105 8:43 6 /export_row/Filename", "SS100 9:29 7 ",
        ])
    #expect(outcome.summary.total.read == 8)
    #expect(outcome.summary.kinds["export_row"]?.valid == 3)
    #expect(outcome.summary.total.rejected == 5)
  }

  @Test func aRowThatIsNotUTF8CostsItself() throws {
    let table = ArchiveFixture.table(
      ["Activity Name"], #"1,"Jan 5, 2020, 6:12:34 PM",?"#, #"2,"Jan 5, 2020, 6:12:34 PM",x"#)
    let folder = try TemporaryFolder()
    let path = try folder.write(table.utf8.map { $0 == UInt8(ascii: "?") ? 0xE9 : $0 }, to: "activities.csv")
    let outcome = try ValidateOutcome([path] + Self.athlete)
    #expect(outcome.rules == ["SS100"])
    #expect(outcome.findings[0].column == 29)
    #expect(outcome.summary.kinds["export_row"]?.valid == 1)
  }

  /// Only cells with numbers or dates in digits are shown.
  @Test func whatIsPersonalIsMasked() throws {
    let outcome = try check(
      ArchiveFixture.table(
        ["Average Heart Rate", "Moving Time", "Elapsed Time", "Activity Name"],
        #"1,"Jan 5, 2020, 6:12:34 PM",1x1,12.5,secret,Home"#))
    let snippets = Dictionary(
      outcome.findings.map { ($0.pointer ?? "", $0.snippet ?? "") }, uniquingKeysWith: { first, _ in first })
    #expect(snippets["/export_row/Average Heart Rate"] == "Average Heart Rate: …\n                    ^")
    #expect(snippets["/export_row/Elapsed Time"] == "Elapsed Time: …\n              ^")
    #expect(snippets["/export_row/Moving Time"] == "Moving Time: 12.5\n             ^")
  }

  @Test func anUnknownLanguageIsOneErrorThatShowsTheHeader() throws {
    let outcome = try check("Aktivitets-id,Aktivitetsdato,Navn\n1,\"1. maj 2024, 06.30.00\",Tur\n2,x,y\n")
    #expect(outcome.rules == ["SS101"])
    #expect(outcome.exitCode == 1)
    #expect(outcome.findings[0].message.hasSuffix("Aktivitets-id,Aktivitetsdato,Navn"))
    #expect(outcome.summary.total.read == 0)
  }

  @Test func unknownColumnsAndTypesAreNoted() throws {
    let outcome = try check(
      ArchiveFixture.table(["Shoe Size", "Activity Type"], #"1,"Jan 5, 2020, 6:12:34 PM",43,Quidditch"#))
    #expect(outcome.exitCode == 0)
    #expect(Set(outcome.rules) == ["SS104", "SS041"])
    let note = try #require(outcome.findings.first { $0.rule == "SS104" })
    #expect(note.message == "unknown column 'Shoe Size', kept in export_row")
  }

  @Test func ourOwnTableIsNotAnArchive() throws {
    let outcome = try check("_id,strava_activity_id,name\n1,2,x\n")
    #expect(outcome.rules == ["SS049"])
  }

  @Test func anEmptyArchiveIsValid() throws {
    let outcome = try check(ArchiveFixture.table(["Activity Name"]))
    #expect(outcome.exitCode == 0 && outcome.rules.isEmpty && outcome.summary.total.read == 0)
  }

  /// A million rows take as much memory as a thousand.
  @Test func memoryDoesNotGrowWithTheTable() throws {
    let folder = try TemporaryFolder()
    let program = """
      note = "x" * 300
      with open('activities.csv', 'w') as out:
          out.write('Activity ID,Activity Date,Activity Name,Activity Type,Moving Time,Activity Description\\n')
          for i in range(\(Soak.size(200_000, soak: 1_000_000))):
              out.write(f'{90000500001 + i},"Jan 5, 2020, 6:12:34 PM",Run {i},Run,1782.0,{note}\\n')
      """
    try ArchiveFixture.python(program, in: folder)
    let (outcome, peak, _) = try StravaStore.command(["validate", folder.path("activities.csv")] + Self.athlete)
      .measured()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(Sanitizer.isOn || peak < 64 << 20, "\(peak)")
  }
}
