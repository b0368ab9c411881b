import Foundation
import Support
import Testing

/// Values that a narrower policy seals one by one are inside a value that a wider one seals whole.
@Suite(.waiting) struct NestedSealingTests {
  private static let location =
    #"{"label": "Home", "owner": {"firstname": "Marin", "email": "marin@example.org", "id": 7}, "city": "Port Nemo"}"#
  private static let athlete: Int64 = 900_000_001

  private let keys: KeysFixture
  private var store: TestStore { keys.store }

  init() throws {
    keys = try KeysFixture(importing: [
      .summary(SyntheticDump.firstActivity).with("location", Self.location),
      .summary(SyntheticDump.firstActivity + 1).with("private_note", "\"by the river\""),
    ])
  }

  /// Python code: `located` is the activity with a location, and `reader` decrypts sealed values by docs/sealing.md.
  private func python(_ program: String) throws -> String {
    try keys.pymongo.run(
      """
      sys.path.insert(0, sys.argv[1])
      import open_sealed, sealing_vectors
      masters, _ = open_sealed.read_key_file(open(sys.argv[2]).read())
      reader = open_sealed.Reader(db, masters)
      located = db.activities.find_one({'raw_data.location': {'$exists': True}})
      def put(location): db.activities.update_one({'_id': located['_id']}, {'$set': {'raw_data.location': location}})

      """ + program, [Checkout.root.appending(path: "Tests/Interop").path, store.keyFile])
  }

  /// Expects one envelope, in which the reference reader finds every value in clear, and an export with all values.
  private func expectFlat(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let held = try python(
      "print(json.dumps(reader.opened('activities', located)['raw_data']['location'], default=repr, sort_keys=True))")
    #expect(
      held == #"""
        {"city": "Port Nemo", "label": "Home", "owner": {"email": "marin@example.org", "firstname": "Marin", "id": 7}}

        """#, sourceLocation: sourceLocation)
    try expectExported(sourceLocation: sourceLocation)
  }

  private func expectExported(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let exported = try keys.run(["export", "activities", "--decrypt"])
    #expect(exported.exitCode == 0, "\(exported.errors)", sourceLocation: sourceLocation)
    let lines = exported.output.split(separator: "\n").filter { $0.contains("Port Nemo") }
    #expect(lines.count == 1, sourceLocation: sourceLocation)
    let hasAll = lines.allSatisfy { $0.contains("marin@example.org") && $0.contains("Marin") }
    #expect(hasAll, sourceLocation: sourceLocation)
  }

  @Test func aWholeValueIsSealedWithWhatWasSealedInItOpened() throws {
    let before = try python("print(type(located['raw_data']['location']['owner']['email']).__name__)")
    #expect(before == "Binary\n")
    let foreseen = try store.migrate(["--dry-run", "--seal", "location"])
    let done = try store.migrate(["--seal", "location"])
    #expect(done.exitCode == 0, "\(done.errors)")
    #expect(foreseen.collections == done.collections)
    #expect(done.activities.values["/raw_data/location"] == 1)
    #expect(try store.migrate(["--verify"]).exitCode == 0)
    #expect(try keys.run(["validate"]).exitCode == 0)
    try expectFlat()

    #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
    try keys.age(byHours: 24)
    let purged = try keys.keys("purge")
    #expect(purged.exitCode == 0 && purged.done("data_keys_deleted") == 1, "\(purged.errors)")
    try expectFlat()
    #expect(try store.migrate(["--decrypt"], input: .text("decrypt\nin clear\n")).exitCode == 0)
    #expect(try python("print(located['raw_data']['location']['owner']['firstname'])") == "Marin\n")
  }

  @Test func aWholeValueStaysWhereSomethingInItDoesNotOpen() throws {
    _ = try python(
      """
      owner = located['raw_data']['location']['owner']
      value = bytearray(owner['email']); value[-1] ^= 1
      owner['email'] = bson.Binary(bytes(value), 0x80)
      put(located['raw_data']['location'])
      """)
    let before = try python("print(located['raw_data']['location'])")
    let foreseen = try store.migrate(["--dry-run", "--seal", "location"])
    let done = try store.migrate(["--seal", "location"])
    #expect(done.exitCode == 1)
    #expect(done.activities.left == 1 && done.activities.values["/raw_data/location"] == nil)
    #expect(done.errors.contains("(/raw_data/location/owner/email) [SS072]"))
    #expect(foreseen.collections == done.collections && foreseen.findings == done.findings)
    #expect(try python("print(located['raw_data']['location'])") == before)
    #expect(try store.migrate(["--verify"]).exitCode == 1)
  }

  /// Seals the location with the envelopes in it, under the athlete's newest key.
  ///
  /// - Parameter inner: The location in Extended JSON; nil for the stored one.
  private func nest(_ inner: String? = nil) throws {
    if let inner {
      try keys.pymongo.run(
        """
        from bson import json_util
        db.activities.update_one({'raw_data.location': {'$exists': True}}, {'$set': {
            'raw_data.location': json_util.loads(sys.argv[1], json_options=json_util.CANONICAL_JSON_OPTIONS)}})
        """, [inner])
    }
    _ = try python(
      """
      newest = db.data_keys.find_one({'strava_id': \(Self.athlete)}, sort=[('version', -1)])
      associated = f"strava-store/1/activities/{located['strava_activity_id']}/raw_data/location"
      put(bson.Binary(sealing_vectors.envelope(
          bson.encode({'v': located['raw_data']['location']}), open_sealed.unwrap(newest, masters), bytes(newest['_id']),
          associated, os.urandom(24)), 0x80))
      """)
  }

  @Test func whatIsSealedTwiceOpensAndIsMadeFlatByARotation() throws {
    try nest()
    try expectExported()
    #expect(try keys.keys("verify").exitCode == 0)
    #expect(try keys.run(["validate"]).exitCode == 0)
    #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
    try expectFlat()
  }

  /// The inner value has another key than the one that the document names.
  @Test func purgeKeepsAKeyThatIsNeededInsideAnEnvelope() throws {
    let inner = try python(
      """
      from bson import json_util
      print(json_util.dumps(located['raw_data']['location'], json_options=json_util.CANONICAL_JSON_OPTIONS))
      """)
    #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
    try nest(inner)
    try keys.age(byHours: 24)
    let purged = try keys.keys("purge")
    #expect(purged.exitCode == 0, "\(purged.errors)")
    #expect(purged.printed.collections["activities"]?.changed == 1)
    #expect(purged.done("data_keys_deleted") == 1)
    try expectFlat()
  }

  /// The value is also kept if it cannot be sealed again.
  @Test func purgeKeepsTheKeyOfADamagedValueInsideAnEnvelope() throws {
    let inner = try python(
      """
      from bson import json_util
      owner = located['raw_data']['location']['owner']
      value = bytearray(owner['email']); value[-1] ^= 1
      owner['email'] = bson.Binary(bytes(value), 0x80)
      print(json_util.dumps(located['raw_data']['location'], json_options=json_util.CANONICAL_JSON_OPTIONS))
      """)
    #expect(try keys.keys("rotate-data", "--all").exitCode == 0)
    try nest(inner)
    try keys.age(byHours: 24)
    let purged = try keys.keys("purge")
    #expect(purged.exitCode == 1)
    #expect(purged.printed.findings == ["SS072": 1, "SS077": 1], "\(purged.errors)")
    #expect(purged.done("data_keys_deleted") == 0)
    let exported = try keys.run(["export", "activities", "--decrypt"])
    #expect(exported.exitCode == 1)
    #expect(exported.errors.contains("(/raw_data/location/owner/email) [SS072]"))
    #expect(exported.output.contains("Marin"))
  }
}
