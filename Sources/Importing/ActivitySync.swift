import BSON
import Foundation
import Mongo
import StoreAccess

/// Keeps `last_activity_sync` of the users whose activities an import brings. Shared by its writers.
final class ActivitySync: @unchecked Sendable {
  /// An athlete whose activities a bulk had.
  struct Seen {
    /// The user's.
    let id: ObjectID
    /// Some of them changed.
    var changed = false
  }

  private let session: StoreSession
  private let users: UserLookUp
  private let started: BSONDate
  // `lock` guards the two below: the athletes whose users have a time by now, and those that this run has raised.
  private let lock = NSLock()
  private var present: Set<Int64> = []
  private var raised: Set<Int64> = []

  /// - Parameter started: when the run began.
  init(_ session: StoreSession, _ users: UserLookUp, started: BSONDate) {
    self.session = session
    self.users = users
    self.started = started
  }

  /// Raises `last_activity_sync` to the run's start for users whose activities changed, and sets it for those seen
  /// that have none.
  ///
  /// - Parameter seen: athletes of the stored activities.
  func note(_ seen: [Int64: Seen]) throws {
    let known = users.known(seen.keys)
    let due = lock.withLock {
      seen.filter { athlete, seen in
        let lacksSync = known[athlete]?.lacksSync ?? true && !present.contains(athlete)
        return !raised.contains(athlete) && (seen.changed || lacksSync)
      }
    }
    guard !due.isEmpty else { return }
    try session.retrying("noting the time of the import") { try raise(due.values) }
    lock.withLock {
      if present.count + due.count > UserLookUp.limit {
        present.removeAll()
        raised.removeAll()
      }
      for (athlete, seen) in due {
        present.insert(athlete)
        if seen.changed { raised.insert(athlete) }
      }
    }
  }

  private func raise(_ due: some Sequence<Seen>) throws {
    var bulk = try session.client().collection(Collections.users, in: session.database).bulkWrite()
    for seen in due {
      let filter = BSONDocument { filter in
        filter.append("_id", seen.id)
        // Null matches a missing field too.
        if !seen.changed { filter.append(name: "last_activity_sync", .null) }
      }
      let update = BSONDocument { update in
        let set = update.open(seen.changed ? "$max" : "$set")
        update.append("last_activity_sync", started)
        update.close(set)
      }
      filter.withUnsafeBytes { filter in
        update.withUnsafeBytes { update in bulk.update(filter: filter, update: update, upsert: false) }
      }
    }
    let outcome = bulk.execute()
    if let failure = outcome.failure ?? outcome.writeConcernErrors.first { throw failure }
    if let refused = outcome.writeErrors.first {
      throw StoreFailure("the server refused last_activity_sync: \(refused.message)")
    }
  }
}
