import Foundation
import Support
import Testing

/// The object around records names their owner, whatever its size, and a broken record in it affects only itself.
@Suite(.waiting) struct WrapperTests {
  typealias Record = SyntheticRecord
  let store: TestStore

  init() throws { store = try TestStore() }

  /// Five activities without an athlete, as JSON; the third has this name.
  private func activities(third name: [UInt8], from first: Int64 = 1) -> [UInt8] {
    (first..<first + 5).map { id in
      let json = Record.summary(id).without("athlete").with("name", "@").json
      let parts = json.split(separator: "@", maxSplits: 1).map { Array($0.utf8) }
      return parts[0] + (id == first + 2 ? name : Array("\"Run\"".utf8)) + parts[1]
    }.joined(separator: Array(", ".utf8)).map(\.self)
  }

  private func stored() throws -> [String] {
    let text = try store.pymongo.run(
      """
      found = db.activities.find({}, {'strava_activity_id': 1, 'athlete_id': 1}).sort('strava_activity_id', 1)
      print(json.dumps([f"{a['strava_activity_id']} of {a['athlete_id']}" for a in found]))
      """)
    return try JSONDecoder().decode([String].self, from: Data(text.utf8))
  }

  @Test(arguments: [
    (#""Run \ud83d""#, "SS004"), (#""a", "name": "b""#, "SS005"), (String(repeating: "9", count: 40), "SS008"),
    ("NaN", "SS001"),
  ])
  func aBrokenRecordCostsOnlyItself(name: String, rule: String) throws {
    // Its athlete comes after the records, in a wrapper of its own.
    let text = "{\"page\": 1, \"data\": {\"activities\": [@], \"athlete\": {\"id\": 905}}}"
    let parts = text.split(separator: "@").map { Array($0.utf8) }
    let file = try store.folder.write(parts[0] + activities(third: Array(name.utf8)) + parts[1], to: "page.json")
    let result = try store.run(["--rejects", store.folder.path("rejects"), file])
    #expect(result.exitCode == 1)
    #expect(result.rules == [rule])
    #expect(result.errorFindings.map(\.record) == [1])
    #expect(result.summary.activities.new == 4)
    #expect(result.summary.total.rejected == 1)
    #expect(try stored() == [1, 2, 4, 5].map { "\($0) of 905" })
    let reject = try #require(try RejectLine.read(store.folder, "rejects").first)
    #expect(reject.length < 600)
  }

  @Test func bytesThatAreNoTextCostOnlyTheirRecord() throws {
    let file = try store.folder.write(
      Array("{\"athlete\": {\"id\": 905}, \"activities\": [".utf8)
        + activities(third: [UInt8(ascii: "\""), 0xE9, UInt8(ascii: "\"")]) + Array("]}".utf8), to: "page.json")
    let result = try store.run([file])
    #expect(result.rules == ["SS003"])
    #expect(try stored() == [1, 2, 4, 5].map { "\($0) of 905" })
  }

  /// After such an error, the rest of the object is not reliable either.
  @Test func aWrapperThatIsBrokenItselfIsRejectedWhole() throws {
    let file = try store.folder.write(
      Array("{\"page\": 1, \"page\": 2, \"athlete\": {\"id\": 905}, \"activities\": [".utf8)
        + activities(third: Array("\"Run\"".utf8)) + Array("]}".utf8), to: "page.json")
    let result = try store.run([file])
    #expect(result.rules == ["SS005"])
    #expect(result.summary.total.read == 1)
    #expect(try stored().isEmpty)
  }

  /// The members before the activities, and the owner of the activities; nil if they have none.
  @Test(
    arguments: [
      (
        #""athlete": {"id": 905, "firstname": "A", "lastname": "C", "resource_state": 2}, "partner": {"id": 906, "firstname": "B", "lastname": "C", "resource_state": 2}"#,
        905
      ),
      (
        #""partner": {"id": 906, "firstname": "B", "lastname": "C", "resource_state": 2}, "athlete_id": 905, "pages": [1, 2, 3]"#,
        905
      ),
      (#""me": {"id": 905, "firstname": "A", "lastname": "C", "resource_state": 2}, "fetch": {"url": "x"}"#, 905),
      (#""aspect_type": "create", "object_id": 1, "object_type": "activity", "owner_id": 905"#, 905),
      (#""owner_id": 905, "object_type": "activity", "aspect_type": "update", "updates": {}"#, 905),
      (#""owner_id": 905, "pages": [1, 2, 3]"#, nil),
      (
        #""me": {"id": 905, "firstname": "A", "lastname": "C", "resource_state": 2}, "friend": {"id": 906, "firstname": "B", "lastname": "C", "resource_state": 2}"#,
        nil
      ),
    ] as [(String, Int64?)])
  func itsSizeChangesNobodysActivities(members: String, owner: Int64?) throws {
    for padding in [10, 4 << 20] {
      let many = (1...5).map { id in
        Record.summary(id).without("athlete").with("description", "\"\(String(repeating: "x", count: padding))\"").json
      }
      let file = try store.folder.write(
        "{\(members), \"activities\": [\(many.joined(separator: ", "))]}", to: "page\(padding).json")
      let result = try store.run(["--origin", "api", file])
      #expect(result.rules == (owner == nil ? Array(repeating: "SS051", count: 5) : []))
      #expect(result.exitCode == (owner == nil ? 1 : 0))
      #expect(try stored() == (owner.map { owner in (1...5).map { "\($0) of \(owner)" } } ?? []))
    }
  }
}
