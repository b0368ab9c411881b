import Findings
import Testing

@Suite struct RuleTests {
  @Test func everyRuleHasItsOwnNameAndGuide() {
    #expect(Set(Rule.allCases.map(\.name)).count == Rule.allCases.count)
    for rule in Rule.allCases {
      #expect(rule.rawValue.wholeMatch(of: /SS\d{3}/) != nil, "\(rule)")
      #expect(Rule(rawValue: rule.rawValue) == rule)
    }
  }

  @Test func settingsChangeTheSeverityOfARule() {
    var settings = RuleSettings()
    settings.set(.unknownField, to: .error)
    settings.set(.unknownValue, to: .off)
    let findings = [
      Finding(.unknownField, "a field"), Finding(.unknownValue, "a value"), Finding(.syntax, "not JSON"),
    ]
    let weighed = settings.weighed(findings)
    #expect(weighed.map(\.rule) == [.unknownField, .syntax])
    #expect(weighed.map(\.severity) == [.error, Rule.syntax.severity])
    #expect(settings.severity(of: .unknownValue) == nil)
    #expect(!settings.isStandard && RuleSettings.standard.isStandard)
  }

  @Test func strictSettingsMakeUnknownNamesErrors() {
    #expect(RuleSettings.strict.severity(of: .unknownField) == .error)
    #expect(RuleSettings.standard.severity(of: .unknownField) != .error)
  }

  @Test func unreadableTextCannotBeTurnedOff() {
    #expect(!Rule.syntax.canBeSet && !Rule.tooLarge.canBeSet)
    #expect(Rule.unknownField.canBeSet)
  }
}

@Suite struct FindingCountsTests {
  @Test func countsAddUpByRuleAndSeverity() {
    var counts = FindingCounts()
    #expect(counts.isEmpty && counts.byRule.isEmpty)
    counts.add(.syntax, .error, count: 2)
    counts.add(.unknownField, .note)
    var others = FindingCounts()
    others.add(.syntax, .error)
    others.add(.unknownField, .warning, count: 5)
    counts.merge(others)
    #expect(counts.total(.error) == 3 && counts.total(.warning) == 5 && counts.total(.note) == 1)
    #expect(counts.byRule == [.error: [.syntax: 3], .note: [.unknownField: 1], .warning: [.unknownField: 5]])
  }

  @Test func mergingIntoNothingKeepsTheOtherCounts() {
    var counts = FindingCounts()
    var others = FindingCounts()
    others.add(.tooDeep, .error)
    counts.merge(others)
    counts.merge(FindingCounts())
    #expect(counts.byRule == [.error: [.tooDeep: 1]])
  }
}
