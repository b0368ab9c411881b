import Support
import Testing

/// The guard of an update: another writer may change the document between the look-up and the write.
@Suite(.waiting) struct GuardTests {
  typealias Counts = PrintedSummary.Counts

  private static let activityID: Int64 = 91_000_000_001
  private static let athleteID: Int64 = 900_000_001
  private static let (early, middle, late) = ("2024-04-01T00:00:00Z", "2024-04-01T00:00:01Z", "2024-04-01T00:00:02Z")

  /// A document, a record that may replace it, and another writer's change between the look-up and the write.
  struct Change: Sendable, CustomTestStringConvertible {
    let name: String
    /// The document, in Python.
    let document: String
    let record: SyntheticRecord
    /// The other writer's change, in Python.
    let act: String
    let isReplaced: Bool

    var testDescription: String { name }
  }

  private static func activity(
    _ name: String, _ fields: String, _ act: String, isReplaced: Bool = false
  ) -> Change {
    Change(
      name: name,
      document: "db.activities.insert_one({'strava_activity_id': Int64(\(activityID)), 'name': 'Other', \(fields)})",
      record: .summary(activityID, name: "Imported"), act: "db.activities.update_one({}, \(act))",
      isReplaced: isReplaced)
  }

  private static func athlete(
    _ name: String, _ record: SyntheticRecord, _ act: String, isReplaced: Bool = false
  ) -> Change {
    Change(
      name: name,
      document: """
        db.users.insert_one({'strava_id': Int64(\(athleteID)), 'weight': 1.0, 'resource_state': 2,
          'athlete_updated_at': at('\(early)')})
        """,
      record: record, act: "db.users.update_one({}, \(act))", isReplaced: isReplaced)
  }

  private static let changes: [Change] = [
    activity(
      "a detail came", "'resource_state': 2, 'raw_data': {'resource_state': 2}",
      "{'$set': {'resource_state': 3, 'raw_data.resource_state': 3}}"),
    activity(
      "a platform's detail came", "'raw_data': {'resource_state': 2}", "{'$set': {'raw_data.resource_state': 3}}"),
    activity(
      "a detail came to a document without a rank", "'raw_data': None",
      "{'$set': {'resource_state': 3, 'raw_data': {'resource_state': 3}}}"),
    activity(
      "a platform's detail came in the place of a summary", "'resource_state': 2",
      "{'$unset': {'resource_state': ''}, '$set': {'raw_data': {'resource_state': 3}}}"),
    activity("another summary came", "'resource_state': 2", "{'$set': {'name': 'Else'}}", isReplaced: true),
    activity(
      "a summary came in the place of a platform's", "'raw_data': {'resource_state': 2}",
      "{'$set': {'resource_state': 2}}", isReplaced: true),
    athlete(
      "a newer profile came", .athlete(athleteID, rank: 2, updated: middle, weight: 70),
      "{'$set': {'athlete_updated_at': at('\(late)')}}"),
    athlete(
      "a newer profile of the record's rank came", .athlete(athleteID, rank: 3, updated: middle, weight: 70),
      "{'$set': {'resource_state': 3, 'athlete_updated_at': at('\(late)')}}"),
    athlete(
      "an older profile of the record's rank came", .athlete(athleteID, rank: 3, updated: middle, weight: 70),
      "{'$set': {'resource_state': 3}}", isReplaced: true),
    athlete(
      "a newer profile came before one without a time", .athlete(athleteID, rank: 2, updated: nil, weight: 70),
      "{'$set': {'athlete_updated_at': at('\(late)')}}", isReplaced: true),
  ]

  @Test(arguments: changes)
  func aChangeBetweenLookUpAndWriteIsRespected(_ change: Change) throws {
    let store = try TestStore()
    let at = "at = lambda text: datetime.datetime.fromisoformat(text)\n"
    try store.python("import datetime\n" + at + change.document)
    let collection = change.document.hasPrefix("db.users") ? "users" : "activities"
    let proxy = try LossyProxy(
      to: store.database, before: "update:\(collection):1",
      do: """
        import datetime
        \(at)\(change.act)
        """)
    let summary = try store.importing([change.record], uri: proxy.uri).summary
    #expect(proxy.acted == ["update:\(collection):1"])
    let expected = change.isReplaced ? Counts(read: 1, updated: 1) : Counts(read: 1, superseded: 1)
    #expect((collection == "users" ? summary.athletes : summary.activities) == expected)
    let kept =
      collection == "users"
      ? "(db.users.find_one()['weight'] == 70)" : "(db.activities.find_one()['name'] == 'Imported')"
    #expect(try store.untrue("\(kept) == \(change.isReplaced ? "True" : "False")") == [])
  }

  /// Some servers scan the whole collection for `$or` and `$nor` beside an indexed field.
  @Test func everyConditionIsOnOneField() throws {
    let store = try TestStore()
    let before: [SyntheticRecord] = [
      .summary(Self.activityID), .athlete(Self.athleteID, rank: 2, updated: Self.early, weight: 1),
      .token(of: Self.athleteID, expires: 100),
    ]
    try store.importing(before)
    try store.python("db.activities.insert_one({'strava_activity_id': Int64(\(Self.activityID + 1))})")
    // The result does not depend on how the records are split into bulks.
    let commands = ["activities", "users"].flatMap { name in (1...4).map { "update:\(name):\($0)" } }
    let proxy = try LossyProxy(
      to: store.database, before: commands.joined(separator: ","),
      do: "db.guards.insert_many([{'fields': list(one['q'])} for one in sent])")
    let after: [SyntheticRecord] = [
      .summary(Self.activityID, name: "Renamed"), .summary(Self.activityID + 1),
      .athlete(Self.athleteID, rank: 2, updated: Self.late, weight: 2),
      .token(of: Self.athleteID, expires: 200),
    ]
    #expect(try store.importing(after, uri: proxy.uri).summary.total == Counts(read: 4, updated: 4))
    #expect(
      try store.untrue(
        "db.guards.count_documents({'fields': 'source.digest'}) == 2",
        "db.guards.count_documents({'fields': 'source.athlete.digest'}) == 1",
        "db.guards.count_documents({'fields': 'source.token.digest'}) == 1",
        "[one for one in db.guards.find() if any(field.startswith('$') for field in one['fields'])] == []") == [])
  }

  /// Other writers may have stored any number, or no value.
  @Test func aRankOfAnyTypeIsCompared() throws {
    let store = try TestStore()
    try store.python(
      """
      for n, rank in enumerate([2, 2.0, Int64(2), float('nan'), 'three', None, 2.5, 3.0, Int64(9)]):
          db.activities.insert_one({'strava_activity_id': Int64(\(Self.activityID) + n), 'name': 'Other',
            'resource_state': rank, 'raw_data': {'resource_state': rank}})
      """)
    let summaries = (0..<9).map { SyntheticRecord.summary(Self.activityID + $0, name: "Summary") }
    #expect(try store.importing(summaries).summary.activities == Counts(read: 9, updated: 6, superseded: 3))
    #expect(
      try store.untrue(
        "[activity(\(Self.activityID) + n)['name'] for n in range(9)] == ['Summary'] * 6 + ['Other'] * 3") == [])
  }

  /// The rank that import has detected counts, whatever the record's own value is.
  @Test func aClaimInImportedRawDataDoesNotCount() throws {
    let store = try TestStore()
    let boasting = SyntheticRecord.detail(Self.activityID).with("resource_state", "9")
    #expect(try store.importing([boasting]).exitCode == 0)
    let detail = SyntheticRecord.detail(Self.activityID, name: "Renamed")
    #expect(try store.importing([detail]).summary.activities == Counts(read: 1, updated: 1))
    #expect(try store.untrue("activity(\(Self.activityID))['name'] == 'Renamed'") == [])
  }
}
