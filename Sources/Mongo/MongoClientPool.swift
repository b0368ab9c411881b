import BSON
import CMongo

/// The connections of one program to one deployment, with libmongoc's background monitoring. Any thread may request a
/// client.
///
/// Releasing the last reference waits for libmongoc's monitors (half a second), and for one more server selection if
/// the server is down. A program therefore keeps its pool until it exits.
///
/// ```
/// let pool = try MongoClientPool(MongoURI("mongodb://127.0.0.1/strava"), applicationName: "example")
/// let activities = try pool.client().collection("activities", in: "strava")
/// let cursor = try activities.find(BSONDocument())
/// while let activity = try cursor.next() { print(activity["distance"]?.number ?? 0) }
/// ```
public final class MongoClientPool: Sendable {
  public enum Reads: Sendable {
    /// Read from the primary, regardless of the URI. Use it for reads that decide about a write.
    case primary
    /// Use the read preference of the URI.
    case asPreferred
  }

  /// The time limit for one reply.
  public enum Answers: Sendable {
    /// Five minutes, unless the URI specifies another time.
    case soon
    /// No limit, regardless of the URI. Use it for index builds, and for scans that may send nothing until their end.
    case late
  }

  /// The name of the page that lists the required privileges, which messages about a missing privilege contain.
  let rights: String?
  // A mongoc_client_pool_t is thread-safe.
  private nonisolated(unsafe) let pointer: OpaquePointer

  /// Creates a pool without opening a connection. Unless the URI specifies otherwise, the options are `w=majority`,
  /// `journal=true`, a server selection timeout of 5 s, a socket timeout of 5 minutes, a `wtimeout` of 60 s, and
  /// retryable reads and writes.
  ///
  /// - Parameter rights: the name of the page that lists the required privileges, such as "docs/access.md".
  /// - Throws: `badURI`, `tls` if a certificate file cannot be read, `serverUnreachable` if a `mongodb+srv` name cannot
  ///   be resolved.
  public init(
    _ uri: MongoURI, applicationName: String, reads: Reads = .primary, answers: Answers = .soon,
    rights: String? = nil
  ) throws(MongoError) {
    let parsed = try ParsedURI(uri.text)
    parsed.setReads(reads)
    try parsed.applyDefaults(applicationName: applicationName, answers: answers)
    try parsed.checkCertificateFiles()
    var error = bson_error_t()
    guard let pool = mongoc_client_pool_new_with_error(parsed.pointer, &error) else {
      throw MongoError(error, reply: nil)
    }
    mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2)
    pointer = pool
    self.rights = rights
  }

  deinit { mongoc_client_pool_destroy(pointer) }

  /// Returns a client for the calling thread. Waits while all clients (at least 16) are in use.
  public func client() throws(MongoError) -> MongoClient {
    guard let client = mongoc_client_pool_pop(pointer) else {
      throw MongoError(.serverUnreachable, "timed out waiting for a free connection")
    }
    return MongoClient(client, pool: self)
  }

  fileprivate func release(_ client: OpaquePointer) { mongoc_client_pool_push(pointer, client) }
}

/// The access of one thread to the server. Every call blocks that thread. The client returns to its pool when it is
/// released.
public final class MongoClient {
  let pointer: OpaquePointer
  let pool: MongoClientPool

  fileprivate init(_ pointer: OpaquePointer, pool: MongoClientPool) {
    self.pointer = pointer
    self.pool = pool
  }

  deinit { pool.release(pointer) }

  /// Checks that the server responds.
  public func ping(database: String) throws(MongoError) {
    _ = try run(BSONDocument { $0.append("ping", Int32(1)) }, on: database)
  }

  /// Runs a command on the primary and returns its reply.
  ///
  /// - Parameter writes: adds the write concern of the connection, for commands that accept one.
  public func run(
    _ command: BSONDocument, on database: String, writes: Bool = false
  ) throws(MongoError) -> BSONDocument {
    let raw = command.withUnsafeBytes { mongo_command(pointer, database, writes, $0.baseAddress, $0.count) }
    let reply = ServerReply(raw)
    guard reply.isOK else { throw reply.error.of(MongoRequest(command, on: database, rights: pool.rights)) }
    guard let document = reply.document else { throw ServerReply.malformed }
    return document
  }

  /// Runs a write command once, with the write concern that it contains.
  ///
  /// - Returns: the number of documents and the operations that were rejected individually.
  /// - Throws: `MongoError`, also if applied operations are not known to be durable, or if an operation was rejected
  ///   only temporarily.
  func write(_ command: BSONDocument, on database: String) throws(MongoError) -> MajorityOutcome {
    let reply = try run(command, on: database)
    if let concern = reply["writeConcernError"]?.inner { throw MongoError(writeConcernError: concern) }
    let errors = reply["writeErrors"]?.inner?.elements ?? []
    let labels = ErrorLabels.of(reply)
    let refused = errors.compactMap { $0.value.inner.map { WriteError(entry: $0, labels: labels) } }
    if let passing = refused.first(where: \.isTransient) { throw MongoError(passing) }
    return MajorityOutcome(count: reply["n"]?.integer.map(Int.init) ?? 0, refused: refused)
  }

  public func collection(_ name: String, in database: String) -> MongoCollection {
    MongoCollection(name, in: database, of: self)
  }
}
