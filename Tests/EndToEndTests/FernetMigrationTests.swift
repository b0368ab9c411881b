import Foundation
import Support
import Testing

/// The tokens that the platform's backend encrypts with Fernet: decrypted and sealed, and the way back.
@Suite(.waiting) struct FernetMigrationTests {
  private let bench: AdoptionFixture
  private let keys: String

  init() throws {
    bench = try AdoptionFixture()
    #expect(try bench.adopt().exitCode == 0)
    #expect(try bench.run(["index"]).exitCode == 0)
    let old = Data(repeating: 1, count: 32).base64EncodedString()
    let new = Data(repeating: 2, count: 32).base64EncodedString()
    keys = try bench.bench.folder.write("\(new)\n\(old)\n", to: "fernet.keys")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keys)
    try python(
      """
      for n, u in enumerate(db.users.find()):
          key = old if n else new
          db.users.update_one({'_id': u['_id']}, {'$set': {
            'access_token': fernet.encrypt(key, f"access-{u['strava_id']}"),
            'refresh_token': fernet.encrypt(key, f"refresh-{u['strava_id']}")}})
      """)
  }

  /// Runs Python with `fernet`, the keys `new` and `old`, and `token(user, field)`, which is what the backend reads.
  @discardableResult
  private func python(_ program: String) throws -> String {
    let interop = Checkout.root.appending(path: "Tests/Interop").path
    return try bench.pymongo.run(
      """
      sys.path.insert(0, sys.argv[1])
      import base64, fernet, open_sealed
      old, new = (base64.urlsafe_b64encode(bytes([n] * 32)) for n in (1, 2))
      keys = open(sys.argv[2]).read()
      reader = open_sealed.Reader(db, open_sealed.read_key_file(keys)[0])

      """ + program, [interop, bench.bench.keyFile])
  }

  private func migrate(_ arguments: String..., input: Command.Input = .none) throws -> MigrationOutcome {
    try bench.bench.migrate(["--fernet-key-file", keys] + arguments, input: input)
  }

  @Test func tokensAreSealedAndComeBack() throws {
    let planned = try migrate("--dry-run")
    #expect(planned.exitCode == 0, "\(planned.errors)")
    #expect(planned.users.values["/access_token"] == 2 && planned.users.values["/refresh_token"] == 2)
    let sealed = try migrate()
    #expect(sealed.exitCode == 0, "\(sealed.errors)")
    #expect(sealed.users.values == planned.users.values)
    #expect(!(sealed.errors + sealed.output).contains("access-9"))
    #expect(
      try python(
        """
        for u in db.users.find():
            o = reader.opened('users', u)
            print(o['access_token'], o['refresh_token'], 'access_token_hash' in u)
        """)
        == "access-900000777 refresh-900000777 True\naccess-900000778 refresh-900000778 True\n")
    #expect(try migrate("--verify").exitCode == 0)
    #expect(try bench.bench.migrate(["--verify"]).exitCode == 0)

    // The backend refreshes a token; the next run seals it, and the blind index follows.
    try python(
      """
      db.users.update_one({'strava_id': 900000777}, {'$set': {'access_token': fernet.encrypt(new, 'refreshed')}})
      """)
    let without = try bench.bench.migrate()
    #expect(without.exitCode == 1 && without.findings == ["SS094": 1], "\(without.errors)")
    #expect(try bench.untrue("n(U, access_token_hash={'$exists': True}) == 1") == [])
    #expect(try migrate().exitCode == 0)
    #expect(try bench.untrue("n(U, access_token_hash={'$exists': True}) == 2") == [])

    // A secret elsewhere, which the backend does not keep.
    try bench.pymongo.run(
      "db.activities.update_one({'strava_id': 15320359000}, {'$set': {'raw_data.embed_token': 'embedded'}})")
    #expect(try migrate().exitCode == 0)
    let back = try migrate("--decrypt", input: .bytes(Array("decrypt\nin clear\n".utf8)))
    #expect(back.exitCode == 0, "\(back.errors)")
    #expect(
      try python(
        """
        for u in db.users.find():
            print(fernet.decrypt(new, u['access_token']), fernet.decrypt(new, u['refresh_token']), u['username'])
        print(type(db.activities.find_one({'strava_id': 15320359000})['raw_data']['embed_token']).__name__)
        """)
          == """
          refreshed refresh-900000777 rider900000777
          access-900000778 refresh-900000778 rider900000778
          Binary

          """)
    #expect(try bench.untrue("n(U, access_token_hash={'$exists': True}) == 0") == [])
  }

  @Test func aTokenOfAnotherKeyIsAFinding() throws {
    try python(
      """
      other = base64.urlsafe_b64encode(bytes([3] * 32))
      db.users.update_one({'strava_id': 900000777}, {'$set': {'access_token': fernet.encrypt(other, 'CANARY')}})
      """)
    let sealed = try migrate()
    #expect(sealed.exitCode == 1 && sealed.findings == ["SS095": 1] && sealed.users.left == 1, "\(sealed.errors)")
    #expect(!sealed.errors.contains("gAAAA"))
    #expect(
      try python(
        """
        u = db.users.find_one({'strava_id': 900000777})
        print(u['access_token'][:6], type(u['refresh_token']).__name__, 'access_token_hash' in u)
        """) == "gAAAAA Binary False\n")
  }

  @Test func aFileOfFernetKeysThatOthersCanReadIsRefused() throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keys)
    let before = try bench.pymongo.dump()
    let refused = try migrate()
    #expect(refused.exitCode == 2 && refused.failure?.contains("chmod 600") == true)
    #expect(try bench.pymongo.dump() == before)
  }
}
