import BSON
import Mongo

extension StoreSession {
  /// Throws an error if the database does not exist, so that a misspelled name is not taken for an empty database.
  ///
  /// A login that may not list collections passes, because then the existence is unknown.
  ///
  /// - Throws: `StoreFailure`.
  package func requireDatabase() throws {
    guard try collectionNames()?.isEmpty == true else { return }
    throw StoreFailure(
      "the database \(database) does not exist on this server; check its name and the connection string")
  }

  /// Returns the names of the collections that the login may know, sorted; nil if it may know none.
  package func collectionNames() throws -> [String]? {
    let command = BSONDocument { command in
      command.append("listCollections", Int32(1))
      command.append("nameOnly", true)
      command.append("authorizedCollections", true)
    }
    do {
      let reply = try retrying("listing the collections") { try client().run(command, on: database) }
      let batch = reply["cursor"]?.inner?["firstBatch"]?.inner?.elements
      return batch?.compactMap { $0.value.inner?["name"]?.string }.sorted()
    } catch let error as MongoError where error.kind == .refused {
      return nil
    }
  }

  /// Returns the descriptions of those of the named collections that exist, by name, in one request. They are nil if the
  /// login may not list collections, because only `index` needs that right.
  package func descriptions(of names: [String]) throws -> [String: CollectionDescription]? {
    do {
      let found = try retrying("listing the collections") { try client().descriptions(of: names, in: database) }
      return Dictionary(found.map { ($0.name, $0) }) { first, _ in first }
    } catch let error as MongoError where error.isUnauthorized {
      return nil
    }
  }
}
