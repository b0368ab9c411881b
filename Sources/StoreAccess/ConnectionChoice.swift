import Logging
import Mongo

/// Which server and database, as the user named them.
package struct ConnectionChoice: Sendable {
  package static let defaultDatabase = "stravaai"

  package var uri: String
  /// Nil is the URI's, or the default one.
  package var database: String?

  package init(uri: String, database: String? = nil) {
    self.uri = uri
    self.database = database
  }

  /// Connects, and pings the server: one that is down at the start is reported at once, patience is for one
  /// that goes away later.
  ///
  /// - Parameters:
  ///   - role: what the command is, for the message where it lacks a right.
  ///   - reads: `asPreferred` where nothing is written.
  package func open(
    as role: AccessRole, _ cancellation: Cancellation, _ log: Logger, reads: MongoClientPool.Reads = .primary
  ) throws -> StoreSession {
    let uri = try MongoURI(uri)
    let session = try StoreSession(
      uri, role, reads, database: database ?? uri.database ?? Self.defaultDatabase, cancellation: cancellation,
      log: log)
    do {
      try session.firstPing()
    } catch let error as MongoError {
      let advice =
        error.kind == .serverUnreachable ? "; check that the server runs and that the connection string is right" : ""
      throw StoreFailure("cannot connect to \(uri.redacted): \(error)\(advice)")
    }
    return session
  }
}

/// Checks of a connection string that need no connection.
package enum Connection {
  /// True where the URI carries a password, which other users of the machine can read in a command line.
  package static func holdsPassword(_ uri: String) -> Bool { MongoURI.holdsPassword(uri) }

  /// Options that nothing knows, and that the connection would go on without.
  package static func unknownOptions(in uri: String) -> [String] { MongoURI.unknownOptions(in: uri) }
}
