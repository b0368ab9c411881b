import Foundation
import Support
import Testing

/// The reference reader (Tests/Interop/open_sealed.py) decrypts a database whose values another program sealed by
/// docs/sealing.md alone.
@Suite(.waiting) struct ReferenceReaderTests {
  let database: TestDatabase
  let folder: TemporaryFolder

  init() throws {
    database = try TestServer.shared.uniqueDatabase()
    folder = try TemporaryFolder()
    try folder.write(
      try database.pymongo.run(
        """
        sys.path.insert(0, sys.argv[1])
        import sealing_vectors as vectors
        from bson import Binary, Int64, ObjectId
        known = dict(vectors.vectors())
        athlete, other = vectors.ATHLETE, 5
        identifier = Binary.from_uuid(vectors.DATA_KEY_ID)
        db.data_keys.insert_one({
            "_id": identifier, "strava_id": Int64(athlete), "version": 2,
            "wrapped_key": bytes.fromhex(known["data_key.wrapped_key"]),
            "master_key_id": Binary.from_uuid(vectors.MASTER_ID)})

        def sealed(associated, value, first):
            nonce, plaintext = bytes(range(first, first + 24)), bson.encode({"v": value})
            envelope = vectors.envelope(plaintext, vectors.DATA_KEY, vectors.DATA_KEY_ID.bytes, associated, nonce)
            return Binary(envelope, 0x80)

        text = Binary(bytes.fromhex(known["text.envelope"]), 0x80)
        number = Binary(bytes.fromhex(known["number.envelope"]), 0x80)
        user = ObjectId("0123456789abcdef01234567")
        insight = ObjectId("0123456789abcdef01234568")
        note = sealed(f"strava-store/1/insights/{insight}/raw_data/private_note", ["a", {"$ref": 1, "$id": 2}], 0)
        db.users.insert_one({"_id": user, "strava_id": Int64(athlete), "email": text, "username": None})
        db.activities.insert_one({
            "strava_activity_id": Int64(17), "athlete_id": Int64(athlete),
            "raw_data": {"laps": [{"average_heartrate": number}], "plain": b"x"}})
        db.insights.insert_one({"_id": insight, "user_id": user, "raw_data": {"private_note": note}})
        print(vectors.key_file_under_passphrase())
        """, [Checkout.root.appending(path: "Tests/Interop").path]), to: "keys")
  }

  func read(passphrase: String = "grüne Wiese, 7 Schafe\n") throws -> Outcome {
    try Command(
      try Checkout.inVenv("python"),
      [
        Checkout.root.appending(path: "Tests/Interop/open_sealed.py").path, "--key-file", folder.path("keys"),
        "--passphrase-fd", "0",
      ],
      environment: ["MONGODB_URI": database.uri, "MONGODB_DATABASE": database.name], input: .text(passphrase)
    ).run()
  }

  static let athlete = "12345678987654321"

  @Test("Every sealed value opens, in typed fields and at depth, and nothing else is taken for one")
  func opens() throws {
    let outcome = try read()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(
      outcome.output.split(separator: "\n") == [
        "users\t\(Self.athlete)\t/email\t\"ada@example.org\"",
        "activities\t17\t/raw_data/laps/0/average_heartrate\t{\"$numberDouble\": \"151.5\"}",
        "insights\t0123456789abcdef01234568\t/raw_data/private_note\t"
          + "[\"a\", {\"$ref\": {\"$numberInt\": \"1\"}, \"$id\": {\"$numberInt\": \"2\"}}]",
      ])
  }

  static let tamperings = [
    ("db.users.update_one({}, [{'$set': {'username': '$email'}}])", "/username\tdoes not open"),
    ("db.users.update_one({}, {'$set': {'strava_id': bson.Int64(5)}})", "/email\tsealed under another athlete's"),
    ("db.data_keys.update_one({}, {'$set': {'version': 3}})", "/email\tdoes not open"),
    ("db.data_keys.delete_many({})", "/email\tsealed under data key 3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
    (
      "e = db.users.find_one()['email']; db.users.update_one({}, {'$set': {'email': bson.Binary(e[:40], 0x80)}})",
      "/email\tnot an envelope"
    ),
  ]

  @Test("What was moved, altered or lost its key is named, without its value", arguments: tamperings)
  func refuses(tampering: String, reason: String) throws {
    try database.pymongo.run(tampering)
    let outcome = try read()
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.contains(reason), "\(outcome.errors)")
    #expect(!outcome.errors.contains("ada@") && !outcome.errors.contains("Traceback"), "\(outcome.errors)")
  }

  @Test("A wrong passphrase opens nothing")
  func wrongPassphrase() throws {
    let outcome = try read(passphrase: "Wiese\n")
    #expect(outcome.exitCode == 1)
    #expect(outcome.output == "")
    #expect(outcome.errors == "\(folder.path("keys")): the passphrase is wrong, or the key file was altered\n")
  }
}
