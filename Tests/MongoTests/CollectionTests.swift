import BSON
import Mongo
import Support
import Testing

@Suite(.waiting) struct CollectionTests {
  private func index(_ field: String, unique: Bool = false) -> BSONDocument {
    BSONDocument { writer in
      writer.append(name: "key", .document(BSONDocument { $0.append(name: field, .int32(1)) }))
      writer.append("name", "\(field)_1")
      if unique { writer.append("unique", true) }
    }
  }

  @Test func findGivesEveryDocumentProjected() throws {
    let collection = try freshCollection()
    let documents = (0..<3000).map {
      BSONDocument(["_id": .int32(Int32($0)), "half": .double(Double($0) / 2), "more": .string("left out")])
    }
    #expect(collection.insert(documents).inserted == 3000)
    let cursor = try collection.find(
      BSONDocument(),
      options: BSONDocument([
        "projection": .document(BSONDocument(["half": .int32(1)])), "sort": .document(BSONDocument(["_id": .int32(1)])),
      ]))
    var seen = 0
    while let view = try cursor.next() {
      #expect(view["_id"]?.integer == Int64(seen))
      #expect(view["half"]?.number == Double(seen) / 2)
      #expect(view["more"] == nil)
      seen += 1
    }
    #expect(seen == 3000)
    #expect(try cursor.next() == nil)
  }

  @Test func everyTypeComesBackByteForByte() throws {
    let code = BSONDocument(["x": .int32(1)])
    let scoped = code.withUnsafeBytes { scope in
      let text = Array("f()\0".utf8)
      return le(Int32(4 + 4 + text.count + scope.count)) + le(Int32(text.count)) + text + Array(scope)
    }
    let id = try #require(ObjectID(hex: "00112233445566778899aabb"))
    let decimal = try #require(Decimal128(negative: true, coefficient: 12345, exponent: -3))
    let document = BSONDocument([
      "_id": .objectID(id), "double": .double(-0.0), "nan": .double(.nan), "string": .string("Zürich\0🚴"),
      "document": .document(BSONDocument(["": .int32(1), "$k": .null, "a.b": .bool(true)])),
      "array": BSONDocument.list([.int32(1), .string("two"), .document(BSONDocument())]),
      "binary": .binary(subtype: 0x80, [0, 255, 1]), "uuid": .binary(subtype: 4, Array(0..<16)),
      "empty": .binary(subtype: 0, []), "id": .objectID(id), "true": .bool(true), "false": .bool(false),
      "date": .date(BSONDate(milliseconds: -1)), "null": .null,
      "regex": .other(type: .regex, Array("^a\0i\0".utf8)),
      "code": .other(type: .javaScript, le(Int32(4)) + Array("f()\0".utf8)),
      "scoped": .other(type: .scopedJavaScript, scoped), "int32": .int32(.min),
      "timestamp": .other(type: .timestamp, le(Int64(7) << 32 | 1)), "int64": .int64(.min),
      "decimal": .decimal128(decimal), "min": .other(type: .minKey, []), "max": .other(type: .maxKey, []),
    ])
    let collection = try freshCollection()
    #expect(collection.insert([document]).inserted == 1)
    let cursor = try collection.find(BSONDocument())
    let view = try #require(try cursor.next())
    for (sent, got) in zip(document.elements, BSONDocument(copying: view.bytes).elements) {
      #expect(sent.key == got.key)
      #expect(sent.value == got.value || sent.key == "nan", "\(sent.key)")
    }
    #expect(view.elementsEqual(document))
  }

  @Test func badQueryIsRefused() throws {
    let collection = try freshCollection()
    collection.insert([BSONDocument(["a": .int32(1)])])
    let error = #expect(throws: MongoError.self) {
      try collection.all(BSONDocument(["a": .document(BSONDocument(["$noSuch": .string("Kilian")]))]))
    }
    #expect(error?.kind == .refused)
    #expect(error?.description.contains("Kilian") == false)
  }

  @Test func countsWhatMatches() throws {
    let collection = try freshCollection()
    #expect(try collection.count(BSONDocument()) == 0)
    collection.insert((0..<10).map { BSONDocument(["n": .int32(Int32($0))]) })
    #expect(try collection.count(BSONDocument(["n": .document(BSONDocument(["$gt": .int32(6)]))])) == 3)
  }

  @Test func aggregatesInStages() throws {
    let collection = try freshCollection()
    collection.insert((0..<10).map { BSONDocument(["n": .int32(Int32($0 % 2))]) })
    let cursor = try collection.aggregate([
      BSONDocument(["$match": .document(BSONDocument(["n": .int32(1)]))]),
      BSONDocument(["$count": .string("ones")]),
    ])
    #expect(try cursor.next()?["ones"]?.integer == 5)
    #expect(try cursor.next() == nil)
  }

  @Test func indexesAreMadeAndListed() throws {
    let collection = try freshCollection()
    #expect(try collection.listIndexes() == [])
    try collection.createIndexes([index("strava_id", unique: true), index("user_id")])
    let listed = try collection.listIndexes()
    #expect(listed.compactMap { $0["name"]?.string } == ["_id_", "strava_id_1", "user_id_1"])
    #expect(listed.map { $0["unique"]?.bool ?? false } == [false, true, false])
    #expect(listed.last?[path: "key", "user_id"]?.integer == 1)
    // Creating them again is not an error.
    try collection.createIndexes([index("strava_id", unique: true), index("user_id")])
    #expect(try collection.listIndexes().count == 3)
  }

  @Test func duplicatesInTheDataRefuseAUniqueIndex() throws {
    let collection = try freshCollection()
    collection.insert([1, 2].map { BSONDocument(["_id": .int32($0), "email": .string("anna@example.org")]) })
    let error = #expect(throws: MongoError.self) { try collection.createIndexes([index("email", unique: true)]) }
    #expect(error?.kind == .refused)
    #expect(error?.code == 11000)
    #expect(error?.isTransient == false)
    #expect(error?.description.contains("anna") == false)
  }
}

extension BSONView {
  /// Compares the bytes.
  fileprivate func elementsEqual(_ document: BSONDocument) -> Bool {
    document.withUnsafeBytes { bytes.elementsEqual($0) }
  }
}
