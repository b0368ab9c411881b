import BSON
import Mongo
import Support
import Testing

/// The definition of an index is the same when a server returns it, for every type of index. An invalid index is
/// reported.
@Suite(.waiting) struct IndexDefinitionTests {
  typealias Part = IndexDefinition.Part

  static let definitions = [
    IndexDefinition([Part("a")], options: IndexOptions(unique: true)),
    IndexDefinition([Part("a", .descending)]),
    IndexDefinition([Part("a"), Part("b", .descending), Part("c.d")], options: IndexOptions(sparse: true)),
    IndexDefinition([Part("a")], options: IndexOptions(expireAfter: 3600)),
    IndexDefinition([Part("a")], options: IndexOptions(hidden: true)),
    IndexDefinition(
      [Part("a")],
      options: IndexOptions(
        unique: true,
        partialFilter: BSONDocument([
          "b": .document(BSONDocument(["$lt": .double(5), "$gte": .int32(1)])), "a": .string("x"),
        ]))),
    IndexDefinition(
      [Part("a")],
      options: IndexOptions(collation: BSONDocument(["strength": .int32(2), "locale": .string("de")]))),
    IndexDefinition([Part("$**", .ascending)], name: "everything"),
  ]

  @Test(arguments: definitions)
  func comesBackFromAServerAsItWas(_ definition: IndexDefinition) throws {
    #expect(definition.faults == [])
    let collection = try freshCollection()
    try collection.createIndexes([definition.spec])
    let back = try collection.listIndexes().map(IndexDefinition.init)
    #expect(back.count == 2)
    #expect(back.contains { $0.means(definition) && $0.name == definition.name })
    // The index is requested again in the server's spelling, so nothing is to be done.
    for index in back where !index.isPrimary { try collection.createIndexes([index.spec]) }
    #expect(try collection.listIndexes().count == 2)
    for other in Self.definitions where other != definition { #expect(!definition.means(other)) }
  }

  private func read(_ members: KeyValuePairs<String, BSONValue>) -> IndexDefinition {
    IndexDefinition(BSONDocument(members))
  }

  /// Definitions as MongoDB servers return them; the stand-in server does not add all of these members.
  @Test func spellingsAreNoDifference() {
    let key = BSONValue.document(BSONDocument(["a": .int32(1), "b": .int32(-1)]))
    let other = BSONValue.document(BSONDocument(["a": .double(1), "b": .int64(-7)]))
    let plain = read(["v": .int32(2), "key": key, "name": .string("a_1_b_-1")])
    #expect(
      plain.means(
        read([
          "background": .bool(true), "ns": .string("db.c"), "key": other, "name": .string("other"), "v": .int32(1),
          "unique": .bool(false), "sparse": .int32(0), "hidden": .bool(false),
          "collation": .document(BSONDocument(["locale": .string("simple")])),
        ])))
    #expect(!plain.means(read(["key": .document(BSONDocument(["b": .int32(-1), "a": .int32(1)]))])))

    let full = BSONDocument([
      "locale": .string("en"), "caseLevel": .bool(false), "caseFirst": .string("off"), "strength": .int32(2),
      "numericOrdering": .bool(false), "alternate": .string("non-ignorable"), "maxVariable": .string("punct"),
      "normalization": .bool(false), "backwards": .bool(false), "version": .string("57.1"),
    ])
    let short = BSONDocument(["strength": .double(2), "locale": .string("en")])
    #expect(
      read(["key": key, "collation": .document(full)]).means(read(["key": other, "collation": .document(short)])))
    let weaker = BSONDocument(["locale": .string("en")])
    #expect(
      !read(["key": key, "collation": .document(full)]).means(read(["key": key, "collation": .document(weaker)])))

    func partial(_ filter: BSONDocument) -> IndexDefinition {
      read(["key": key, "partialFilterExpression": .document(filter)])
    }
    #expect(
      partial(BSONDocument(["x": .int32(1), "y": .document(BSONDocument(["$gt": .int64(2), "$lt": .int32(9)]))])).means(
        partial(
          BSONDocument([
            "y": .document(BSONDocument(["$lt": .double(9), "$gt": .int32(2)])),
            "x": .document(BSONDocument(["$eq": .double(1)])),
          ]))))
    #expect(!partial(BSONDocument(["x": .int32(1)])).means(partial(BSONDocument(["x": .int32(2)]))))
    #expect(!partial(BSONDocument(["x": .int32(1)])).means(read(["key": key])))

    let hour = read(["key": key, "expireAfterSeconds": .int32(3600)])
    #expect(hour.means(read(["key": key, "expireAfterSeconds": .double(3600)])))
    #expect(!hour.means(read(["key": key, "expireAfterSeconds": .int64(3601)])))
  }

  @Test func whatNoIndexCanBeIsReported() {
    let filter = BSONDocument(["b": .int32(1)])
    let wrong = [
      IndexDefinition([], name: "none"),
      IndexDefinition([Part("a"), Part("a", .descending)]),
      IndexDefinition([Part("a..b")]),
      IndexDefinition([Part("$a")]),
      IndexDefinition([Part("")], name: "empty"),
      IndexDefinition([Part("a")], name: "*"),
      IndexDefinition([Part("_id")], options: IndexOptions(sparse: true)),
      IndexDefinition([Part("a")], options: IndexOptions(sparse: true, partialFilter: filter)),
      IndexDefinition([Part("a")], options: IndexOptions(partialFilter: BSONDocument())),
      IndexDefinition([Part("a"), Part("b")], options: IndexOptions(expireAfter: 60)),
      IndexDefinition([Part("a")], options: IndexOptions(expireAfter: -1)),
      IndexDefinition([Part("a")], options: IndexOptions(expireAfter: .nan)),
      IndexDefinition([Part("a", .special("hashed"))], options: IndexOptions(unique: true)),
      IndexDefinition((0..<33).map { Part("f\($0)") }),
    ]
    for definition in wrong { #expect(definition.faults.count == 1, "\(definition): \(definition.faults)") }
  }
}
