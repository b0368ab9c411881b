import BSON
import Foundation
import Mongo
import Support

extension TestServer {
  /// A pool of clients of this server.
  /// - Parameter options: the query of the connection string, with its question mark.
  func pool(_ options: String = "") throws -> MongoClientPool {
    try MongoClientPool(MongoURI(uri + "/" + options), applicationName: "strava-store tests")
  }
}

/// A client of the shared server.
func sharedClient() throws -> MongoClient { try TestServer.shared.pool().client() }

/// A collection that no other test uses.
func freshCollection(_ client: MongoClient? = nil) throws -> MongoCollection {
  try (client ?? sharedClient()).collection("c\(UUID().uuidString.prefix(8))", in: "mongo_tests")
}

extension BSONDocument {
  /// Shorthand for the documents of tests.
  init(_ fields: KeyValuePairs<String, BSONValue>) {
    self.init { writer in
      for (key, value) in fields { writer.append(name: key, value) }
    }
  }

  static func list(_ values: [BSONValue]) -> BSONValue {
    .array(
      BSONDocument { writer in
        for (i, value) in values.enumerated() { writer.append(name: String(i), value) }
      })
  }
}

extension MongoCollection {
  /// Inserts documents in one bulk.
  @discardableResult
  func insert(_ documents: [BSONDocument]) -> BulkOutcome {
    var bulk = bulkWrite()
    for document in documents { document.withUnsafeBytes { bulk.insert($0) } }
    return bulk.execute()
  }

  /// Everything a query gives, copied.
  func all(
    _ filter: BSONDocument = BSONDocument(), options: BSONDocument = BSONDocument()
  ) throws -> [BSONDocument] {
    let cursor = try find(filter, options: options)
    var found: [BSONDocument] = []
    while let view = try cursor.next() { found.append(BSONDocument(copying: view.bytes)) }
    return found
  }
}

extension BulkWrite {
  mutating func insert(_ document: BSONDocument) { document.withUnsafeBytes { insert($0) } }

  mutating func update(_ filter: BSONDocument, _ change: BSONDocument, upsert: Bool) {
    filter.withUnsafeBytes { f in change.withUnsafeBytes { u in update(filter: f, update: u, upsert: upsert) } }
  }
}
