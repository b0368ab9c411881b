import Logging
import Mongo

/// The server and the database, as the user named them.
package struct ConnectionChoice: Sendable {
  package static let defaultDatabase = "stravaai"

  package var uri: String
  /// The name of the database; nil means the one in the URI, or else the default.
  package var database: String?
  /// The name of the database if neither the user's choice nor the URI names one; nil or empty means the default.
  private let fallback: String?

  package init(uri: String, database: String? = nil, fallback: String? = nil) {
    self.uri = uri
    self.database = database
    self.fallback = fallback
  }

  /// Connects and pings the server. A server that is down at the start is reported at once; only one that becomes
  /// unavailable later is waited for.
  ///
  /// - Parameters:
  ///   - role: The kind of command, for the message if the login lacks a right.
  ///   - reads: The read preference; `asPreferred` if nothing is written.
  package func open(
    as role: AccessRole, _ cancellation: Cancellation, _ log: Logger, reads: MongoClientPool.Reads = .primary
  ) throws -> StoreSession {
    let uri = try MongoURI(uri)
    let fallback = self.fallback.flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultDatabase
    let session = try StoreSession(
      uri, role, reads, database: database ?? uri.database ?? fallback, cancellation: cancellation,
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
  /// Returns true if the URI contains a password, which other users of the machine can read in a command line.
  package static func holdsPassword(_ uri: String) -> Bool { MongoURI.holdsPassword(uri) }

  /// Returns the unknown options, which the driver would ignore.
  package static func unknownOptions(in uri: String) -> [String] { MongoURI.unknownOptions(in: uri) }
}
