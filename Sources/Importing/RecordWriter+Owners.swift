import BSON
import FieldCrypto
import Findings
import Sealing
import StoreAccess
import StravaRecords

/// The resolution of what only the store knows: the owners, what insights refer to, and the keys that seal.
extension RecordWriter {
  /// - Throws: An error before anything is rejected.
  func withOwners(_ bulk: [PendingRecord]) throws -> [PendingRecord] {
    if context.sealing.form == .platform { return try withAthletes(bulk) }
    let users = try context.stubs.users(of: Set(bulk.compactMap { $0.record.athlete }))
    return bulk.compactMap { pending in
      guard let athlete = pending.record.athlete, let owner = users.ids[athlete] else {
        let reason =
          pending.record.athlete.flatMap { users.refused[$0] } ?? "the database has no such user with an object id"
        reject(
          pending,
          Finding(
            .serverRefused, "the user document of its athlete could not be created: \(reason)", pointer: "/athlete"))
        return nil
      }
      pending.owner = owner
      return pending
    }
  }

  /// In the platform's form, activities refer to the athlete, and no user is created: its backend takes any user
  /// document for a signed-in athlete.
  private func withAthletes(_ bulk: [PendingRecord]) throws -> [PendingRecord] {
    let users = try context.users.users(of: Set(bulk.compactMap { $0.record.athlete }))
    for pending in bulk {
      pending.owner = pending.record.athlete.flatMap { users[$0]?.id }
    }
    return bulk
  }

  /// In the platform's form, rejects what no user is there for: its backend takes any user document for a signed-in
  /// athlete, so import creates none for a profile or for zones alone.
  ///
  /// - Throws: An error before anything is rejected.
  func ofKnownUsers(_ bulk: [PendingRecord]) throws -> [PendingRecord] {
    guard context.sealing.form == .platform else { return bulk }
    let users = try context.users.users(of: Set(bulk.compactMap(\.athlete)))
    return bulk.filter { pending in
      if let athlete = pending.athlete, users[athlete] != nil { return true }
      reject(
        pending,
        Finding(
          .unknownUser,
          "the database has no user of this athlete; the platform's backend creates it at the first sign-in",
          pointer: ""))
      return false
    }
  }

  /// - Throws: An error before anything is rejected or postponed.
  func withReferences(_ bulk: [PendingRecord]) throws -> [PendingRecord] {
    let wanted = WantedReferences(bulk.compactMap { $0.record.references })
    let users = try context.users.athletes(of: wanted.users)
    let owners = try context.users.users(of: wanted.athletes)
    let known = try context.references.existing(wanted.activities, in: Collections.activities)
    let activities = try context.references.activities(wanted.stravaActivities)
    return bulk.compactMap { pending in
      guard let references = pending.record.references else { return nil }
      switch references.user {
      case .document(let id):
        pending.owner = users[id] == nil ? nil : id
        pending.athlete = users[id] ?? nil
      case .strava(let id):
        pending.owner = owners[id.value]?.id
        pending.athlete = id.value
      }
      let isKnown = pending.form == .platform ? pending.athlete != nil : pending.owner != nil
      var isUnknownActivity = false
      switch references.activity {
      case .document(let id):
        pending.activity = id
        isUnknownActivity = !known.contains(id)
      case .strava(let id):
        pending.activity = activities[id.value] ?? .deterministic(Collections.activities, id.value)
      case nil: break
      }
      if !isKnown || isUnknownActivity, putOff(pending) { return nil }
      guard isKnown else {
        if inputWasRead {
          reject(
            pending,
            Finding(.unknownUser, "the database has no user with this id; import the user first", pointer: "/user_id"))
        } else {
          countUnwritten([pending])
        }
        return nil
      }
      if isUnknownActivity {
        let finding = Finding(
          .unknownActivity, "the database has no activity with this id; import the activity", pointer: "/activity_id")
        for origin in [pending.record.origin] + pending.copies { log.findings.add(origin.located(finding)) }
      }
      return pending
    }
  }

  /// Gives the data keys of their athletes to the records that contain values to seal.
  ///
  /// - Throws: An error before anything is rejected.
  func withDataKeys(_ bulk: [PendingRecord]) throws -> [PendingRecord] {
    let policy = try context.sealing.freshPolicy()
    let due = bulk.map { $0.holdsSealed(under: policy) }
    guard due.contains(true) else { return bulk }
    let generation = context.sealing.generation
    let keys = try context.sealing.sealingKeys(of: Set(zip(bulk, due).compactMap { $1 ? $0.athlete : nil }))
    let beginnings = keys.compactMapValues { context.sealing.beginning(of: $0) }
    return zip(bulk, due).compactMap { pending, isDue in
      guard isDue else { return pending }
      guard let key = pending.athlete.flatMap({ keys[$0] }) else {
        reject(
          pending,
          Finding(.unknownUser, "the user has no strava_id, so the record cannot be encrypted", pointer: "/user_id"))
        return nil
      }
      pending.sealing = RecordSealing(
        policy: policy, key: key, generation: generation, keysSince: beginnings[key.stravaID])
      return pending
    }
  }
}

/// The documents that some insights refer to.
private struct WantedReferences {
  var users: Set<ObjectID> = []
  var athletes: Set<Int64> = []
  var activities: Set<ObjectID> = []
  var stravaActivities: Set<Int64> = []

  init(_ all: [InsightReferences]) {
    for references in all {
      switch references.user {
      case .document(let id): users.insert(id)
      case .strava(let id): athletes.insert(id.value)
      }
      switch references.activity {
      case .document(let id): activities.insert(id)
      case .strava(let id): stravaActivities.insert(id.value)
      case nil: break
      }
    }
  }
}
