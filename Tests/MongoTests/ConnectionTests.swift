import BSON
import Foundation
import Mongo
import Support
import Testing

@Suite(.waiting) struct ConnectionTests {
  @Test func pingAnswers() throws {
    try sharedClient().ping(database: "admin")
  }

  @Test func commandsGiveTheirReply() throws {
    let reply = try sharedClient().run(BSONDocument(["buildInfo": .int32(1)]), on: "admin")
    #expect(reply["ok"]?.integer == 1)
    #expect(reply["version"]?.string != nil)
  }

  @Test func refusedCommandsCarryTheServersCode() throws {
    let client = try sharedClient()
    let error = #expect(throws: MongoError.self) {
      try client.run(BSONDocument(["noSuchCommand": .string("Kilian")]), on: "admin")
    }
    #expect(error?.kind == .refused)
    #expect(error?.domain == 17)
    #expect(error?.code == 59)
    #expect(error?.isTransient == false)
    #expect(error?.description.contains("Kilian") == false)
  }

  @Test func serverThatIsDownIsReportedInFiveSeconds() throws {
    let uri = try MongoURI("mongodb://user:hunter22@127.0.0.1:\(freePort())")
    let client = try MongoClientPool(uri, applicationName: "tests").client()
    var error: MongoError?
    let time = ContinuousClock().measure {
      error = #expect(throws: MongoError.self) { try client.ping(database: "admin") }
    }
    #expect(error?.kind == .serverUnreachable)
    #expect(error?.isTransient == true)
    #expect(error?.description.contains("hunter22") == false)
    #expect(time > .seconds(3) && time < .seconds(15))
  }

  @Test func uriOutweighsTheDefaults() throws {
    let uri = try MongoURI("mongodb://127.0.0.1:\(freePort())/?serverSelectionTimeoutMS=300")
    let client = try MongoClientPool(uri, applicationName: "tests").client()
    let time = ContinuousClock().measure {
      _ = #expect(throws: MongoError.self) { try client.ping(database: "admin") }
    }
    #expect(time < .seconds(3))
  }

  @Test func sixteenClientsAtOnceWhateverTheURISays() throws {
    let pool = try TestServer.shared.pool("?maxPoolSize=1")
    let clients = try (0..<16).map { _ in try pool.client() }
    for client in clients { try client.ping(database: "admin") }
  }

  @Test func clientsServeManyThreads() async throws {
    let pool = try TestServer.shared.pool()
    let name = "t\(UUID().uuidString.prefix(8))"
    let group = DispatchGroup()
    for thread in 0..<8 {
      DispatchQueue.global().async(group: group) {
        guard let client = try? pool.client() else { return }
        let documents = (0..<50).map { BSONDocument(["_id": .int32(Int32(thread * 50 + $0))]) }
        client.collection(name, in: "mongo_tests").insert(documents)
      }
    }
    await withCheckedContinuation { done in group.notify(queue: .global()) { done.resume() } }
    #expect(try pool.client().collection(name, in: "mongo_tests").count(BSONDocument()) == 400)
  }

  @Test func killedServerIsNoticedAndFoundAgain() throws {
    let server = try TestServer()
    let client = try server.pool("?serverSelectionTimeoutMS=1500").client()
    let collection = client.collection("c", in: "mongo_tests")
    #expect(collection.insert([BSONDocument(["_id": .int32(1)])]).isComplete)

    try server.kill()
    let outcome = collection.insert([BSONDocument(["_id": .int32(2)])])
    #expect(!outcome.isComplete)
    #expect(outcome.settled == 0)
    #expect(outcome.failure?.isTransient == true)
    let kinds: [MongoError.Kind] = [.network, .serverUnreachable]
    #expect(outcome.failure.map { kinds.contains($0.kind) } == true)
    let error = #expect(throws: MongoError.self) { try collection.all() }
    #expect(error?.isTransient == true)

    try server.start()
    #expect(collection.insert([BSONDocument(["_id": .int32(3)])]).isComplete)
    #expect(try collection.all().compactMap { $0["_id"]?.integer }.sorted() == [1, 3])
  }
}
