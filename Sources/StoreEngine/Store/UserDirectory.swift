import BSON
import Foundation
import Mongo

/// Which user document belongs to which athlete. Looks athletes up, makes stubs for those that nobody knows yet, and
/// keeps `last_activity_sync`. Shared by the writers of one import.
final class UserDirectory: @unchecked Sendable {
  struct User {
    let id: ObjectID
    /// The user has no `last_activity_sync`, as far as is known.
    var lacksSync: Bool
    /// This run has raised it.
    var isRaised = false
  }

  /// An athlete whose activities a bulk had.
  struct Seen {
    /// The user's.
    let id: ObjectID
    /// Some of them changed.
    var changed = false
  }

  /// Athletes kept in memory; beyond that they are looked up anew.
  private static let limit = 200_000
  private static let lookUpSize = 100
  /// Times that a user is made who is gone again when looked for.
  private static let attempts = 3

  private let session: StoreSession
  private let started: BSONDate
  // `lock` guards the two below.
  private let lock = NSLock()
  private var users: [Int64: User] = [:]
  private var stubs = 0

  init(_ session: StoreSession, started: BSONDate) {
    self.session = session
    self.started = started
  }

  var stubsMade: Int { lock.withLock { stubs } }

  /// The users of these athletes; those that are unknown are made when `makesStubs`, else left out.
  ///
  /// - Returns: their `_id`s, and why the server refused those that could not be made.
  func users(of athletes: Set<Int64>, makesStubs: Bool) throws -> (ids: [Int64: ObjectID], refused: [Int64: String]) {
    var found = lock.withLock {
      athletes.reduce(into: [Int64: User]()) { found, athlete in found[athlete] = users[athlete] }
    }
    // As it mostly is.
    if found.count == athletes.count { return (found.mapValues(\.id), [:]) }
    var missing = athletes.filter { found[$0] == nil }
    found.merge(try lookUp(missing)) { _, new in new }
    var refused: [Int64: String] = [:]
    if makesStubs {
      for _ in 0..<Self.attempts {
        missing = athletes.filter { found[$0] == nil && refused[$0] == nil }
        if missing.isEmpty { break }
        let stubs = try makeStubs(missing)
        refused.merge(stubs.refused) { _, new in new }
        found.merge(stubs.made) { _, new in new }
        // Those that another importer made in this moment are there now.
        let others = missing.filter { found[$0] == nil && refused[$0] == nil }
        if !others.isEmpty { found.merge(try lookUp(others)) { _, new in new } }
      }
    }
    return (found.mapValues(\.id), refused)
  }

  /// Which of these `_id`s exist in a collection.
  func existing(_ ids: Set<ObjectID>, in name: String) throws -> Set<ObjectID> {
    try find(Array(ids).map(BSONValue.objectID), "_id", in: name, options: ["_id"]) { view, found in
      if case .objectID(let id)? = view["_id"].map(BSONValue.init) { found.insert(id) }
    }
  }

  /// The Strava ids of the users with these `_id`s, nil where one has none; those not stored are left out.
  func athletes(of ids: Set<ObjectID>) throws -> [ObjectID: Int64?] {
    var athletes: [ObjectID: Int64?] = [:]
    _ = try find(
      ids.map(BSONValue.objectID), "_id", in: Collections.users, options: ["_id", "strava_id"]
    ) { view, found in
      guard let id = view["_id"].map(BSONValue.init)?.objectID else { return }
      athletes[id] = .some(view["strava_id"]?.wholeNumber)
      found.insert(id)
    }
    return athletes
  }

  /// `_id`s of the activities with these Strava ids; those not stored are left out.
  func activities(_ stravaIDs: Set<Int64>) throws -> [Int64: ObjectID] {
    var ids: [Int64: ObjectID] = [:]
    let fields = ["_id", "strava_activity_id"]
    _ = try find(
      stravaIDs.map(BSONValue.int64), "strava_activity_id", in: Collections.activities, options: fields
    ) { view, found in
      guard let strava = view["strava_activity_id"]?.wholeNumber, let id = view["_id"].map(BSONValue.init)?.objectID
      else { return }
      ids[strava] = id
      found.insert(strava)
    }
    return ids
  }

  private func lookUp(_ athletes: Set<Int64>) throws -> [Int64: User] {
    var found: [Int64: User] = [:]
    _ = try find(
      athletes.map(BSONValue.int64), "strava_id", in: Collections.users, options: ["strava_id", "last_activity_sync"]
    ) { view, seen in
      guard let athlete = view["strava_id"]?.wholeNumber, let id = view["_id"].map(BSONValue.init)?.objectID
      else { return }
      found[athlete] = User(id: id, lacksSync: view["last_activity_sync"].map(\.isNull) ?? true)
      seen.insert(athlete)
    }
    remember(found)
    return found
  }

  private func remember(_ found: [Int64: User]) {
    lock.withLock {
      if users.count + found.count > Self.limit { users.removeAll() }
      users.merge(found) { old, _ in old }
    }
  }

  /// - Returns: the users made, and why the server refused others; a user that is there already is in neither.
  private func makeStubs(_ athletes: Set<Int64>) throws -> (made: [Int64: User], refused: [Int64: String]) {
    let now = Clock.now
    let sorted = athletes.sorted()
    var refused: [Int64: String] = [:]
    var made: [Int64: User] = [:]
    var isRepeated = false
    try session.retrying("making users") {
      var bulk = try session.client().collection(Collections.users, in: session.database).bulkWrite()
      for athlete in sorted {
        let stub = BSONDocument { stub in
          stub.append("_id", ObjectID.deterministic(Collections.users, athlete))
          stub.append("strava_id", athlete)
          stub.append("resource_state", Int32(1))
          stub.append("schema_version", schemaVersion)
          stub.append("created_at", now)
          stub.append("updated_at", now)
        }
        stub.withUnsafeBytes { bulk.insert($0) }
      }
      let outcome = bulk.execute()
      if let failure = outcome.failure ?? outcome.writeConcernErrors.first {
        isRepeated = true
        throw failure
      }
      var failed: Set<Int> = []
      for error in outcome.writeErrors {
        failed.insert(error.index)
        if error.kind != .duplicateKey, !error.isTransient { refused[sorted[error.index]] = error.message }
      }
      for (index, athlete) in sorted.enumerated() where !failed.contains(index) {
        made[athlete] = User(id: .deterministic(Collections.users, athlete), lacksSync: true)
      }
    }
    // The repetition found as duplicates what the lost reply would have counted.
    let count = isRepeated ? try countStubs(sorted, made: now) : made.count
    lock.withLock { stubs += count }
    remember(made)
    return (made, refused)
  }

  private func countStubs(_ athletes: [Int64], made: BSONDate) throws -> Int {
    let ids = athletes.map { BSONValue.objectID(.deterministic(Collections.users, $0)) }
    let ours: Set<ObjectID> = try find(ids, "_id", in: Collections.users, options: ["created_at"]) { view, found in
      guard let id = view["_id"].map(BSONValue.init)?.objectID,
        view["created_at"]?.date?.milliseconds == made.milliseconds
      else { return }
      found.insert(id)
    }
    return ours.count
  }

  // MARK: last_activity_sync

  /// Raises `last_activity_sync` to the run's start for users whose activities changed, and sets it for those seen
  /// that have none.
  ///
  /// - Parameter seen: athletes of the stored activities.
  func noteActivities(_ seen: [Int64: Seen]) throws {
    let due = lock.withLock {
      seen.filter { athlete, seen in
        let user = users[athlete] ?? User(id: seen.id, lacksSync: true)
        return !user.isRaised && (seen.changed || user.lacksSync)
      }
    }
    guard !due.isEmpty else { return }
    try session.retrying("noting the time of the import") { try raise(due.values) }
    lock.withLock {
      for (athlete, seen) in due {
        users[athlete]?.lacksSync = false
        if seen.changed { users[athlete]?.isRaised = true }
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

  // MARK: Look-ups

  private func find<Key: Hashable>(
    _ values: [BSONValue], _ field: String, in name: String, options: [String],
    _ take: (BSONView, inout Set<Key>) -> Void
  ) throws -> Set<Key> {
    let projection = BSONDocument { fields in
      let projection = fields.open("projection")
      for option in options { fields.append(name: option, .bool(true)) }
      fields.close(projection)
    }
    var found: Set<Key> = []
    for start in stride(from: 0, to: values.count, by: Self.lookUpSize) {
      let filter = BSONDocument.filter(field, in: values[start..<min(start + Self.lookUpSize, values.count)])
      try session.retrying("looking up \(name)") {
        let cursor = try session.client().collection(name, in: session.database).find(filter, options: projection)
        while let view = try cursor.next() { take(view, &found) }
      }
    }
    return found
  }
}
