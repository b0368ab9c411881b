import BSON
import Foundation
import Logging
import Mongo
import Synchronization

/// The connection of one command to its database, with its retry policy.
package final class StoreSession: Sendable {
  /// The number of seconds to wait for a server that has become unavailable.
  package static let patience = 60.0

  package let database: String
  package let cancellation: Cancellation
  private let pool: MongoClientPool
  /// The pool of clients for long-running commands; it is created when it is first needed.
  private let patientPool = Mutex<MongoClientPool?>(nil)
  private let makePool: @Sendable (MongoClientPool.Answers) throws -> MongoClientPool
  let log: Logger
  let lookUpSize = LookUpSize()

  /// Pools live until the process ends: releasing one takes half a second, and five more seconds if the server is
  /// unavailable.
  private static let pools = Mutex<[MongoClientPool]>([])

  init(
    _ uri: MongoURI, _ role: AccessRole, _ reads: MongoClientPool.Reads, database: String, cancellation: Cancellation,
    log: Logger
  ) throws {
    makePool = { answers in
      let pool = try MongoClientPool(
        uri, applicationName: "strava-store", reads: reads, answers: answers, rights: role.reference)
      Self.pools.withLock { $0.append(pool) }
      return pool
    }
    pool = try makePool(.soon)
    self.database = database
    self.cancellation = cancellation
    self.log = log
  }

  /// Returns a client for the calling thread.
  package func client() throws -> MongoClient { try pool.client() }

  /// Returns a client for a command that answers only after it has read a whole collection, which may take hours.
  package func patientClient() throws -> MongoClient {
    let pool = try patientPool.withLock { pool in
      if let pool { return pool }
      let made = try makePool(.late)
      pool = made
      return made
    }
    return try pool.client()
  }

  /// Makes the first request. Only a server that responds and is overloaded is waited for.
  func firstPing() throws {
    do {
      try client().ping(database: database)
    } catch let error as MongoError where error.kind == .refused && error.isTransient {
      var waits = Backoff(patience: Self.patience)
      try recover(from: error, during: "connecting", &waits)
    }
  }

  /// The number of seconds from which a server is far away.
  private static let far = 0.01

  /// Returns the time of a round trip to the server in seconds: the shortest of three, because other requests of the
  /// server may delay some of them. For a distant server, such a delay matters less than one more round trip, and the
  /// first is enough.
  package func roundTrip() throws -> Double {
    var shortest = Double.infinity
    for _ in 0..<3 where shortest == .infinity || shortest < Self.far {
      shortest = min(
        shortest,
        try retrying("connecting") {
          let began = Clock.monotonic
          try client().ping(database: database)
          return Clock.monotonic - began
        })
    }
    return shortest
  }

  /// Writes a message for `--log-level debug`.
  package func debug(_ message: @autoclosure () -> String) { log.debug("\(message())") }

  /// Returns the current time by the server's clock. Periods that depend on documents of the database are measured with
  /// it, because the clocks of the hosts that write these documents may differ.
  package func serverNow() throws -> BSONDate {
    let reply = try retrying("asking for the server's time") {
      // This is the old name of the command, which every version of the server knows.
      try client().run(BSONDocument { $0.append("isMaster", Int32(1)) }, on: "admin")
    }
    guard let now = reply["localTime"]?.date else {
      throw StoreFailure("the server did not return its time (localTime in its reply to isMaster)")
    }
    return now
  }

  /// Runs `body` again as long as its failure is temporary, for example while a server is unavailable or changes roles.
  /// It must be safe to repeat `body`.
  ///
  /// - Throws: The last error, if it is not temporary or the waiting time is over.
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

  /// Waits before another attempt if the failure is temporary.
  ///
  /// - Throws: The error, if it is not temporary or the waiting time is over.
  func wait(after error: MongoError, during what: String, _ waits: inout Backoff) throws {
    guard error.isTransient, !cancellation.isRequested, let pause = waits.next() else { throw error }
    log.warning("\(what): \(error); trying again in \(String(format: "%.1f", pause)) s")
    Thread.sleep(forTimeInterval: pause)
  }

  /// Waits after a bulk whose result is not known, until the server can be asked for it. If the job is to stop, a
  /// server that answers is not waited for.
  ///
  /// - Throws: The obstacle, if it is not temporary or the waiting time is over.
  package func recover(from obstacle: MongoError, during what: String, _ waits: inout Backoff) throws {
    guard obstacle.isTransient else { throw obstacle }
    if !cancellation.isRequested { try wait(after: obstacle, during: what, &waits) }
    try retrying(what) { try client().ping(database: database) }
  }
}

/// Pauses that double up to five seconds, with random variation so that many importers do not retry at the same time.
package struct Backoff {
  private static let first = 0.1

  private let patience: Double
  private var deadline: Double?
  private var pause = first

  /// - Parameter patience: The number of seconds after the first failure during which pauses are returned.
  package init(patience: Double) { self.patience = patience }

  package mutating func next() -> Double? {
    let deadline = deadline ?? Clock.monotonic + patience
    self.deadline = deadline
    guard Clock.monotonic < deadline else { return nil }
    defer { pause = min(pause * 2, 5) }
    return pause * Double.random(in: 0.5...1)
  }

  /// Records a success: the next failure counts as a first one.
  package mutating func reset() { self = Backoff(patience: patience) }
}
