import Foundation
import Support
import Testing

/// A sealed value that was moved, truncated or changed in any bit cannot be decrypted, and is reported.
@Suite(.waiting) struct SealedTamperingTests {
  @Test func everyBitEveryLengthAndEveryMove() throws {
    let keys = try KeysFixture()
    // Each is one envelope: 58 bytes, and 17 bytes of BSON for the four letters.
    let (length, untouched, moved) = (17 + 58, 10, 10)
    let count = length * 8 + length + moved + untouched
    let records = (0..<count).map { number in
      SyntheticRecord.summary(SyntheticDump.firstActivity + Int64(number)).with(
        "private_note", "\"\(String(number + 1000))\"")
    }
    let stranger = SyntheticRecord.summary(SyntheticDump.firstActivity + Int64(count), athlete: 900_000_002).with(
      "private_note", "\"5000\"")
    let file = try keys.store.folder.write((records + [stranger]).lines, to: "records.json")
    #expect(try keys.store.run([file]).exitCode == 0)
    #expect(try keys.keys("verify").exitCode == 0)

    let tampered = try keys.pymongo.run(
      """
      length, untouched, moved = map(int, sys.argv[1:])
      documents = list(db.activities.find({}, {'strava_activity_id': 1, 'raw_data.private_note': 1}).sort('strava_activity_id'))
      stranger = documents.pop()
      documents = documents[untouched:]
      changes, result = [], []
      def put(document, value, field='private_note'):
          changes.append(pymongo.UpdateOne({'_id': document['_id']}, {'$set': {f'raw_data.{field}': bson.Binary(value, 0x80)}}))
          result.append(f"{document['strava_activity_id']} /raw_data/{field}")
      def note(document): return bytearray(document['raw_data']['private_note'])
      for bit in range(8 * length):
          document = documents.pop(); value = note(document)
          assert len(value) == length
          value[bit // 8] ^= 1 << bit % 8
          put(document, bytes(value))
      for kept in range(length):
          document = documents.pop()
          put(document, bytes(note(document)[:kept]))
      for number in range(moved):
          document = documents.pop()
          match number % 3:
              case 0: put(document, bytes(note(documents[-1] if documents else stranger)))
              case 1: put(document, bytes(note(document)), 'bio')
              case 2: put(document, bytes(note(stranger)))
      db.activities.bulk_write(changes)
      print('\\n'.join(sorted(result)))
      """, ["\(length)", "\(untouched)", "\(moved)"]
    ).split(separator: "\n").map(String.init)
    #expect(tampered.count == count - untouched)
    let before = try keys.records()

    let verified = try keys.keys("verify")
    #expect(verified.exitCode == 1)
    let activities = try #require(verified.printed.collections["activities"])
    #expect(activities.read == count + 1)
    #expect(activities.left == tampered.count)
    #expect(activities.unchanged == untouched + 1)
    #expect(verified.printed.findings.values.reduce(0, +) == tampered.count)
    #expect(try keys.run(["encrypt-migrate", "--verify"]).exitCode == 1)

    // The program shows the first hundred findings; the reference reader names all of them.
    let names = Set(tampered)
    let ids = try keys.pymongo.run(
      "print(json.dumps({str(a['_id']): a['strava_activity_id'] for a in db.activities.find({}, {'strava_activity_id': 1})}))"
    )
    let stravaIDs = try JSONDecoder().decode([String: Int64].self, from: Data(ids.utf8))
    let shown = verified.errors.matches(
      of: /activities\/([0-9a-f]{24}): error: .* \((\/raw_data\/[a-z_]+)\) \[SS07[12]\]/
    )
    .map { match in "\(stravaIDs[String(match.1)] ?? 0) \(match.2)" }
    #expect(Set(shown).count == 100 && names.isSuperset(of: shown))
    let read = try Command(
      try Checkout.inVenv("python"),
      [Checkout.root.appending(path: "Tests/Interop/open_sealed.py").path, "--key-file", keys.store.keyFile],
      environment: ["MONGODB_URI": keys.store.database.uri, "MONGODB_DATABASE": keys.store.database.name]
    ).run()
    #expect(read.exitCode == 1)
    let refused = read.errors.split(separator: "\n").map { line in
      line.split(separator: "\t")[1...2].joined(separator: " ")
    }
    #expect(refused.sorted() == tampered)

    // No command that seals again or migrates changes any of them.
    #expect(try keys.run(["encrypt-migrate"]).exitCode == 1)
    #expect(try keys.records() == before)
  }
}
