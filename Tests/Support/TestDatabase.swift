import Foundation

/// A database that only one test uses.
public struct TestDatabase: Sendable {
  /// The server's connection string, without the database.
  public let uri: String
  public let name: String

  /// Access to the database through Python's driver.
  public var pymongo: PyMongo { PyMongo(uri: uri, database: name) }

  /// The name is unique: no two calls return the same one, in any process.
  init(uri: String) {
    self.uri = uri
    name = "strava_store_test_\(UUID().uuidString.prefix(18).replacing("-", with: "").lowercased())"
  }
}
