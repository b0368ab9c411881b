import BSON
import Mongo
import Synchronization

/// A cache of which user document belongs to which athlete, in both directions. The threads of one job share it.
package final class UserLookUp: Sendable {
  package struct User: Sendable {
    package let id: ObjectID
    /// True if the user had no `last_activity_sync`.
    package var lacksSync: Bool

    package init(id: ObjectID, lacksSync: Bool) {
      self.id = id
      self.lacksSync = lacksSync
    }
  }

  /// Maximum number of athletes in memory. Any others are looked up again.
  package static let limit = 200_000

  private let session: StoreSession
  private let users = Mutex<[Int64: User]>([:])

  package init(_ session: StoreSession) { self.session = session }

  /// Returns the users of these athletes that are in memory.
  package func known(_ athletes: Set<Int64>) -> [Int64: User] {
    users.withLock { users in
      var found = [Int64: User](minimumCapacity: athletes.count)
      for athlete in athletes { found[athlete] = users[athlete] }
      return found
    }
  }

  /// Returns the users of these athletes; unknown athletes are left out.
  package func users(of athletes: Set<Int64>) throws -> [Int64: User] {
    var found = known(athletes)
    // In most calls, all athletes are in memory.
    if found.count == athletes.count { return found }
    found.merge(try lookUp(athletes.filter { found[$0] == nil })) { _, new in new }
    return found
  }

  /// Returns the Strava ids of the users with these `_id`s. The value is nil if a user has no Strava id; users that are
  /// not stored are left out.
  package func athletes(of ids: Set<ObjectID>) throws -> [ObjectID: Int64?] {
    var athletes: [ObjectID: Int64?] = [:]
    try session.find(ids.map(BSONValue.objectID), by: "_id", in: Collections.users, fields: ["_id", "strava_id"]) {
      guard let id = $0["_id"].map(BSONValue.init)?.objectID else { return }
      athletes[id] = .some($0["strava_id"]?.wholeNumber)
    }
    return athletes
  }

  private func lookUp(_ athletes: Set<Int64>) throws -> [Int64: User] {
    var found: [Int64: User] = [:]
    try session.find(
      athletes.map(BSONValue.int64), by: "strava_id", in: Collections.users,
      fields: ["strava_id", "last_activity_sync"]
    ) { view in
      guard let athlete = view["strava_id"]?.wholeNumber, let id = view["_id"].map(BSONValue.init)?.objectID
      else { return }
      found[athlete] = User(id: id, lacksSync: view["last_activity_sync"].map(\.isNull) ?? true)
    }
    remember(found)
    return found
  }

  /// Adds users that were found or created to the memory.
  package func remember(_ found: [Int64: User]) {
    users.withLock { users in
      if users.count + found.count > Self.limit { users.removeAll() }
      users.merge(found) { old, _ in old }
    }
  }
}
