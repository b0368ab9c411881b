import FieldCrypto
import Logging
import Mongo

/// Which server and database, as the user named them.
public struct ConnectionChoice: Sendable {
  public static let defaultDatabase = "stravaai"

  public var uri: String
  /// Nil is the URI's, or the default one.
  public var database: String?

  public init(uri: String, database: String? = nil) {
    self.uri = uri
    self.database = database
  }

  /// Connects, and asks for a sign of life: a server that is down at the start is told at once, patience is for one
  /// that goes away later.
  func open(_ interruption: Interruption, _ log: Logger) throws -> StoreSession {
    let uri = try MongoURI(uri)
    let pool = try MongoClientPool(uri, applicationName: "strava-store")
    let session = StoreSession(
      pool: pool, database: database ?? uri.database ?? Self.defaultDatabase, interruption: interruption, log: log)
    do {
      try session.client().ping(database: session.database)
    } catch let error as MongoError {
      throw StoreFailure("no answer from \(uri.redacted): \(error)")
    }
    return session
  }
}

/// Which key file, as the user named it.
public struct KeyFileChoice: Sendable {
  public var path: String?

  public init(path: String?) { self.path = path }

  /// - Parameter purpose: what the keys are for, as in "import needs a key file (for the records' digests)".
  func load(for purpose: String) throws -> KeyFile {
    guard let path else {
      throw StoreFailure(
        "\(purpose): give --key-file or STRAVA_STORE_KEY_FILE; `strava-store keys generate --key-file PATH` makes one")
    }
    return try KeyFile.load(at: path)
  }
}
