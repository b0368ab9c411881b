import BSON
import Mongo
import Synchronization

/// A creator of user stubs for unknown athletes. The threads of one job share it.
package final class UserStubs: Sendable {
  /// Maximum number of times that a user is created again after it has disappeared.
  private static let attempts = 3

  private let session: StoreSession
  private let known: UserLookUp
  private let count = Atomic(0)

  package init(_ session: StoreSession, _ known: UserLookUp) {
    self.session = session
    self.known = known
  }

  /// The number of stubs created so far.
  package var made: Int { count.load(ordering: .relaxed) }

  /// Returns the users of these athletes, and creates the missing ones.
  ///
  /// - Returns: Their `_id`s, and the reasons why the server refused those that could not be created.
  package func users(of athletes: Set<Int64>) throws -> (ids: [Int64: ObjectID], refused: [Int64: String]) {
    var found = try known.users(of: athletes)
    var refused: [Int64: String] = [:]
    for _ in 0..<Self.attempts {
      let missing = athletes.filter { found[$0] == nil && refused[$0] == nil }
      if missing.isEmpty { break }
      let stubs = try makeStubs(missing)
      refused.merge(stubs.refused) { _, new in new }
      found.merge(stubs.made) { _, new in new }
      // Users that another importer has just created exist by now.
      let others = missing.filter { found[$0] == nil && refused[$0] == nil }
      if !others.isEmpty { found.merge(try known.users(of: others)) { _, new in new } }
    }
    return (found.mapValues(\.id), refused)
  }

  /// - Returns: The users created, and the reasons why the server refused others. A user that already exists is in
  ///   neither.
  private func makeStubs(_ athletes: Set<Int64>) throws -> (made: [Int64: UserLookUp.User], refused: [Int64: String]) {
    let now = Clock.now
    let sorted = athletes.sorted()
    var refused: [Int64: String] = [:]
    var made: [Int64: UserLookUp.User] = [:]
    var isRepeated = false
    try session.retrying("creating users") {
      var bulk = try session.client().collection(Collections.users, in: session.database).bulkWrite()
      for athlete in sorted {
        let stub = BSONDocument { stub in
          stub.append("_id", ObjectID.deterministic(Collections.users, athlete))
          stub.append("strava_id", athlete)
          stub.append("resource_state", Int32(1))
          stub.append("stub", true)
          stub.append("schema_version", schemaVersion)
          stub.append("created_at", now)
          stub.append("updated_at", now)
        }
        stub.withUnsafeBytes { bulk.insert($0) }
      }
      let outcome = bulk.execute()
      if let obstacle = outcome.obstacle {
        isRepeated = true
        throw obstacle
      }
      var failed: Set<Int> = []
      for error in outcome.writeErrors {
        failed.insert(error.index)
        if error.kind != .duplicateKey { refused[sorted[error.index]] = error.message }
      }
      for (index, athlete) in sorted.enumerated() where !failed.contains(index) {
        made[athlete] = UserLookUp.User(id: .deterministic(Collections.users, athlete), lacksSync: true)
      }
    }
    // The repetition found as duplicates the users that the lost reply would have counted.
    let new = isRepeated ? try countStubs(sorted, made: now) : made.count
    count.add(new, ordering: .relaxed)
    known.remember(made)
    return (made, refused)
  }

  private func countStubs(_ athletes: [Int64], made: BSONDate) throws -> Int {
    let ids = athletes.map { BSONValue.objectID(.deterministic(Collections.users, $0)) }
    var ours: Set<ObjectID> = []
    try session.find(ids, by: "_id", in: Collections.users, fields: ["created_at"]) { view in
      guard let id = view["_id"].map(BSONValue.init)?.objectID,
        view["created_at"]?.date?.milliseconds == made.milliseconds
      else { return }
      ours.insert(id)
    }
    return ours.count
  }
}
