import BSON
import Mongo
import StoreAccess
import Synchronization

/// A writer of `last_activity_sync` for the users whose activities are imported. The writers of an import share it.
final class ActivitySync: Sendable {
  /// An athlete with activities in a bulk.
  struct Seen: Sendable {
    /// The `_id` of the user.
    let id: ObjectID
    /// True if some of these activities changed.
    var changed = false
  }

  private let session: StoreSession
  private let users: UserLookUp
  private let started: BSONDate
  /// The athletes whose users have a time by now; the value is true if this run has raised it.
  private let noted = Mutex<[Int64: Bool]>([:])

  /// - Parameter started: The time at which the run began.
  init(_ session: StoreSession, _ users: UserLookUp, started: BSONDate) {
    self.session = session
    self.users = users
    self.started = started
  }

  /// Raises `last_activity_sync` to the run's start for users whose activities changed, and sets it for those seen
  /// that have none.
  ///
  /// - Parameter seen: The athletes of the stored activities.
  func note(_ seen: [Int64: Seen]) throws {
    var due = noted.withLock { noted in
      seen.filter { athlete, seen in noted[athlete].map { isRaised in !isRaised && seen.changed } ?? true }
    }
    let unchanged = due.filter { !$0.value.changed }
    if !unchanged.isEmpty {
      let known = users.known(Set(unchanged.keys))
      for (athlete, user) in known where !user.lacksSync { due[athlete] = nil }
    }
    guard !due.isEmpty else { return }
    try session.retrying("setting last_activity_sync") { try raise(due) }
    noted.withLock { noted in
      if noted.count + due.count > UserLookUp.limit { noted.removeAll() }
      for (athlete, seen) in due { noted[athlete] = seen.changed }
    }
  }

  private func raise(_ due: [Int64: Seen]) throws {
    var bulk = try session.client().collection(Collections.users, in: session.database).bulkWrite()
    for (athlete, seen) in due {
      let filter = BSONDocument { filter in
        filter.append("_id", seen.id)
        // The filter includes the shard key of a sharded collection: with `_id` alone, mongos asks every shard.
        filter.append("strava_id", athlete)
        // Null also matches a missing field.
        if !seen.changed { filter.append(name: "last_activity_sync", .null) }
      }
      let update = BSONDocument { update in
        let set = update.begin(seen.changed ? "$max" : "$set")
        update.append("last_activity_sync", started)
        update.end(set)
      }
      filter.withUnsafeBytes { filter in
        update.withUnsafeBytes { update in bulk.update(filter: filter, update: update, upsert: false) }
      }
    }
    let outcome = bulk.execute()
    if let obstacle = outcome.obstacle { throw obstacle }
    if let refused = outcome.writeErrors.first {
      throw StoreFailure("cannot set last_activity_sync: the server refused it: \(refused.message)")
    }
  }
}
