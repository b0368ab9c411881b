import BSON
import SourceText
import StravaRecords

/// One writer's records: gathers them into bulks by target, resolves whom they belong to, stores them and counts what
/// became of each. An id always goes to the same writer, in input order.
///
/// Used by its own thread, and by the job's when that has ended.
final class RecordWriter: @unchecked Sendable {
  /// Bytes of documents in one bulk: larger ones were slower.
  private static let bulkBytes = 1 << 20
  /// Bytes of insights that wait for their user to be imported.
  private static let deferredBytes = 64 << 20

  private(set) var tally = Tally()
  private let directory: UserDirectory
  private let log: FindingLog
  private let batchSize: Int
  private var lanes: [RecordKind: Lane] = [:]
  private var deferred: [PendingRecord] = []
  private var waitingBytes = 0
  /// Athletes of the activities that the last bulk stored or changed.
  private var changedAthletes: Set<Int64> = []

  /// What waits for one target's next bulk.
  private struct Lane {
    let store: BulkStore
    var pending: [PendingRecord] = []
    var places: [PreparedRecord.Key: Int] = [:]
    /// Exact copies of a pending record: they share its fate.
    var copies: [Int: Int] = [:]
    var bytes = 0

    mutating func hold(_ one: PendingRecord) {
      places[one.record.key] = pending.count
      pending.append(one)
      bytes += one.record.fields.count + one.record.raw.count
    }

    mutating func clear() {
      pending = []
      places = [:]
      copies = [:]
      bytes = 0
    }
  }

  init(_ session: StoreSession, _ directory: UserDirectory, options: ImportOptions, run: [UInt8], log: FindingLog) {
    self.directory = directory
    self.log = log
    batchSize = options.batchSize
    for kind in [RecordKind.athlete, .token, .activity, .insight] {
      lanes[kind] = Lane(store: BulkStore(session, .of(kind), origin: options.origin, run: run))
    }
  }

  /// Takes the records at these places of a batch.
  func add(_ batch: PreparedBatch, _ places: [Int]) {
    for place in places { add(PendingRecord(batch: batch, record: batch.records[place])) }
  }

  private func add(_ pending: PendingRecord) {
    let record = pending.record
    guard log.failure == nil else { return tally.count(record.kind, \.unwritten) }
    if let there = lanes[record.kind]?.places[record.key] {
      if lanes[record.kind]?.pending[there].record.digest == record.digest {
        lanes[record.kind]?.copies[there, default: 0] += 1
        return
      }
      // Another content for an id that is in the bulk: in order, each as if written alone.
      flush(record.kind)
    }
    lanes[record.kind]?.hold(pending)
    guard let lane = lanes[record.kind], lane.pending.count >= batchSize || lane.bytes >= Self.bulkBytes else { return }
    flush(record.kind)
  }

  /// Stores what waits. Users go first, so that fewer stubs are made.
  func flush() {
    for kind in [RecordKind.athlete, .token, .activity, .insight] { flush(kind) }
  }

  private func flush(_ kind: RecordKind) {
    guard let lane = lanes[kind], !lane.pending.isEmpty else { return }
    lanes[kind]?.clear()
    do {
      switch kind {
      case .activity: try storeActivities(lane)
      case .insight: try store(resolveInsights(lane.pending, isLast: false), lane)
      default: try store(lane.pending, lane)
      }
    } catch {
      log.fail(StoreFailure(error).message)
    }
  }

  /// Insights whose user was not there yet: now, after everything else, or never.
  func flushDeferred() {
    let waiting = deferred
    deferred = []
    guard let lane = lanes[.insight], !waiting.isEmpty else { return }
    do {
      try store(resolveInsights(waiting, isLast: true), lane)
    } catch {
      log.fail(StoreFailure(error).message)
    }
  }

  /// Everything that has no verdict when the work ends.
  func countUnwritten() {
    for pending in deferred { tally.count(pending.record.kind, \.unwritten) }
    deferred = []
  }

  // MARK: Storing

  /// Counts each record once, whatever happens on the way.
  private func store(_ pending: [PendingRecord], _ lane: Lane) throws {
    var open = Set(pending.indices)
    defer {
      for index in open { tally.count(pending[index].record.kind, \.unwritten, 1 + copies(of: pending[index], lane)) }
    }
    try lane.store.store(pending) { index, verdict in
      guard open.remove(index) != nil else { return }
      settle(pending[index], verdict, copies: copies(of: pending[index], lane))
    }
  }

  private func copies(of pending: PendingRecord, _ lane: Lane) -> Int {
    lane.places[pending.record.key].flatMap { lane.copies[$0] } ?? 0
  }

  private func settle(_ pending: PendingRecord, _ verdict: Verdict, copies: Int) {
    let kind = pending.record.kind
    switch verdict {
    case .new, .updated:
      if let athlete = pending.record.athlete { changedAthletes.insert(athlete) }
      if case .new = verdict { tally.count(kind, \.new) } else { tally.count(kind, \.updated) }
    case .unchanged: tally.count(kind, \.unchanged)
    case .superseded: tally.count(kind, \.superseded, 1 + copies)
    case .refused(let reason):
      for _ in 0...copies { reject(pending, Finding(.serverRefused, "the server refused it: \(reason)", pointer: "")) }
    }
    switch verdict {
    case .new, .updated, .unchanged: tally.count(kind, \.unchanged, copies)
    default: break
    }
  }

  private func reject(_ pending: PendingRecord, _ finding: Finding) {
    tally.count(pending.record.kind, \.rejected)
    let text = pending.record.origin.text
    log.add(Rejection(findings: [pending.record.origin.located(finding)], text: text, length: text.count))
  }

  // MARK: Owners

  private func storeActivities(_ lane: Lane) throws {
    var pending = lane.pending
    let athletes = Set(pending.compactMap(\.record.athlete))
    let owners: [Int64: ObjectID]
    do {
      owners = try directory.users(of: athletes, makesStubs: true)
    } catch {
      for one in pending { tally.count(.activity, \.unwritten, 1 + copies(of: one, lane)) }
      throw error
    }
    for index in pending.indices { pending[index].owner = pending[index].record.athlete.flatMap { owners[$0] } }
    changedAthletes = []
    try store(pending, lane)
    try directory.noteActivities(changed: changedAthletes, seen: athletes)
  }

  private func resolveInsights(_ pending: [PendingRecord], isLast: Bool) throws -> [PendingRecord] {
    var userIDs: Set<ObjectID> = []
    var athletes: Set<Int64> = []
    var activityIDs: Set<ObjectID> = []
    var stravaActivities: Set<Int64> = []
    for case let references? in pending.map(\.record.references) {
      switch references.user {
      case .document(let id): userIDs.insert(id)
      case .strava(let id): athletes.insert(id.value)
      }
      switch references.activity {
      case .document(let id): activityIDs.insert(id)
      case .strava(let id): stravaActivities.insert(id.value)
      case nil: break
      }
    }
    let users = try directory.existing(userIDs, in: Collections.users)
    let owners = try directory.users(of: athletes, makesStubs: false)
    let knownActivities = try directory.existing(activityIDs, in: Collections.activities)
    let activities = try directory.activities(stravaActivities)
    var resolved: [PendingRecord] = []
    for var one in pending {
      guard let references = one.record.references else { continue }
      switch references.user {
      case .document(let id): one.owner = users.contains(id) ? id : nil
      case .strava(let id): one.owner = owners[id.value]
      }
      switch references.activity {
      case .document(let id):
        one.activity = id
        if !knownActivities.contains(id), one.owner != nil {
          log.add(
            one.record.origin.located(
              Finding(.unknownActivity, "no activity has this id", pointer: "/activity_id")))
        }
      case .strava(let id):
        one.activity = activities[id.value] ?? .deterministic(Collections.activities, id.value)
      case nil: break
      }
      if one.owner != nil { resolved.append(one) } else { postpone(one, isLast: isLast) }
    }
    return resolved
  }

  private func postpone(_ pending: PendingRecord, isLast: Bool) {
    waitingBytes += pending.record.raw.count
    if !isLast, waitingBytes <= Self.deferredBytes {
      deferred.append(pending)
    } else {
      reject(pending, Finding(.unknownUser, "no user has this id", pointer: "/user_id"))
    }
  }
}
