import Foundation
import Support
import Testing

/// An athlete's zones, the third half of a user document.
@Suite(.waiting) struct AthleteZonesTests {
  typealias Counts = PrintedSummary.Counts

  private static let athlete: Int64 = 900_000_001
  private static let zones =
    #"{"heart_rate": {"custom_zones": false, "zones": [{"min": 0, "max": 115}, "#
    + #"{"min": 115, "max": -1}]}, "power": {"zones": [{"min": 0, "max": 180}]}}"#
  private static let others = #"{"heart_rate": {"custom_zones": true, "zones": [{"min": 0, "max": 130}]}}"#

  private static func around(_ zones: String) -> String { #"{"athlete_id": \#(athlete), "zones": \#(zones)}"# }

  @Test(
    arguments: [
      (around(zones), []), (zones, ["--athlete", "\(athlete)"]),
      (#"{"athlete": {"id": \#(athlete), "resource_state": 1}, "zones": [\#(zones)]}"#, []),
      (#"{"athlete.id": "\#(athlete)", "# + zones.dropFirst(), []),
    ] as [(String, [String])])
  func theyAreStoredOnTheirAthlete(text: String, options: [String]) throws {
    let store = try TestStore()
    let done = try store.importing(text: text, options)
    #expect(done.exitCode == 0)
    #expect(done.summary.kinds["athlete_zones"] == Counts(read: 1, new: 1))
    #expect(
      try store.untrue(
        "db.users.count_documents({}) == 1", "user(900000001)['_id'] == oid('users', 900000001)",
        "user(900000001)['resource_state'] == 1",
        "user(900000001)['zones'] == json.loads('''\(Self.zones)''')", "set(user(900000001)['raw_data']) == {'zones'}",
        "user(900000001)['raw_data']['zones']['power'] == {'zones': [{'min': 0, 'max': 180}]}",
        "user(900000001)['source']['zones']['digest'] == digest(user(900000001)['raw_data']['zones'], 1)",
        "type(user(900000001)['zones']['heart_rate']['zones'][0]['max']) is int"
      ) == [])
    let before = try store.everything()
    let again = try store.importing(text: text, options)
    #expect(again.summary.kinds["athlete_zones"] == Counts(read: 1, unchanged: 1))
    #expect(try store.everything() == before)
  }

  @Test func theyMoveByThemselves() throws {
    let store = try TestStore()
    let (token, profile) = (SyntheticRecord.token(expires: 200), SyntheticRecord.athlete(rank: 3))
    try store.importing(text: [token, profile].lines + Self.around(Self.zones))
    // Only the time at which the others were known to be complete moves with the document.
    let halves = """
      found = user(900000001)
      for half in found['source'].values(): half.pop('as_of')
      print(found['raw_data']['token'], found['source']['token'], found['raw_data']['athlete'], found['source']['athlete'],
          found['weight'], found['resource_state'], found['created_at'])
      """
    let before = try store.python(halves)
    let done = try store.importing(text: Self.around(Self.others))
    #expect(done.summary.kinds["athlete_zones"] == Counts(read: 1, updated: 1))
    #expect(try store.python(halves) == before)
    #expect(
      try store.untrue(
        "set(user(900000001)['zones']) == {'heart_rate'}",
        "set(user(900000001)['raw_data']) == {'athlete', 'token', 'zones'}"
      ) == [])
    // The profile and the token do not remove any of them.
    try store.importing([.token(expires: 300, number: 2), .athlete(rank: 3, weight: 70)])
    #expect(
      try store.untrue(
        "user(900000001)['zones'] == user(900000001)['raw_data']['zones']", "user(900000001)['weight'] == 70")
        == [])
  }

  /// A dump with two versions of one athlete's zones settles, as with other records: its second import writes nothing.
  @Test func twoVersionsInOneDumpSettleAtTheSecondImport() throws {
    let store = try TestStore()
    let text = Self.around(Self.zones) + Self.around(Self.others)
    #expect(try store.importing(text: text).summary.kinds["athlete_zones"] == Counts(read: 2, new: 1, updated: 1))
    let before = try store.everything()
    #expect(
      try store.importing(text: text).summary.kinds["athlete_zones"] == Counts(read: 2, unchanged: 1, superseded: 1))
    #expect(try store.everything() == before)
  }

  @Test func thoseInsideAProfileAreItsAthletes() throws {
    let store = try TestStore()
    let done = try store.importing([.athlete().with("zones", Self.zones)])
    #expect(done.summary.athletes == Counts(read: 1, new: 1))
    #expect(done.summary.kinds["athlete_zones"] == Counts(read: 1, updated: 1))
    #expect(try store.untrue("user(900000001)['zones']['power']['zones'][0]['max'] == 180") == [])
  }

  @Test func thoseOfNobodyAreSkippedAndThoseOfAnotherRejected() throws {
    let store = try TestStore()
    let skipped = try store.importing(text: Self.zones)
    #expect(skipped.exitCode == 0)
    #expect(skipped.summary.kinds["athlete_zones"] == Counts(read: 1, skipped: 1))
    #expect(skipped.summary.notes.map(\.rule) == ["SS028"])
    let other = try store.importing(text: #"{"athlete_id": 905, "# + Self.zones.dropFirst(), ["--athlete", "7"])
    #expect(other.exitCode == 1)
    #expect(other.summary.findings == ["SS056": 1])
    #expect(try store.untrue("db.users.count_documents({}) == 0") == [])
  }

  /// Complete activities inside zones are records, whether the zones are stored or skipped.
  @Test(arguments: [true, false]) func activitiesInsideAreStored(isOwned: Bool) throws {
    let store = try TestStore()
    let text = #"{"extra": [\#(SyntheticRecord.summary(1).json)], "# + Self.zones.dropFirst()
    let done = try store.importing(text: text, isOwned ? ["--athlete", "\(Self.athlete)"] : [])
    #expect(done.exitCode == 0)
    #expect(done.summary.activities == Counts(read: 1, new: 1))
    #expect(done.summary.kinds["athlete_zones"] == (isOwned ? Counts(read: 1, new: 1) : Counts(read: 1, skipped: 1)))
  }

  // MARK: Sealing, export, checks

  @Test func theyAreSealedWithHealth() throws {
    let sealed = try TestStore()
    #expect(try sealed.importing(text: Self.around(Self.zones), ["--seal", "health"]).exitCode == 0)
    let claims = [
      "isinstance(db.users.find_one()['zones'], bytes)", "isinstance(db.users.find_one()['raw_data']['zones'], bytes)",
      "user(900000001)['zones'] == json.loads('''\(Self.zones)''')",
      "user(900000001)['raw_data']['zones'] == user(900000001)['zones']",
    ]
    for claim in claims { #expect(try sealed.untrue(claim) == []) }
    // A migration leads to the same documents, which pass its verification.
    let migrated = try TestStore()
    #expect(try migrated.importing(text: Self.around(Self.zones)).exitCode == 0)
    #expect(try migrated.untrue("db.users.find_one()['zones'] == db.users.find_one()['raw_data']['zones']") == [])
    let options = migrated.connection()
    #expect(try StravaStore.run(["encrypt-migrate", "--seal", "health"] + options).exitCode == 0)
    for claim in claims { #expect(try migrated.untrue(claim) == []) }
    for store in [sealed, migrated] {
      let options = store.connection()
      #expect(try StravaStore.run(["encrypt-migrate", "--verify"] + options).exitCode == 0)
      let checked = try StravaStore.run(["validate"] + options)
      #expect(checked.exitCode == 0, "\(checked.errors)")
    }
    // Values that are in clear again are found.
    try migrated.python("db.users.update_one({}, {'$set': {'raw_data.zones': {'power': {'zones': []}}}})")
    #expect(try StravaStore.run(["encrypt-migrate", "--verify"] + options).exitCode == 1)
  }

  /// If health values are stored in clear, personal values inside the zones are sealed one by one.
  @Test func namesInsideAreSealed() throws {
    let store = try TestStore()
    let text = #"{"athlete": {"id": \#(Self.athlete), "bio": "Swims."}, "# + Self.zones.dropFirst()
    #expect(try store.importing(text: text).exitCode == 0)
    #expect(
      try store.untrue(
        "isinstance(db.users.find_one()['raw_data']['zones']['athlete']['bio'], bytes)",
        "user(900000001)['raw_data']['zones']['athlete']['bio'] == 'Swims.'",
        "'athlete' not in user(900000001)['zones']"
      ) == [])
    #expect(try StravaStore.run(["encrypt-migrate", "--verify"] + store.connection()).exitCode == 0)
  }

  @Test func exportGivesThemOrLeavesThemOut() throws {
    let store = try TestStore()
    try store.importing(text: [.token(expires: 200), .athlete(rank: 3)].lines + Self.around(Self.zones))
    let options = store.connection()
    let plain = try StravaStore.run(["export", "users"] + options)
    #expect(plain.output.contains(#""zones":{"heart_rate""#))
    let dropped = try StravaStore.run(["export", "users", "--drop", "health"] + options)
    #expect(dropped.exitCode == 0)
    #expect(!dropped.output.contains("heart_rate"))
    #expect(dropped.output.contains("\"$left_out\""))
    // An import of the raw export leads to the same database.
    let raw = try StravaStore.run(["export", "users", "--format", "raw", "--decrypt"] + options)
    #expect(raw.output.split(separator: "\n").count == 3)
    let other = try TestStore()
    #expect(try other.importing(text: raw.output).exitCode == 0)
    #expect(try other.content() == store.content())
    // The object around the zones names their athlete by id only, which counts as a reference.
    #expect(try store.importing(text: raw.output).summary.total == Counts(read: 4, unchanged: 3, skipped: 1))
  }

  @Test func theCheckOfADatabaseFindsThemAltered() throws {
    let store = try TestStore()
    try store.importing(text: Self.around(Self.zones))
    try store.python("db.users.update_one({}, {'$set': {'zones.power.zones.0.max': 200}})")
    let typed = try StravaStore.run(["validate", "--format", "json"] + store.connection())
    #expect(typed.output.contains("SS064"))
    try store.python("db.users.update_one({}, {'$set': {'raw_data.zones.power.zones.0.max': 200}})")
    let raw = try StravaStore.run(["validate", "--format", "json"] + store.connection())
    #expect(raw.exitCode == 1)
    #expect(raw.output.contains("SS063"))
  }
}
