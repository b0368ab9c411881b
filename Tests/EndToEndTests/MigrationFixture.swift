import Foundation
import Support
import Testing

/// A database in which `encrypt-migrate` to a wider policy has work in every collection.
struct MigrationFixture {
  let store: TestStore

  /// - Parameter server: The server to use; the shared one if nil.
  init(on server: TestServer? = nil, activities: Int = 120) throws {
    store = try TestStore(on: server)
    try store.importing(SyntheticDump.everything(activities: activities, athletes: 8))
  }

  private init(_ store: TestStore) { self.store = store }

  /// Returns a copy of the database.
  func copy(on server: TestServer? = nil) throws -> MigrationFixture {
    let other = try TestStore(on: server)
    try other.python(
      """
      from pymongo import MongoClient
      source = MongoClient(sys.argv[1])[sys.argv[2]]
      for name in source.list_collection_names():
          if documents := list(source[name].find()): db[name].insert_many(documents)
      """, [store.database.uri, store.database.name])
    return MigrationFixture(other)
  }

  func command(_ arguments: [String] = [], uri: String? = nil) throws -> Command {
    try StravaStore.command(
      ["encrypt-migrate", "--json", "--batch-size", "10", "--seal", "location,health"]
        + store.connection(uri: uri) + arguments)
  }

  func migrate(_ arguments: String..., uri: String? = nil) throws -> MigrationOutcome {
    try MigrationOutcome(command(arguments, uri: uri).run())
  }

  /// Returns every value and whether it is sealed.
  func content() throws -> [String] { try store.content() }
}
