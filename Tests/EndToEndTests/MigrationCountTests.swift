import Foundation
import Support
import Testing

/// `encrypt-migrate` counts its work correctly, also beforehand, keeps its rate, and continues after a lost cursor.
@Suite(.waiting) struct MigrationCountTests {
  private let store: TestStore

  init() throws { store = try TestStore() }

  private func seed(_ users: Int) throws {
    try store.pymongo.run(file: "platform_writers.py", ["seed", "\(users)"])
  }

  @Test func aDryRunCountsWhatTheRunDoes() throws {
    try seed(20)
    #expect(try store.migrate().exitCode == 0)
    try store.pymongo.run(
      """
      users = list(db.users.find().sort('_id'))
      def set(number, fields): db.users.update_one({'_id': users[number]['_id']}, {'$set': fields})
      db.users.update_one({'_id': users[0]['_id']}, {'$unset': {'username_hash': 1}})
      set(1, {'access_token': 'in clear'})
      set(2, {'email': 5, 'refresh_token': 'in clear'})
      set(3, {'refresh_token': bson.Binary(b'not ours', 0)})
      set(4, {'raw_data': {'athlete': {'id': 1}, 'more': [{'firstname': 'A'}, {'firstname': 'B', 'email': 'C'}]}})
      set(5, {'raw_data': {'profile': 'a' * (9 << 20)}})
      set(6, {'strava_id': 'no number', 'bio': 'x'})
      set(7, {'email': ''})
      set(8, {'nickname': users[8]['access_token']})
      db.activities.insert_many([
          {'strava_activity_id': 1, 'athlete_id': 800000001, 'raw_data': {'private_note': 'a', 'laps': [{'bio': 'b'}]}},
          {'strava_activity_id': 2.0, 'user_id': users[1]['_id'], 'raw_data': {'private_note': 'a', 'clubs': None}},
          {'strava_activity_id': 3, 'user_id': bson.ObjectId(), 'raw_data': {'private_note': 'a'}},
          {'strava_activity_id': 4, 'raw_data': {'distance': 5}},
      ])
      """)
    let before = try store.pymongo.dump()
    let foreseen = try store.migrate(["--dry-run"])
    #expect(try store.pymongo.dump() == before)
    let done = try store.migrate()
    #expect(foreseen.collections == done.collections)
    #expect(foreseen.findings == done.findings)
    #expect(foreseen.exitCode == 1 && done.exitCode == 1)
    #expect(done.users.changed == 4, "\(done.errors)")
    #expect(done.users.left == 5)
    #expect(done.users.values["/raw_data/more/*/firstname"] == 2)
    #expect(
      done.activities
        == .init(
          read: 4, changed: 2, unchanged: 1, left: 1, values: ["/raw_data/private_note": 2, "/raw_data/laps/*/bio": 1]))
    #expect(done.errors.contains("too large"))
    #expect(done.errors.contains("(/nickname) [SS072]"))
    let again = try store.migrate(["--dry-run"])
    #expect(again.users.changed == 0 && again.activities.changed == 0)
    #expect(again.left == done.left)
  }

  /// The rate limits the writes per second, whatever the batches are. There is no promise about the maximum duration.
  @Test func aRateIsKept() throws {
    try seed(30)
    let clock = ContinuousClock()
    let began = clock.now
    let result = try store.migrate(["--max-rate", "20"])
    #expect(result.users.changed == 30)
    #expect(clock.now - began >= .milliseconds(1500))
  }

  @Test func aLostCursorIsOpenedAgain() throws {
    let server = try TestServer()
    let store = try TestStore(on: server)
    try store.pymongo.run(file: "platform_writers.py", ["seed", "700"])
    let running = try store.migration(["--batch-size", "100", "--max-rate", "400"]).start()
    let sealed = "db.users.count_documents({'access_token': {'$type': 'binData'}})"
    while running.isRunning, try store.pymongo.run("print(\(sealed) > 0)") == "False\n" {}
    try server.kill()
    let before = running.isRunning
    try server.start()
    let result = try MigrationOutcome(running.wait())
    #expect(before)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.users.read == 700)
    #expect(result.users.changed == 700)
    #expect(result.users.retried == 0)
    #expect(try store.migrate(["--verify"]).users.unchanged == 700)
  }

  /// Another migration does all the remaining work between this one's reading of activities and its writing.
  @Test func twoSideBySideCountEachDocumentOnce() throws {
    let fixture = try MigrationFixture(activities: 60)
    let pymongo = fixture.store.database.pymongo
    let collections = ["users", "activities", "insights"]
    let before = Set(try pymongo.dump(collections: collections))
    let other = try fixture.command()
    let words = ([other.executable] + other.arguments).map { "'\($0)'" }.joined(separator: ", ")
    let folder = try TemporaryFolder()
    let proxy = try LossyProxy(
      to: fixture.store.database, before: "update:activities:1",
      do: """
        import json, pathlib, subprocess
        other = json.loads(subprocess.run([\(words)], check=True, stdout=subprocess.PIPE).stdout)
        changed = sum(counts["changed"] for counts in other["collections"].values())
        pathlib.Path("\(folder.path("other"))").write_text(str(changed))
        """)
    let done = try fixture.migrate(uri: proxy.uri)
    #expect(proxy.acted == ["update:activities:1"])
    #expect(done.exitCode == 0, "\(done.errors)")
    let others = try #require(Int(String(decoding: folder.read("other"), as: UTF8.self)))
    #expect(others > 0 && done.users.changed > 0)
    #expect(done.activities.retried > 0 && done.activities.changed == 0)
    let changed = Set(try pymongo.dump(collections: collections)).subtracting(before).count
    #expect(done.sum(\.changed) + others == changed)
  }
}
