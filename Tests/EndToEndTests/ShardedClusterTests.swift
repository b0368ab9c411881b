import Support
import Testing

/// The behavior on a sharded cluster. The tests have no `mongos`, so a proxy sends its answers.
@Suite(.waiting) struct ShardedClusterTests {
  @Test func theCheckAsksEveryShardForItsIndexes() throws {
    let fixture = try IndexFixture()
    #expect(try fixture.run().exitCode == 0)
    let proxy = try LossyProxy(to: TestServer.shared, losing: ["shards@aggregate:users:1"])
    let check = try fixture.run("--check", "--collection", "users", uri: proxy.uri)
    #expect(proxy.lost == ["shards@aggregate:users:1"])
    #expect(check.exitCode == 1)
    #expect(check.errors.contains("index email_hash_1 is missing on shard west"), "\(check.errors)")
    #expect(check.printed.findings == ["SS080": 1])
  }

  /// With `_id` alone, `mongos` would send the query to every shard.
  @Test func theTimeOfASyncIsSetByTheShardKey() throws {
    let store = try TestStore()
    let program = "db.sent.insert_many([{'filter': list(one['q']), 'update': str(one['u'])} for one in sent])"
    let proxy = try LossyProxy(
      to: store.database, before: (1...4).map { "update:users:\($0)" }.joined(separator: ","), do: program)
    let imported = try store.importing(SyntheticDump.summaries(4, athletes: 2), uri: proxy.uri)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    #expect(
      try store.untrue(
        "any('last_activity_sync' in one['update'] for one in db.sent.find())",
        "all('strava_id' in one['filter'] for one in db.sent.find() if 'last_activity_sync' in one['update'])") == [])
  }
}
