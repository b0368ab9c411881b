import BSON
import Findings
import SourceText
import StravaRecords
import Testing

@Suite struct NoteTests {
  @Test func unknownFieldsAreCounted() throws {
    var reader = RecordReader()
    let record = Sample.summary.with("new/field", 1).with("map", ["id": "a", "colour": "red"])
    for _ in 0..<3 {
      let reading = record.document.withView { reader.read($0, RecordKind.detect($0)) }
      #expect(reading.findings == [])
      #expect(reading.model != nil)
    }
    let byField = Dictionary(uniqueKeysWithValues: reader.notes.tallies.map { ($0.key.field, $0) })
    let top = try #require(byField["new/field"])
    #expect(top.key.rule == .unknownField)
    #expect(top.key.kind == .activity)
    #expect(top.value.count == 3)
    #expect(top.value.example == "/new~1field")
    #expect(byField["map.colour"]?.value.example == "/map/colour")
    #expect(byField.count == 2)
  }

  @Test func unknownValuesAreNamedOnlyWhereTheyAreNoPersonalData() {
    #expect(Sample.summary.with("sport_type", "WaterSport").notes == ["SS041 sport_type=WaterSport"])
    #expect(Sample.summary.with("type", "TrailRun").notes == ["SS041 type=TrailRun"])
    #expect(Sample.summary.with("visibility", "my friends").notes == ["SS041 visibility"])
    #expect(Sample.insight.with("insight_type", "gossip").notes == ["SS041 insight_type"])
  }

  @Test func strictMakesErrorsOfThem() {
    let findings = { (record: JSON) in
      record.read(strict: true).reading.findings.map { "\($0.rule.rawValue) \($0.pointer ?? "") \($0.severity)" }
    }
    #expect(findings(Sample.summary.with("new_field", 1)) == ["SS040 /new_field error"])
    #expect(findings(Sample.summary.with("sport_type", "WaterSport")) == ["SS041 /sport_type error"])
    #expect(Sample.summary.with("new_field", 1).read(strict: true).notes.isEmpty)
  }

  @Test func whatIsInsideLapsAndEffortsIsNobodysBusiness() {
    let odd = Sample.detailed.with("laps", [["what": "ever"]]).with("similar_activities", ["x": 1])
    #expect(odd.notes == [])
  }

  @Test func countsMerge() {
    var a = NoteCounts()
    var b = NoteCounts()
    a.add(.unknownField, .activity, field: "x", at: "/x")
    b.add(.unknownField, .activity, field: "x", at: "/other")
    b.add(.unknownField, .athlete, field: "x", at: "/x")
    a.merge(b)
    #expect(a.tallies.values.map(\.count).sorted() == [1, 2])
    #expect(a.tallies.first { $0.value.count == 2 }?.value.example == "/x")
  }

  @Test func memoryIsBounded() {
    var notes = NoteCounts()
    for i in 0..<(NoteCounts.limit + 50) { notes.add(.unknownField, .activity, field: "field\(i)") }
    notes.add(.unknownField, .activity, field: "field0")
    #expect(notes.tallies.count == NoteCounts.limit)
    #expect(notes.others == 50)
    var long = NoteCounts()
    long.add(.unknownField, .activity, field: String(repeating: "x", count: 10_000))
    #expect(long.tallies.keys.allSatisfy { $0.field.count <= 100 })
  }
}
