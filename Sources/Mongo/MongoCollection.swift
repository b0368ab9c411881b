import BSON
import CMongo

/// A collection, accessed through one client.
public final class MongoCollection {
  public let name: String
  public let database: String
  let pointer: OpaquePointer
  let client: MongoClient

  init(_ name: String, in database: String, of client: MongoClient) {
    self.name = name
    self.database = database
    self.client = client
    pointer = mongoc_client_get_collection(client.pointer, database, name)
  }

  deinit { mongoc_collection_destroy(pointer) }

  /// Returns the description of a command to this collection, for error messages.
  func request(_ command: String) -> MongoRequest {
    MongoRequest(command: command, database: database, collection: name, rights: client.pool.rights)
  }

  /// Opens a cursor over the documents that match.
  ///
  /// - Parameter options: the options of the `find` command, such as `projection`, `sort`, `limit` and `batchSize`.
  public func find(_ filter: BSONDocument, options: BSONDocument = BSONDocument()) throws(MongoError) -> MongoCursor {
    var error = bson_error_t()
    let cursor = filter.withUnsafeBytes { filter in
      options.withUnsafeBytes { options in
        mongo_find(pointer, filter.baseAddress, filter.count, options.baseAddress, options.count, &error)
      }
    }
    guard let cursor else { throw MongoError(error, reply: nil) }
    return try MongoCursor(cursor, of: self, by: "find")
  }

  /// Returns the first document that matches; nil if none does.
  ///
  /// - Parameter ofMajority: reads the state that the majority of the servers has, which is never rolled back.
  public func findOne(_ filter: BSONDocument, ofMajority: Bool = false) throws(MongoError) -> BSONDocument? {
    let options = BSONDocument { options in
      options.append("limit", Int64(1))
      options.append("singleBatch", true)
      if ofMajority { options.appendMajorityRead() }
    }
    return try find(filter, options: options).nextDocument()
  }

  /// Returns the number of documents from the server's metadata. It is wrong after a crash, but sufficient for showing
  /// progress.
  public func estimatedCount() throws(MongoError) -> Int {
    let reply = try client.run(BSONDocument { $0.append("count", name) }, on: database)
    return Int(reply["n"]?.integer ?? 0)
  }

  /// Opens a cursor over the results of an aggregation pipeline.
  public func aggregate(_ pipeline: [BSONDocument]) throws(MongoError) -> MongoCursor {
    let command = BSONDocument { writer in
      let stages = writer.beginArray("pipeline")
      for (i, stage) in pipeline.enumerated() { writer.append(name: String(i), .document(stage)) }
      writer.end(stages)
    }
    var error = bson_error_t()
    let cursor = command.withUnsafeBytes { mongo_aggregate(pointer, $0.baseAddress, $0.count, &error) }
    guard let cursor else { throw MongoError(error, reply: nil) }
    return try MongoCursor(cursor, of: self, by: "aggregate")
  }

  /// Returns the number of documents that match, counted one by one.
  public func count(_ filter: BSONDocument) throws(MongoError) -> Int {
    var error = bson_error_t()
    let count = filter.withUnsafeBytes { mongo_count(pointer, $0.baseAddress, $0.count, &error) }
    guard count >= 0 else { throw MongoError(error, reply: nil).of(request("aggregate")) }
    return Int(count)
  }

  /// Returns an empty bulk write for this collection.
  public func bulkWrite() -> BulkWrite { BulkWrite(self) }

  /// Creates the indexes that do not exist yet, and waits until they are built.
  ///
  /// - Parameter specs: specifications as in the `createIndexes` command, with `key`, `name`, `unique` and so on.
  /// - Throws: `refused` with code 11000 if the data has duplicates, or with code 85 or 86 if another index conflicts.
  public func createIndexes(_ specs: [BSONDocument]) throws(MongoError) {
    let command = BSONDocument { writer in
      writer.append("createIndexes", name)
      let indexes = writer.beginArray("indexes")
      for (i, spec) in specs.enumerated() { writer.append(name: String(i), .document(spec)) }
      writer.end(indexes)
    }
    _ = try client.run(command, on: database, writes: true)
  }

  /// Returns the indexes as the server describes them; an empty array if the collection does not exist.
  public func listIndexes() throws(MongoError) -> [BSONDocument] {
    let cursor = try MongoCursor(mongoc_collection_find_indexes_with_opts(pointer, nil), of: self, by: "listIndexes")
    var found: [BSONDocument] = []
    while let index = try cursor.nextDocument() { found.append(index) }
    return found
  }
}

extension BSONWriter {
  /// Appends the query option by which the documents of this number of keys come in one reply. Without it, the first
  /// reply contains at most 101 documents.
  public mutating func appendOneReply(of keys: Int) {
    // One more than there can be: so the server notices that none are left, and closes the cursor.
    append("batchSize", Int32(truncatingIfNeeded: keys + 1))
  }

  /// Appends the query option that reads the state of the majority of the servers, which is never rolled back.

  public mutating func appendMajorityRead() {
    let concern = begin("readConcern")
    append("level", "majority")
    end(concern)
  }
}
