import BSON
import Mongo
import Support
import Testing

@Suite(.waiting) struct BulkWriteTests {
  private func number(_ n: Int) -> BSONDocument { BSONDocument(["_id": .int32(Int32(n)), "name": .string("Kilian")]) }

  /// The invariant that a bulk's outcome promises.
  private func expectAccounted(_ outcome: BulkOutcome, _ operations: Int) {
    #expect(outcome.operations == operations)
    #expect(
      outcome.inserted + outcome.matched + outcome.upsertedIndexes.count + outcome.unmatched
        + outcome.writeErrors.count == outcome.settled)
  }

  @Test func emptyBulkGivesAnEmptyOutcome() throws {
    let outcome = try freshCollection().bulkWrite().execute()
    #expect(outcome.isComplete)
    expectAccounted(outcome, 0)
  }

  @Test func duplicatesAreReportedByIndex() throws {
    let collection = try freshCollection()
    #expect(collection.insert([3, 5].map(number)).inserted == 2)
    let outcome = collection.insert((0..<8).map(number))
    #expect(outcome.isComplete)
    expectAccounted(outcome, 8)
    #expect(outcome.inserted == 6)
    #expect(outcome.writeErrors.map(\.index) == [3, 5])
    #expect(outcome.writeErrors.allSatisfy { $0.code == 11000 && $0.kind == .duplicateKey && $0.fields == ["_id"] })
    #expect(try collection.count(BSONDocument()) == 8)
  }

  @Test func duplicateKeysNameTheIndexAndNoValue() throws {
    let collection = try freshCollection()
    try collection.createIndexes([
      BSONDocument([
        "key": .document(BSONDocument(["email": .int32(1), "city": .int32(1)])), "name": .string("email_1"),
        "unique": .bool(true),
      ])
    ])
    let anna = BSONDocument(["email": .string("anna@example.org"), "city": .string("Chur")])
    let outcome = collection.insert([anna, anna])
    let error = try #require(outcome.writeErrors.first)
    #expect(error.index == 1)
    #expect(error.fields == ["email", "city"])
    #expect(error.message.contains("email"))
    #expect(!error.message.contains("anna") && !error.message.contains("Chur"))
  }

  @Test func splitBulkKeepsItsIndexes() throws {
    let collection = try freshCollection()
    let known = [0, 999, 1000, 1500, 1999, 2000, 2499]
    #expect(collection.insert(known.map(number)).inserted == known.count)
    var bulk = collection.bulkWrite()
    for n in 0..<2500 { bulk.insert(number(n)) }
    #expect(bulk.count == 2500)
    #expect(bulk.byteCount == 2500 * number(0).count)
    let outcome = bulk.execute()
    #expect(outcome.isComplete)
    expectAccounted(outcome, 2500)
    #expect(outcome.writeErrors.map(\.index) == known)
    #expect(outcome.inserted == 2500 - known.count)
    #expect(try collection.count(BSONDocument()) == 2500)
  }

  @Test func upsertsTellNewFromMatched() throws {
    let collection = try freshCollection()
    collection.insert([1, 3].map(number))
    var bulk = collection.bulkWrite()
    for n in 0..<5 {
      // 1 is changed, 3 stays as it is.
      let name = n == 3 ? "Kilian" : "Killian"
      bulk.update(
        BSONDocument(["_id": .int32(Int32(n))]),
        BSONDocument(["$set": .document(BSONDocument(["name": .string(name)]))]), upsert: true)
    }
    let outcome = bulk.execute()
    #expect(outcome.isComplete)
    expectAccounted(outcome, 5)
    #expect(outcome.upsertedIndexes == [0, 2, 4])
    #expect(outcome.matched == 2)
    #expect(outcome.modified == 1)
  }

  @Test func guardThatMissesComesBackAsDuplicate() throws {
    let collection = try freshCollection()
    collection.insert([
      BSONDocument(["_id": .int32(1), "resource_state": .int32(3)]),
      BSONDocument(["_id": .int32(2), "resource_state": .int32(2)]),
    ])
    var bulk = collection.bulkWrite()
    for n in 1...3 {
      let atMost2 = BSONDocument(["$not": .document(BSONDocument(["$gt": .int32(2)]))])
      bulk.update(
        BSONDocument(["_id": .int32(Int32(n)), "resource_state": .document(atMost2)]),
        BSONDocument(["$set": .document(BSONDocument(["resource_state": .int32(2), "seen": .bool(true)]))]),
        upsert: true)
    }
    let outcome = bulk.execute()
    #expect(outcome.isComplete)
    expectAccounted(outcome, 3)
    #expect(outcome.writeErrors.map(\.index) == [0])
    #expect(outcome.writeErrors.map(\.code) == [11000])
    #expect(outcome.matched == 1)
    #expect(outcome.upsertedIndexes == [2])
  }

  @Test func plainUpdatesThatFindNothingAreUnmatched() throws {
    let collection = try freshCollection()
    collection.insert([1, 2].map(number))
    var bulk = collection.bulkWrite()
    for n in 1...4 {
      bulk.update(
        BSONDocument(["_id": .int32(Int32(n))]),
        BSONDocument(["$set": .document(BSONDocument(["name": .string("new")]))]), upsert: false)
    }
    let outcome = bulk.execute()
    #expect(outcome.isComplete)
    expectAccounted(outcome, 4)
    #expect(outcome.matched == 2)
    #expect(outcome.unmatched == 2)
    #expect(try collection.count(BSONDocument()) == 2)
  }

  @Test func whatNoServerTakesIsRefusedAloneAndNotSent() throws {
    let collection = try freshCollection()
    let large = BSONDocument { writer in
      writer.append("_id", Int32(2))
      writer.append("text", String(repeating: "x", count: 17 * 1024 * 1024))
    }
    var bulk = collection.bulkWrite()
    bulk.insert(number(1))
    bulk.insert(large)
    [UInt8](repeating: 7, count: 20).withUnsafeBytes { bulk.insert($0) }
    bulk.insert(number(1))
    bulk.insert(number(4))
    let outcome = bulk.execute()
    #expect(outcome.isComplete)
    expectAccounted(outcome, 5)
    #expect(outcome.writeErrors.map(\.index) == [1, 2, 3])
    #expect(outcome.writeErrors.map(\.kind) == [.tooLarge, .other, .duplicateKey])
    #expect(try collection.all().compactMap { $0["_id"]?.integer }.sorted() == [1, 4])

    var update = collection.bulkWrite()
    update.update(
      BSONDocument(["_id": .int32(4)]), BSONDocument(["$set": .document(large)]), upsert: true)
    #expect(update.execute().writeErrors.map(\.kind) == [.tooLarge])
  }

  @Test func largestDocumentIsStored() throws {
    let collection = try freshCollection()
    let frame = BSONDocument(["_id": .int32(1), "text": .string("")]).count
    let document = BSONDocument([
      "_id": .int32(1), "text": .string(String(repeating: "x", count: BSONLimits.documentSize - frame)),
    ])
    #expect(document.count == BSONLimits.documentSize)
    #expect(collection.insert([document, number(2)]).inserted == 2)
    #expect(try collection.all(BSONDocument(["_id": .int32(1)])) == [document])
  }

  @Test func validatorFailuresNamePathsAndNoValue() throws {
    let client = try sharedClient()
    let collection = try freshCollection(client)
    let schema = BSONDocument([
      "bsonType": .string("object"), "required": BSONDocument.list([.string("strava_id")]),
      "properties": .document(
        BSONDocument([
          "map": .document(
            BSONDocument([
              "bsonType": .string("object"),
              "properties": .document(
                BSONDocument(["polyline": .document(BSONDocument(["bsonType": .string("string")]))])),
            ]))
        ])),
    ])
    _ = try client.run(
      BSONDocument([
        "create": .string(collection.name), "validator": .document(BSONDocument(["$jsonSchema": .document(schema)])),
      ]), on: collection.database, writes: true)
    let outcome = collection.insert([
      BSONDocument(["_id": .int32(1), "strava_id": .int64(5)]),
      BSONDocument(["_id": .int32(2), "map": .document(BSONDocument(["polyline": .int64(473_219_876)]))]),
    ])
    expectAccounted(outcome, 2)
    let error = try #require(outcome.writeErrors.first)
    #expect(error.index == 1)
    #expect(error.code == 121)
    #expect(error.kind == .validation)
    #expect(Set(error.fields) == ["strava_id", "map.polyline"])
    #expect(!error.message.contains("473219876"))
  }
}

/// A server of its own: only one failpoint can be armed at a time.
@Suite(.waiting) struct BulkWriteFailureTests {
  // In this order: a client that goes after its server waits for it to say goodbye.
  private let client: MongoClient
  private let server: TestServer

  init() throws {
    server = try TestServer(.testCommands)
    client = try server.pool().client()
  }

  private func failInserts(skip: Int32, times: Int32, _ data: KeyValuePairs<String, BSONValue>) throws {
    let commands = BSONDocument.list([.string("insert")])
    _ = try client.run(
      BSONDocument([
        "configureFailPoint": .string("failCommand"),
        "mode": .document(BSONDocument(["skip": .int32(skip), "times": .int32(times)])),
        "data": .document(
          BSONDocument { writer in
            writer.append(name: "failCommands", commands)
            for (key, value) in data { writer.append(name: key, value) }
          }),
      ]), on: "admin")
  }

  private func insert(_ count: Int) -> BulkOutcome {
    let collection = client.collection("c", in: "mongo_tests")
    return collection.insert((0..<count).map { BSONDocument(["_id": .int32(Int32($0))]) })
  }

  @Test func brokenConnectionKeepsWhatWasKnownBefore() throws {
    try failInserts(skip: 1, times: 2, ["closeConnection": .bool(true)])
    let outcome = insert(2500)
    #expect(!outcome.isComplete)
    #expect(outcome.failure?.kind == .network)
    #expect(outcome.failure?.isTransient == true)
    #expect(outcome.inserted == 1000)
    #expect(outcome.settled == 1000)
    #expect(try client.collection("c", in: "mongo_tests").count(BSONDocument()) == 1000)
    let again = insert(2500)
    #expect(again.isComplete)
    #expect(again.inserted == 1500)
    #expect(again.writeErrors.map(\.index) == Array(0..<1000))
  }

  @Test func oneBrokenConnectionIsRetriedByTheDriver() throws {
    try failInserts(skip: 1, times: 1, ["closeConnection": .bool(true)])
    let outcome = insert(2500)
    #expect(outcome.isComplete)
    #expect(outcome.inserted == 2500)
  }

  @Test func refusedCommandIsTransientByItsCode() throws {
    try failInserts(skip: 0, times: 1, ["errorCode": .int32(112)])
    let outcome = insert(1)
    #expect(outcome.failure?.kind == .refused)
    #expect(outcome.failure?.code == 112)
    #expect(outcome.failure?.isTransient == true)
    try failInserts(skip: 0, times: 1, ["errorCode": .int32(13)])
    #expect(insert(1).failure?.isTransient == false)
  }

  @Test func writeConcernErrorsAreAppliedWrites() throws {
    try failInserts(
      skip: 0, times: 1,
      [
        "writeConcernError": .document(
          BSONDocument(["code": .int32(64), "errmsg": .string("waiting for replication timed out")]))
      ])
    let outcome = insert(3)
    #expect(outcome.isComplete)
    #expect(outcome.inserted == 3)
    #expect(outcome.writeConcernErrors.map(\.kind) == [.writeConcern])
    #expect(outcome.writeConcernErrors.map(\.code) == [64])
  }
}
