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
  private let log: Logger

  /// Pools live until the process ends: releasing one takes half a second, and where the server is gone five more.
  private static let pools = Mutex<[MongoClientPool]>([])

  init(pool: MongoClientPool, database: String, cancellation: Cancellation, log: Logger) {
    self.pool = pool
    self.database = database
    self.cancellation = cancellation
    self.log = log
    Self.pools.withLock { $0.append(pool) }
  }

  /// A client for the calling thread.
  package func client() throws -> MongoClient { try pool.client() }

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
    log.warning("\(what): \(error.message); trying again in \(String(format: "%.1f", pause)) s")
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
