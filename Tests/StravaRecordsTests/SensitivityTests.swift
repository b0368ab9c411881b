import BSON
import StravaRecords
import Testing

@Suite struct SensitivityTests {
  @Test func everyKeyIsFoundAndNothingNearIt() {
    for member in SensitivityClass.allCases {
      #expect(!member.keys.isEmpty)
      for key in member.keys {
        #expect(SensitivityClass.of(key) == member, "\(key)")
        #expect(SensitivityClass.of(key + "x") == nil, "\(key)x")
        #expect(SensitivityClass.of(String(key.dropLast()) + "_") == nil, "\(key)")
        let document = BSONDocument { $0.append(name: key, .int32(1)) }
        let found = document.withView { view in view.compactMap { SensitivityClass.of($0) } }
        #expect(found == [member], "\(key)")
      }
    }
    for key in ["", "id", "distance", "name", "map", "Email", "a key longer than any that a table could hold"] {
      #expect(SensitivityClass.of(key) == nil, "\(key)")
    }
    let keys = SensitivityClass.allCases.flatMap(\.keys)
    #expect(Set(keys).count == keys.count)
    #expect(keys.count == 47)
  }

  private func first(_ classes: SensitivityClasses, _ record: JSON) -> String? {
    record.document.withView { SensitivityClass.firstValue(of: classes, in: $0) }
  }

  @Test func aValueIsFoundAtAnyDepth() {
    #expect(first(.secret, Sample.token) == "/refresh_token")
    #expect(first(.secret, Sample.detailed) == "/embed_token")
    #expect(first(.secret, Sample.summary) == nil)
    #expect(first([.secret, .identity], Sample.athlete) == "/username")
    #expect(first(.health, Sample.athlete) == "/weight")
    #expect(first(.location, ["a/b": [["x": ["city": "T"]]]]) == "/a~1b/0/x/city")
    #expect(first(.identity, ["efforts": [["athlete": ["firstname": "A"]]]]) == "/efforts/0/athlete/firstname")
    #expect(first([], Sample.athlete) == nil)
  }

  @Test func emptyIsNoValue() {
    let blank: JSON = ["email": nil, "bio": "", "clubs": [], "profile": [:]]
    #expect(first(.identity, blank) == nil)
    #expect(first(.identity, blank.with("clubs", [["id": 1]])) == "/clubs")
    #expect(first(.health, ["calories": 0]) == "/calories")
  }

  @Test func aStreamsDataHasItsTypesClass() {
    let stream: JSON = ["streams": [["type": "time", "data": [0]], ["data": [[47, 8]], "type": "latlng"]]]
    #expect(first(.location, stream) == "/streams/1/data")
    #expect(first(.health, ["type": "heartrate", "data": [90]]) == "/data")
    #expect(first(.health, ["type": "heartrate", "data": []]) == nil)
    #expect(first(.location, ["type": "heartrate", "data": [90]]) == nil)
    #expect(first([.health, .location], ["type": "watts", "data": [90]]) == nil)
  }
}
