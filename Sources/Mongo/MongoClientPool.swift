import BSON
import CMongo

/// The connections of one program to one deployment, with libmongoc's background monitoring; any thread may ask it for
/// a client.
///
/// Releasing the last reference waits for libmongoc's monitors (half a second), and where the server is gone for one
/// server selection more: a program keeps its pool until it exits.
public final class MongoClientPool: Sendable {
  public enum Reads: Sendable {
    /// Whatever the URI says: for what decides over a write.
    case primary
    /// As the URI says.
    case asPreferred
  }

  /// How long one answer may take.
  public enum Answers: Sendable {
    /// Five minutes, unless the URI says otherwise.
    case soon
    /// As long as the server works on them, whatever the URI says: builds of indexes, and scans that may send nothing
    /// until their end.
    case late
  }

  /// The page that lists the rights that the program needs. Messages about a missing right name it.
  let rights: String?
  // A mongoc_client_pool_t is thread-safe.
  private nonisolated(unsafe) let pointer: OpaquePointer

  /// Opens no connection yet. Unless the URI says otherwise: `w=majority`, `journal=true`, a server selection timeout
  /// of 5 s, a socket timeout of 5 minutes, a `wtimeout` of 60 s, retryable reads and writes.
  ///
  /// - Parameter rights: where it is written which rights the program needs, as in "docs/access.md".
  /// - Throws: `badURI`, `tls` where a certificate file cannot be read, `serverUnreachable` where a `mongodb+srv` name
  ///   does not resolve.
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

  /// A client for the calling thread; waits while all of them (16 at least) are in use.
  public func client() throws(MongoError) -> MongoClient {
    guard let client = mongoc_client_pool_pop(pointer) else {
      throw MongoError(.serverUnreachable, "timed out waiting for a free connection")
    }
    return MongoClient(client, pool: self)
  }

  fileprivate func giveBack(_ client: OpaquePointer) { mongoc_client_pool_push(pointer, client) }
}

/// One thread's access to the server; every call blocks that thread. Goes back to its pool when released.
public final class MongoClient {
  let pointer: OpaquePointer
  let pool: MongoClientPool

  fileprivate init(_ pointer: OpaquePointer, pool: MongoClientPool) {
    self.pointer = pointer
    self.pool = pool
  }

  deinit { pool.giveBack(pointer) }

  /// Asks the server for a sign of life.
  public func ping(database: String) throws(MongoError) {
    _ = try run(BSONDocument { $0.append("ping", Int32(1)) }, on: database)
  }

  /// Runs a command on the primary and gives its reply.
  ///
  /// - Parameter writes: adds the write concern of the connection, for commands that take one.
  public func run(
    _ command: BSONDocument, on database: String, writes: Bool = false
  ) throws(MongoError) -> BSONDocument {
    let raw = command.withUnsafeBytes { mongo_command(pointer, database, writes, $0.baseAddress, $0.count) }
    let reply = ServerReply(raw)
    guard reply.isOK else { throw reply.error.of(MongoRequest(command, on: database, rights: pool.rights)) }
    guard let document = reply.document else { throw ServerReply.malformed }
    return document
  }

  /// Runs a command that writes, once, with the write concern it carries.
  ///
  /// - Returns: the operations that were refused one by one.
  /// - Throws: also where what was applied is not known to be durable, and where an operation was refused for the moment
  ///   only.
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
