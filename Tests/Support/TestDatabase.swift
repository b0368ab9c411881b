import Foundation

/// A database of one test's own.
public struct TestDatabase: Sendable {
  /// The server's connection string, without the database.
  public let uri: String
  public let name: String

  /// Looks into it with another driver than ours.
  public var pymongo: PyMongo { PyMongo(uri: uri, database: name) }

  /// No two calls give the same name, in any process.
  init(uri: String) {
    self.uri = uri
    name = "strava_store_test_\(UUID().uuidString.prefix(18).replacing("-", with: "").lowercased())"
  }
}
