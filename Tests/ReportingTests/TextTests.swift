import Findings
import Reporting
import Testing

@Suite struct CountTableTests {
  @Test func columnsWithoutACountAreLeftOutAndTheFirstOneStays() {
    var table = CountTable(columns: ["read", "new", "rejected"])
    table.add("activity", [1200, 0, 3])
    table.add("total", [1200, 0, 3])
    #expect(
      table.render() == """
                   read  rejected
        activity  1,200         3
        total     1,200         3
        """)
    var empty = CountTable(columns: ["read", "new"])
    empty.add("total", [0, 0])
    #expect(empty.render().split(separator: "\n").first?.hasSuffix("read") == true)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (Int.min, nil)])
  func thousandsAreGrouped(_ count: Int, _ text: String?) {
    if let text { #expect(grouped(count) == text) } else { #expect(grouped(count).hasPrefix("-9,223,372")) }
  }
}

@Suite struct FindingTextTests {
  private let finding = Finding(
    .syntax, "expected a value", file: "a\u{1B}[31m.json", position: Position(line: 3, column: 7, offset: 40),
    record: 2, pointer: "/map", snippet: "{\"a\": \u{7}}\n      ^")

  @Test func aFindingIsOneLineWithPlaceSeverityAndRule() {
    let text = FindingText(hasColor: false).render(finding)
    let lines = text.split(separator: "\n")
    #expect(lines.first == "a\\u{1B}[31m.json:3:7: error: expected a value (record 2, /map) [\(Rule.syntax.rawValue)]")
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("  | ") })
  }

  @Test func nothingFromAFileReachesTheTerminalAsControl() {
    let text = FindingText(hasColor: false).render(finding)
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    #expect("a\u{202E}b\u{85}".visible == "a\\u{202E}b\\u{85}")
  }

  @Test func colourIsOnlyWhereItIsAskedFor() {
    #expect(FindingText(hasColor: true).render(finding).contains("\u{1B}[1;31merror:\u{1B}[0m"))
  }
}

@Suite struct FindingLimitTests {
  @Test func eachSeverityHasARoomOfItsOwn() {
    var limit = FindingLimit(2)
    let findings = ["1", "2", "3"].map { Finding(.syntax, $0) } + [Finding(.unknownField, "a")]
    let admitted = findings.map { limit.admits($0) }
    #expect(admitted == [true, true, false, true])
    #expect(limit.remaining(for: .error) == 0)
    var counts = FindingCounts()
    counts.add(.unknownField, Rule.unknownField.severity, count: 10)
    limit.passOver(counts)
    #expect(limit.remaining(for: Rule.unknownField.severity) == 0)
  }

  @Test func countsAreWrittenWithTheirNouns() {
    var counts = SeverityCounts()
    counts.errors = 1
    counts.warnings = 2000
    #expect(counts.text == "1 error, 2,000 warnings, 0 notes")
    #expect(counts.atLeast(.warning) == 2001 && counts.total == 2001)
  }
}
