import BSON
import Mongo
import Support
import Testing

/// An invalid reply of a broken or hostile server is an error. It never causes a read beyond the reply or a wrong
/// count.
@Suite(.waiting) struct DishonestServerTests {
  private static let ok = element(0x01, "ok", le(Double(1).bitPattern))

  private func client(_ server: FakeServer) throws -> MongoClient {
    let uri = try MongoURI("mongodb://127.0.0.1:\(server.port)/?serverSelectionTimeoutMS=2000")
    return try MongoClientPool(uri, applicationName: "tests").client()
  }

  static let malformed: [String: [UInt8]] = [
    "text that is not UTF-8": element(0x02, "a", le(Int32(2)) + [0xFF, 0]),
    "a key that is not UTF-8": [0x0A, 0xC3, 0x28, 0],
    "text without its end": element(0x02, "a", le(Int32(2)) + [0x41, 0x42]),
    "text of length 0": element(0x02, "a", le(Int32(0))),
    "text that leaves the document": element(0x02, "a", le(Int32(1000)) + [0x41, 0]),
    "an inner document of length 4": element(0x03, "a", le(Int32(4))),
    "an inner document without its end": element(0x03, "a", le(Int32(6)) + [1, 1]),
    "an inner array that leaves the document": element(0x04, "a", le(Int32(1000)) + [0]),
    "a truth value of 2": element(0x08, "a", [2]),
    "binary of negative length": element(0x05, "a", le(Int32(-1)) + [0]),
    "an unknown type": element(0x55, "a", []),
    "a regular expression without its options": element(0x0B, "a", [0x41]),
    "scoped code with a gap": element(
      0x0F, "a", le(Int32(15)) + le(Int32(1)) + [0] + le(Int32(5)) + [0, 9]),
    "elements behind the end": [0, 0x0A, 0x61, 0],
    "endless nesting": (0..<250).reduce(document()) { inner, _ in document(element(0x03, "a", inner)) }
      .dropFirst(4).dropLast(),
  ]

  @Test(arguments: Self.malformed.keys.sorted())
  func malformedRepliesAreErrors(_ name: String) throws {
    let bad = try #require(Self.malformed[name])
    let inCursor = document(
      element(
        0x03, "cursor",
        document(
          element(0x12, "id", le(Int64(0))), element(0x02, "ns", le(Int32(4)) + Array("d.c\0".utf8)),
          element(0x04, "firstBatch", document(element(0x03, "0", document(bad)))))), Self.ok)
    let server = try FakeServer { $0 == "find" ? inCursor : document(Self.ok, bad) }
    let client = try client(server)
    let command = BSONDocument(["probe": .int32(1)])
    let first = #expect(throws: MongoError.self) { try client.run(command, on: "d") }
    #expect(first?.kind == .malformedReply)
    let second = #expect(throws: MongoError.self) { try client.collection("c", in: "d").all() }
    #expect(second?.kind == .malformedReply)
  }

  @Test func honestRepliesPass() throws {
    let server = try FakeServer { _ in document(Self.ok, element(0x02, "a", le(Int32(3)) + Array("é\0".utf8))) }
    #expect(try client(server).run(BSONDocument(["probe": .int32(1)]), on: "d")["a"]?.string == "é")
  }

  private func writeError(_ index: Int32) -> [UInt8] {
    document(
      element(0x10, "index", le(index)), element(0x10, "code", le(Int32(2))),
      element(0x02, "errmsg", le(Int32(5)) + Array("{a1}\0".utf8)))
  }

  private func insertTwo(_ reply: [UInt8]) throws -> BulkOutcome {
    let server = try FakeServer { _ in reply }
    let collection = try client(server).collection("c", in: "d")
    return collection.insert([BSONDocument(["_id": .int32(1)]), BSONDocument(["_id": .int32(2)])])
  }

  @Test func countsThatDoNotAddUpAreAFailure() throws {
    let one = element(0x10, "n", le(Int32(1)))
    let none = element(0x10, "n", le(Int32(0)))
    for reply in [
      document(Self.ok), document(Self.ok, one), document(Self.ok, element(0x10, "n", le(Int32(3)))),
      document(Self.ok, one, element(0x04, "writeErrors", document(element(0x03, "0", writeError(2))))),
      document(Self.ok, one, element(0x04, "writeErrors", document(element(0x03, "0", writeError(-1))))),
      document(
        Self.ok, none,
        element(
          0x04, "writeErrors", document(element(0x03, "0", writeError(1)), element(0x03, "1", writeError(1))))),
    ] {
      let outcome = try insertTwo(reply)
      #expect(!outcome.isComplete)
      #expect(outcome.failure?.kind == .malformedReply)
      #expect(outcome.settled == 0 && outcome.inserted == 0 && outcome.writeErrors.isEmpty)
    }
    let honest = try insertTwo(
      document(Self.ok, one, element(0x04, "writeErrors", document(element(0x03, "0", writeError(1))))))
    #expect(honest.isComplete)
    #expect(honest.inserted == 1)
    #expect(honest.writeErrors.map(\.index) == [1])
    #expect(honest.writeErrors.first?.message.contains("a1") == false)
  }

  @Test(
    arguments: [
      ("Can't extract geo keys: { loc: [ 7.44, 46.94 ] } out of bounds, lng: 7.44 lat: -46.94", ["7.44", "46.94"]),
      ("Cannot create field 'b' in element {a: \"Anna\"}", ["Anna", "b"]),
      ("Failed to parse number 'Anna' in $convert", ["Anna"]),
      ("unbalanced { name: Anna", ["Anna"]),
    ])
  func serversTextLosesItsValues(_ text: String, _ values: [String]) throws {
    let server = try FakeServer { _ in
      document(
        element(0x01, "ok", le(Double(0).bitPattern)), element(0x10, "code", le(Int32(2))),
        element(0x02, "codeName", le(Int32(9)) + Array("BadValue\0".utf8)),
        element(0x02, "errmsg", le(Int32(text.utf8.count + 1)) + Array(text.utf8) + [0]))
    }
    let client = try client(server)
    let error = #expect(throws: MongoError.self) {
      try client.run(BSONDocument(["probe": .int32(1)]), on: "d")
    }
    let message = try #require(error?.message)
    #expect(error?.codeName == "BadValue")
    #expect(error?.code == 2)
    #expect(message.hasPrefix(text.prefix(4)))
    for value in values where value.count > 1 { #expect(!message.contains(value)) }
    #expect(!message.contains("'b'"))
  }
}
