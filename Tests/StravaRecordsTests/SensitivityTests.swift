import BSON
import Foundation
import StravaRecords
import Support
import Testing

@Suite struct SensitivityTests {
  @Test func theKeysAreThoseOfThePageAboutSealing() throws {
    let page = try String(contentsOf: Checkout.root.appending(path: "docs/sealing.md"), encoding: .utf8)
    for member in SensitivityClass.allCases {
      let keys = member.keys.map { "`\($0)`" }.joined(separator: " ")
      #expect(page.contains("\n| \(member.name) | \(keys) |\n"), "\(member.name)")
    }
  }

  @Test func everyKeyIsFoundAndNothingNearIt() {
    for member in SensitivityClass.allCases {
      #expect(!member.keys.isEmpty)
      for key in member.keys {
        #expect(SensitivityClass.of(key) == member, "\(key)")
        #expect(SensitivityClass.of(key + "x") == nil, "\(key)x")
        #expect(SensitivityClass.of(String(key.dropLast()) + "_") == nil, "\(key)")
        let document = BSONDocument { $0.append(name: key, .int32(1)) }
        let found = SensitivityClass.allCases.filter { candidate in
          document.withView { view in view.contains { SensitivityClasses(candidate).cover($0) } }
        }
        #expect(found == [member], "\(key)")
      }
    }
    for key in [
      "", "id", "distance", "name", "map", "resource_state", "has_heartrate",
      "a key longer than any that a table could hold",
    ] {
      #expect(SensitivityClass.of(key) == nil, "\(key)")
    }
    let keys = SensitivityClass.allCases.flatMap(\.keys)
    #expect(Set(keys).count == keys.count)
    #expect(keys.count == 51)
  }

  @Test(
    arguments: [
      ("athlete.firstname", .identity), ("athlete__firstname", .identity), ("athlete_firstname", .identity),
      ("firstName", .identity), ("First Name", .identity), ("FIRSTNAME", .identity), ("first-name", .identity),
      ("first_name", .identity),
      ("accessToken", .secret), ("strava_access_token", .secret), ("X-Authorization", .secret), ("Set-Cookie", .secret),
      ("idToken", .secret), ("db_password", .secret), ("map.summary_polyline", .location),
      ("map_summary_polyline", .location), ("activity.map.polyline", .location), ("user_email", .identity),
      ("userName", .identity), ("user_name", .identity), ("athlete_map_polyline", .location),
      ("athlete_state", .location),
      ("AverageHeartRate", .health), ("average heartrate", .health), ("profile_original", .identity),
      ("athlete.profile.", .identity), ("athlete.profile__", .identity), ("Email", .identity),
      ("start_latLng", .location),
      ("resource_state", nil), ("has_heartrate", nil), ("athlete.resource_state", nil), ("athlete_id", nil),
      ("user_id", nil),
      ("map_id", nil), ("access_token_hash", nil), ("token_expires_at", nil), ("username_hash", nil),
      ("statement", nil),
      ("weightclass", nil), ("mapcity", nil), ("athletecity", nil), (".", nil), ("__", nil), ("_", nil), ("a.", nil),
      ("map_", nil), ("athlete__", nil), ("ſex", nil), ("a.b.c.sex", .identity), ("sex.a", nil),
      ("a-key-that-no-table-could-hold-because-it-is-long.access_token", .secret),
      ("athlete.a_key_that_no_table_could_hold_because_it_is_long", nil),
    ] as [(String, SensitivityClass?)])
  func aKeyHasTheClassOfWhatItSpells(_ key: String, _ member: SensitivityClass?) {
    #expect(SensitivityClass.of(key) == member)
    let document = BSONDocument { $0.append(name: key, .int32(1)) }
    for other in SensitivityClass.allCases {
      #expect(document.withView { SensitivityClasses(other).valueCount(in: $0) } == (other == member ? 1 : 0))
    }
  }

  /// Most keys are excluded by their last letters; separators may occur between any two of them.
  @Test func aClassedKeyIsFoundWithSeparatorsAnywhere() {
    for member in SensitivityClass.allCases {
      for key in member.keys {
        let letters = key.filter { $0 != "_" }
        for index in 0...letters.count {
          let (head, tail) = (letters.prefix(index), letters.dropFirst(index))
          for separator in ["_", "-", " ", "- "] {
            #expect(SensitivityClass.of(head + separator + tail) == member, "\(head + separator + tail)")
            #expect(SensitivityClass.of((head + separator + tail).uppercased()) == member)
          }
        }
        #expect(SensitivityClass.of(letters + ".__") == member)
        #expect(SensitivityClass.of(letters + "é") == nil)
        #expect(SensitivityClass.of(letters + "1") == nil)
      }
    }
  }

  private func count(_ classes: SensitivityClasses, _ record: JSON) -> Int {
    record.document.withView { classes.valueCount(in: $0) }
  }

  @Test func valuesAreCountedAtAnyDepth() {
    #expect(count(.secret, Sample.token) == 2)
    #expect(count(.secret, Sample.detailed) == 1)
    #expect(count(.secret, Sample.summary) == 0)
    #expect(count(.location, ["a/b": [["x": ["city": "T"]]], "country": "N"]) == 2)
    #expect(count(.identity, ["efforts": [["athlete": ["firstname": "A"]], ["athlete": ["firstname": "B"]]]]) == 2)
    #expect(count([], Sample.athlete) == 0)
  }

  @Test func aClassedValueCountsOnceWithAllThatIsInIt() {
    #expect(count(.identity, ["clubs": [["profile": "p"], ["username": "u"]]]) == 1)
    #expect(count([.location, .identity], ["clubs": [["city": "T"]]]) == 1)
  }

  @Test func nullAndNoTextAreNoValues() {
    #expect(count(.identity, ["email": nil, "bio": ""]) == 0)
    #expect(count(.identity, ["clubs": [], "profile": [:]]) == 2)
    #expect(count(.health, ["calories": 0]) == 1)
  }

  @Test func aKeyOfAnArrayIsNotAName() {
    let array: JSON = ["kept": [["city", "T"]]]
    #expect(count(.location, array) == 0)
  }

  @Test func aStreamsDataHasItsTypesClass() {
    let stream: JSON = ["streams": [["type": "time", "data": [0]], ["data": [[47, 8]], "type": "latlng"]]]
    #expect(count(.location, stream) == 1)
    #expect(count(.health, ["type": "heartrate", "data": [90]]) == 1)
    #expect(count(.location, ["type": "heartrate", "data": [90]]) == 0)
    #expect(count([.health, .location], ["type": "watts", "data": [90]]) == 0)
  }
}
