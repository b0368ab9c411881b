import BSON
import Mongo
import StoreAccess
import Testing

/// Which index provides the order of a field, for a selection.
struct IndexOrdersTests {
  private typealias Part = IndexDefinition.Part

  private static let indexes = [
    IndexDefinition([Part("_id")], name: "_id_"),
    IndexDefinition([Part("start_date", .descending)]),
    IndexDefinition([Part("user_id"), Part("start_date", .descending)]),
    IndexDefinition([Part("user_id"), Part("sport_type"), Part("start_date", .descending)]),
    IndexDefinition([Part("user_id"), Part("distance", .descending)]),
    IndexDefinition([Part("token_expires_at")], options: IndexOptions(sparse: true)),
    IndexDefinition([Part("name")], options: IndexOptions(hidden: true)),
    IndexDefinition([Part("type")], options: IndexOptions(partialFilter: BSONDocument { $0.append("a", Int32(1)) })),
    IndexDefinition([Part("city")], options: IndexOptions(collation: BSONDocument { $0.append("locale", "de") })),
    IndexDefinition([Part("start_latlng", .special("2dsphere"))]),
    IndexDefinition([Part("$**")]),
  ]

  private func orders(_ filter: String) throws -> IndexOrders {
    IndexOrders(Self.indexes, where: try ExtendedJSON.document(filter))
  }

  @Test func withoutAFilterTheFirstFieldOfAKeyHasItsOrder() throws {
    let orders = try orders("{}")
    #expect(orders.fields == ["_id", "start_date", "user_id"])
    #expect(orders.index(for: "start_date") == "start_date_-1")
    #expect(orders.index(for: "distance") == nil)
    #expect(!orders.isOfOneDocument)
  }

  /// Filters that compare the user with one value, and filters that do not.
  @Test(arguments: [
    (#"{"user_id": 1}"#, true), (#"{"user_id": {"$eq": "a"}}"#, true), (#"{"$and": [{"user_id": 1}, {"a": 2}]}"#, true),
    (#"{"user_id": {"$oid": "65a0b1c2d3e4f5a6b7c8d9e0"}}"#, true), (#"{"user_id": {"$eq": 1, "$exists": true}}"#, true),
    (#"{"user_id": {"$gt": 1}}"#, false), (#"{"user_id": null}"#, false), (#"{"user_id": {"$in": [1, 2]}}"#, false),
    (#"{"$or": [{"user_id": 1}, {"a": 2}]}"#, false), (#"{"user_id": [1]}"#, false), (#"{"user_id": {"a": 1}}"#, false),
    (#"{"user_id": {"$regularExpression": {"pattern": "a", "options": ""}}}"#, false),
    (#"{"sport_type": "Run"}"#, false),
    (#"{"user_id": {"$not": {"$eq": 1}}}"#, false),
  ])
  func anEqualFieldBeforeItInTheKeyKeepsTheOrder(filter: String, keeps: Bool) throws {
    let orders = try orders(filter)
    #expect(orders.index(for: "distance") == (keeps ? "user_id_1_distance_-1" : nil))
    #expect(orders.index(for: "start_date") == (keeps ? "user_id_1_start_date_-1" : "start_date_-1"))
  }

  @Test func theIndexWithMostFieldsOfTheFilterIsTaken() throws {
    let orders = try orders(#"{"user_id": 1, "sport_type": "Run", "start_date": {"$gt": 1}}"#)
    #expect(orders.index(for: "start_date") == "user_id_1_sport_type_1_start_date_-1")
  }

  @Test func oneDocumentNeedsNoOrder() throws {
    #expect(try orders(#"{"_id": 5}"#).isOfOneDocument)
    #expect(try !orders(#"{"_id": {"$gt": 5}}"#).isOfOneDocument)
  }
}
