import Foundation
import Support
import Testing

/// A data key that cannot be decrypted only affects the records of its athlete.
@Suite(.waiting) struct DamagedDataKeyTests {
  private let keys: KeysFixture
  private var store: TestStore { keys.store }

  init() throws {
    keys = try KeysFixture(
      importing: [1, 2].map {
        .summary(SyntheticDump.firstActivity + $0, athlete: 600 + $0).with("private_note", "\"n\($0)\"")
      })
  }

  /// Damages the key of athlete 601.
  private func damage() throws {
    try keys.pymongo.run(
      """
      key = db.data_keys.find_one({'strava_id': 601})
      value = bytearray(key['wrapped_key']); value[-1] ^= 1
      db.data_keys.update_one({'_id': key['_id']}, {'$set': {'wrapped_key': bson.Binary(bytes(value), 0x80)}})
      """)
  }

  /// Adds a newer key of athlete 601 that cannot be decrypted.
  private func addJunk() throws {
    try keys.pymongo.run(
      """
      key = db.data_keys.find_one({'strava_id': 601})
      junk = b'\\x01\\x01' + bytes(key['master_key_id']) + os.urandom(72)
      db.data_keys.insert_one({**key, '_id': bson.Binary(os.urandom(16), 4), 'version': 99, 'wrapped_key': bson.Binary(junk, 0x80)})
      """)
  }

  private func addPlaintext() throws {
    try keys.pymongo.run("db.activities.update_many({}, {'$set': {'raw_data.bio': 'in clear'}})")
  }

  @Test func whatItSealedIsLeftOutAndTheRestIsRead() throws {
    try damage()
    let exported = try keys.run(["export", "activities", "--decrypt"])
    #expect(exported.exitCode == 1)
    #expect(exported.errors.contains("[SS076]") && exported.errors.contains("[SS072]"))
    #expect(exported.output.contains("\"n2\"") && !exported.output.contains("\"n1\""))

    let verified = try store.migrate(["--verify"])
    #expect(verified.exitCode == 1)
    #expect(verified.findings == ["SS072": 1, "SS076": 1], "\(verified.errors)")
    #expect(verified.activities.left == 1 && verified.activities.unchanged == 1)
    let decrypted = try keys.keys("verify")
    #expect(decrypted.exitCode == 1)
    #expect(decrypted.printed.findings == ["SS072": 1, "SS076": 1], "\(decrypted.errors)")
  }

  @Test func nothingNewIsSealedForItsAthlete() throws {
    try damage()
    try addPlaintext()
    let foreseen = try store.migrate(["--dry-run"])
    let done = try store.migrate()
    #expect(done.exitCode == 1)
    #expect(done.activities.changed == 1 && done.activities.left == 1, "\(done.errors)")
    #expect(foreseen.collections == done.collections && foreseen.findings == done.findings)
    let kept = try keys.pymongo.run("print(db.activities.find_one({'athlete_id': 601})['raw_data']['bio'])")
    #expect(kept == "in clear\n")
    #expect(try keys.pymongo.run("print(db.data_keys.count_documents({}))") == "2\n")
  }

  /// The key with the highest version seals. If it cannot be decrypted, an older one that is retired must not be used.
  @Test func anOlderKeySealsNothingInItsPlace() throws {
    try addJunk()
    try addPlaintext()
    let done = try store.migrate()
    #expect(done.exitCode == 1)
    #expect(done.findings == ["SS076": 1], "\(done.errors)")
    #expect(done.activities.changed == 1 && done.activities.left == 1)
    let exported = try keys.run(["export", "activities", "--decrypt"])
    #expect(exported.exitCode == 0, "\(exported.errors)")
    #expect(exported.output.contains("\"n1\"") && exported.output.contains("\"n2\""))

    let rotated = try keys.keys("rotate-data", "--all")
    #expect(rotated.exitCode == 1)
    #expect(rotated.printed.findings == ["SS076": 1], "\(rotated.errors)")
    #expect(rotated.done("data_keys_made") == 1 && rotated.done("data_keys_retired") == 1)
    #expect(try keys.keys("rotate-data", "--athlete", "601").exitCode == 2)
    #expect(try keys.keys("rotate-data", "--athlete", "602").done("data_keys_made") == 1)
  }
}
