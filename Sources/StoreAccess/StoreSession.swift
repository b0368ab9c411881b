import BSON
import Foundation
import Logging
import Mongo
import Synchronization

/// The connection of one command to its database, and its patience with it.
package final class StoreSession: Sendable {
  /// Seconds that a server which goes away is waited for.
  package static let patience = 60.0

  package let database: String
  package let cancellation: Cancellation
  private let pool: MongoClientPool
  /// For answers that take long; made when the first of them is wanted.
  private let patientPool = Mutex<MongoClientPool?>(nil)
  private let makePool: @Sendable (MongoClientPool.Answers) throws -> MongoClientPool
  let log: Logger

  /// Pools live until the process ends: releasing one takes half a second, and where the server is gone five more.
  private static let pools = Mutex<[MongoClientPool]>([])

  init(
    _ uri: MongoURI, _ role: AccessRole, _ reads: MongoClientPool.Reads, database: String, cancellation: Cancellation,
    log: Logger
  ) throws {
    makePool = { answers in
      let pool = try MongoClientPool(
        uri, applicationName: "strava-store", reads: reads, answers: answers, rights: role.place)
      Self.pools.withLock { $0.append(pool) }
      return pool
    }
    pool = try makePool(.soon)
    self.database = database
    self.cancellation = cancellation
    self.log = log
  }

  /// A client for the calling thread.
  package func client() throws -> MongoClient { try pool.client() }

  /// A client for a command that answers only when it has gone through a collection: its answer may take hours.
  package func patientClient() throws -> MongoClient {
    let pool = try patientPool.withLock { pool in
      if let pool { return pool }
      let made = try makePool(.late)
      pool = made
      return made
    }
    return try pool.client()
  }

  /// Asks for the first sign of life. Only a server that is there, and has too much to do, is waited for.
  func firstPing() throws {
    do {
      try client().ping(database: database)
    } catch let error as MongoError where error.kind == .refused && error.isTransient {
      var waits = Backoff(patience: Self.patience)
      try recover(from: error, during: "connecting", &waits)
    }
  }

  /// The present by the server's clock. Periods that documents of the database bound go by it: the clocks of the hosts
  /// that write them need not agree.
  package func serverNow() throws -> BSONDate {
    let reply = try retrying("asking for the server's time") {
      // By its old name, which every version of the server knows.
      try client().run(BSONDocument { $0.append("isMaster", Int32(1)) }, on: "admin")
    }
    guard let now = reply["localTime"]?.date else {
      throw StoreFailure("the server did not return its time (localTime in its reply to isMaster)")
    }
    return now
  }

  /// Runs `body` again while its failure is one that passes: a server that is away or changes roles. `body` must be
  /// safe to repeat.
  ///
  /// - Throws: the last error, when it does not pass or patience ends.
  package func retrying<R>(_ what: String, _ body: () throws -> R) throws -> R {
    var waits = Backoff(patience: Self.patience)
    while true {
      do {
        return try body()
      } catch let error as MongoError {
        try wait(after: error, during: what, &waits)
      }
    }
  }

  /// Waits before another try, where the failure is one that passes.
  ///
  /// - Throws: the error, when it does not pass or patience ends.
  func wait(after error: MongoError, during what: String, _ waits: inout Backoff) throws {
    guard error.isTransient, !cancellation.isRequested, let pause = waits.next() else { throw error }
    log.warning("\(what): \(error); trying again in \(String(format: "%.1f", pause)) s")
    Thread.sleep(forTimeInterval: pause)
  }

  /// Waits after a bulk that something kept from being settled, until the server can be asked what has become of it.
  /// Whoever wants to stop is not held up by a server that answers.
  ///
  /// - Throws: the obstacle, when it does not pass or patience ends.
  package func recover(from obstacle: MongoError, during what: String, _ waits: inout Backoff) throws {
    guard obstacle.isTransient else { throw obstacle }
    if !cancellation.isRequested { try wait(after: obstacle, during: what, &waits) }
    try retrying(what) { try client().ping(database: database) }
  }
}

/// Pauses that double up to five seconds, jittered so that many importers do not come back at once.
package struct Backoff {
  private static let first = 0.1

  private let patience: Double
  private var deadline: Double?
  private var pause = first

  /// - Parameter patience: seconds from the first failure until no more pauses are given.
  package init(patience: Double) { self.patience = patience }

  package mutating func next() -> Double? {
    let deadline = deadline ?? Clock.monotonic + patience
    self.deadline = deadline
    guard Clock.monotonic < deadline else { return nil }
    defer { pause = min(pause * 2, 5) }
    return pause * Double.random(in: 0.5...1)
  }

  /// What failed has succeeded: the next failure is a first one.
  package mutating func reset() { self = Backoff(patience: patience) }
}
