import BSON
import FieldCrypto
import Foundation
import Mongo
import Sealing
import StoreAccess

/// The result of storing a record.
package enum Verdict {
  case new, updated, unchanged, superseded
  /// The server refuses the record for the reason given.
  case refused(String)
  /// The stored activity of a row belongs to another athlete than the row.
  case otherAthlete

  var isRejection: Bool {
    switch self {
    case .refused, .otherAthlete: true
    default: false
    }
  }
}

/// A store that writes records of one target in bulks. It inserts them; then it looks up and classifies the existing
/// ones; then it replaces, with a guard, what a record may replace. However other importers interleave, no record is
/// lost to a lower-ranked one and none is counted twice.
final class BulkStore {
  /// Maximum number of rounds of look-up and guarded upsert for a record that others keep changing.
  private static let rounds = 20

  let session: StoreSession
  let target: RecordTarget
  private let origin: ImportOptions.Origin
  let sealing: SealingSession
  private let run: UUID
  private var lastStamp: Int64 = 0
  /// True if most records of the last bulk already existed, so that the next one starts with a look-up.
  private var expectsKnown = false

  init(
    _ session: StoreSession, _ target: RecordTarget, origin: ImportOptions.Origin, run: UUID, sealing: SealingSession
  ) {
    self.session = session
    self.target = target
    self.origin = origin
    self.sealing = sealing
    self.run = run
  }

  /// Stores records with distinct keys and returns one verdict for each.
  ///
  /// - Parameters:
  ///   - differs: A function that is called for a record whose id this run has already read with other content of the
  ///     same rank.
  ///   - settled: A function that is called once for each record.
  /// - Throws: An error if the server cannot be reached anymore; `settled` was called for the verdicts known by then.
  func store(
    _ records: [PendingRecord], differs: (Int) -> Void, settled: (Int, Verdict) -> Void
  ) throws {
    var work = Work(stamp: nextStamp(), unknown: [], absent: [])
    if expectsKnown {
      work.unknown = Array(records.indices)
      work.found.reserveCapacity(records.count)
    } else {
      work.absent = Array(records.indices)
    }
    var rounds = 0
    while rounds < Self.rounds, !work.isDone {
      work.isHeldUp = false
      try insertAbsent(records, &work, settled)
      let present = try lookUp(records, &work, differs, settled)
      try replace(present, records, &work, settled)
      try clearTheWay(records, &work)
      // A failing server does not count as a round with another writer, because `waits` limits it.
      if !work.isHeldUp || session.cancellation.isRequested { rounds += 1 }
    }
    for index in work.unknown + work.absent {
      settled(index, .refused("another document has its _id, or other programs keep changing the document"))
    }
    expectsKnown = work.found.count * 2 > records.count
  }

  /// The records without a verdict, grouped by what is known about them.
  private struct Work {
    let stamp: WriteStamp
    /// Records that may be in the store.
    var unknown: [Int]
    /// Records that were not in the store at the last look-up.
    var absent: [Int]
    /// Records that were sent to be inserted and not acknowledged: the reply was lost, or was a duplicate key error,
    /// which the first attempt of a repeated command may have caused.
    var sentInserts: Set<Int> = []
    /// Records that a look-up found in the store.
    var found: Set<Int> = []
    /// Records that a unique index other than the natural key's refuses, with the reason.
    var blockedInserts: [Int: String] = [:]
    var blockedUpdates: [Int: String] = [:]
    /// Records for which a value that is not an object blocks a path that the update sets.
    var obstructed: Set<Int> = []
    /// Records for which that value was replaced by an object.
    var cleared: Set<Int> = []

    var waits = Backoff(patience: StoreSession.patience)
    /// True if the result of a bulk of this round is unknown.
    var isHeldUp = false
    /// True if the result of any bulk with the record is unknown, so that stored content may belong to a write that is
    /// not durable yet.
    var isDoubtful = false

    var isDone: Bool { unknown.isEmpty && absent.isEmpty }
  }

  /// Returns a stamp that no other bulk of this run uses for these keys.
  private func nextStamp() -> WriteStamp {
    lastStamp = max(lastStamp + 1, Clock.now.milliseconds)
    return WriteStamp(run: run, at: BSONDate(milliseconds: lastStamp))
  }

  func collection() throws -> MongoCollection {
    try session.client().collection(target.collection, in: session.database)
  }

  /// Returns a new document writer. Each bulk has its own, as for the buffers: every access to a class's property is
  /// checked for exclusivity.
  func writer() -> RecordDocument {
    RecordDocument(target, origin: origin, blindIndexes: sealing.blindIndexes)
  }

  // MARK: Stage 1: insert

  private func insertAbsent(
    _ records: [PendingRecord], _ work: inout Work, _ settled: (Int, Verdict) -> Void
  ) throws {
    guard !work.absent.isEmpty else { return }
    let sent = work.absent
    work.absent = []
    var bulk = try collection().bulkWrite()
    var document = writer()
    var scratch = BSONWriter(capacity: 1 << 16)
    for index in sent {
      scratch.out.count = 0
      document.appendInsert(records[index], work.stamp, to: &scratch)
      bulk.insert(scratch.out.bytes)
    }
    let outcome = bulk.execute()
    let known = accounted(outcome)
    var failed: [Int: WriteError] = [:]
    for error in outcome.writeErrors { failed[error.index] = error }
    for (position, index) in sent.enumerated() {
      if failed[position] == nil, position < known {
        settled(index, .new)
        continue
      }
      work.sentInserts.insert(index)
      if let error = failed[position] {
        if isForeign(error) { work.blockedInserts[index] = error.message }
        settle(error, index, &work, settled)
      } else {
        work.unknown.append(index)
      }
    }
    try recover(from: outcome, &work)
  }

  // MARK: Stage 2: look up and classify

  private func lookUp(
    _ records: [PendingRecord], _ work: inout Work, _ differs: (Int) -> Void, _ settled: (Int, Verdict) -> Void
  ) throws -> [Replacement] {
    let wanted = work.unknown
    work.unknown = []
    var present: [Replacement] = []
    let isDoubtful = work.isDoubtful
    var complete: [(PreparedRecord, StoredState)] = []
    try session.lookUp(wanted, "looking up \(target.collection)") { part in
      try stored(part.map { records[$0].record }, ofMajority: isDoubtful)
    } take: { part, found in
      let states = try withContents(found, of: part.map { records[$0] })
      for index in part {
        let record = records[index].record
        guard let state = states[record.key] else {
          if let reason = work.blockedInserts[index] {
            settled(index, .refused(reason))
          } else {
            work.absent.append(index)
          }
          continue
        }
        let isInsert = work.sentInserts.remove(index) != nil
        if work.found.insert(index).inserted, state.write != work.stamp,
          state.differs(from: record, inRun: run, target.precedence)
        {
          differs(index)
        }
        if state.isBlocked, !work.cleared.contains(index) {
          work.obstructed.insert(index)
          work.unknown.append(index)
        } else if state.write == work.stamp {
          settled(index, isInsert ? .new : .updated)
        } else if state.surroundings?.areOfOther(than: records[index]) == true {
          settled(index, .otherAthlete)
        } else if state.digest == record.digest, !state.isIncomplete {
          if state.isKnownComplete { complete.append((record, state)) }
          settled(index, .unchanged)
        } else if state.outranks(record, target.precedence, timeError: records[index].timeError)
          || state.isPast(record.digest, inRun: run) && !state.isIncomplete
        {
          if state.isKnownComplete { complete.append((record, state)) }
          settled(index, .superseded)
        } else if target.precedence == .content, state.digest != record.digest {
          settled(index, .refused("another document has the _id that is computed from this record"))
        } else if let reason = work.blockedUpdates[index] {
          settled(index, .refused(reason))
        } else {
          present.append(Replacement(index: index, state: state, version: state.version(inRun: run)))
        }
      }
    }
    markComplete(complete)
    return present
  }

  /// A record that may replace the stored content.
  private struct Replacement {
    let index: Int
    /// The state that the look-up has read.
    let state: StoredState
    /// The version that it replaces, if this run has written that.
    let version: ReplacedVersion?
  }

  /// - Parameter ofMajority: True to leave out content that could still be rolled back. Such content is written again,
  ///   so that it is durable when the duplicate is acknowledged.
  private func stored(
    _ records: [PreparedRecord], ofMajority: Bool
  ) throws -> [PreparedRecord.Key: StoredState] {
    let filter = BSONDocument { filter in
      let field = filter.begin(target.keyField)
      let values = filter.beginArray("$in")
      for (i, record) in records.enumerated() {
        switch record.key {
        case .strava(let id): filter.append(name: String(i), .int64(id))
        case .object(let id): filter.append(name: String(i), .objectID(id))
        }
      }
      filter.end(values)
      filter.end(field)
    }
    var states = [PreparedRecord.Key: StoredState](minimumCapacity: records.count)
    let cursor = try collection().find(filter, options: target.lookUp(of: records.count, ofMajority: ofMajority))
    while let view = try cursor.next() {
      let state = StoredState(view, target)
      if let key = state.key { states[key] = state }
    }
    return states
  }

  // MARK: Stage 3: guarded upsert

  private func replace(
    _ present: [Replacement], _ records: [PendingRecord], _ work: inout Work, _ settled: (Int, Verdict) -> Void
  ) throws {
    guard !present.isEmpty else { return }
    var bulk = try collection().bulkWrite()
    var document = writer()
    var filter = BSONWriter()
    var scratch = BSONWriter(capacity: 1 << 16)
    for one in present {
      filter.out.count = 0
      scratch.out.count = 0
      if let around = one.state.surroundings {
        document.appendArchiveGuard(records[one.index].record, over: one.state, around, to: &filter)
        document.appendArchiveUpdate(
          records[one.index], over: one.state, in: around, replacing: one.version, work.stamp, to: &scratch)
      } else {
        if one.state.isIncomplete {
          document.appendExactGuard(records[one.index], over: one.state, to: &filter)
        } else {
          document.appendGuard(records[one.index], over: one.state, replacing: one.version, to: &filter)
        }
        document.appendUpdate(
          records[one.index], over: one.state, replacing: one.version, work.stamp, to: &scratch)
      }
      bulk.update(filter: filter.out.bytes, update: scratch.out.bytes, upsert: true)
    }
    let outcome = bulk.execute()
    let known = accounted(outcome)
    var failed: [Int: WriteError] = [:]
    for error in outcome.writeErrors { failed[error.index] = error }
    let upserted = Set(outcome.upsertedIndexes)
    for (position, one) in present.enumerated() {
      let index = one.index
      if let error = failed[position] {
        if isForeign(error) { work.blockedUpdates[index] = error.message }
        settle(error, index, &work, settled)
      } else if position < known {
        settled(index, upserted.contains(position) ? .new : .updated)
      } else {
        if upserted.contains(position) { work.sentInserts.insert(index) }
        work.unknown.append(index)
      }
    }
    try recover(from: outcome, &work)
  }

  /// Writes an empty object where `raw_data` or `source` is null, a scalar or an array: the server cannot set a path
  /// through null or a scalar, and applies a path to the elements of an array.
  private func clearTheWay(_ records: [PendingRecord], _ work: inout Work) throws {
    guard !work.obstructed.isEmpty else { return }
    let document = writer()
    var filter = BSONWriter()
    var bulk = try collection().bulkWrite()
    for index in work.obstructed.sorted() {
      for field in ["raw_data", "source"] {
        filter.out.count = 0
        document.appendObstruction(records[index].record, field, to: &filter)
        let update = BSONDocument { update in
          let set = update.begin("$set")
          update.append(name: field, .document(BSONDocument()))
          update.end(set)
        }
        update.withUnsafeBytes { bulk.update(filter: filter.out.bytes, update: $0, upsert: false) }
      }
    }
    work.cleared.formUnion(work.obstructed)
    work.obstructed = []
    try recover(from: bulk.execute(), &work)
  }

  // MARK: Replies

  /// Returns how many of the bulk's operations, counted from the first, have a result in the reply; 0 if those results
  /// may not be durable.
  private func accounted(_ outcome: BulkOutcome) -> Int {
    outcome.writeConcernErrors.isEmpty ? outcome.settled : 0
  }

  /// Waits until the server can be asked if the reply did not cover all operations. The known results are recorded
  /// first.
  ///
  /// - Throws: The error, if it is not temporary.
  private func recover(from outcome: BulkOutcome, _ work: inout Work) throws {
    guard let obstacle = outcome.obstacle else { return work.waits.reset() }
    (work.isHeldUp, work.isDoubtful) = (true, true)
    try session.recover(from: obstacle, during: "writing \(target.collection)", &work.waits)
  }

  /// Handles an operation that failed on its own. An existing document sends the record to the look-up, a temporary
  /// failure is tried again, and any other failure is the server's verdict.
  private func settle(
    _ error: WriteError, _ index: Int, _ work: inout Work, _ settled: (Int, Verdict) -> Void
  ) {
    if error.kind == .duplicateKey || error.isTransient {
      work.unknown.append(index)
    } else if error.isPathBlocked, !work.cleared.contains(index) {
      work.obstructed.insert(index)
      work.unknown.append(index)
    } else {
      settled(index, .refused(error.message))
    }
  }

  /// Returns true for a duplicate in an index that the program did not declare, which no look-up by the natural key
  /// explains. The document may still exist: servers name only one of the indexes that a document violates.
  private func isForeign(_ error: WriteError) -> Bool {
    error.kind == .duplicateKey && !error.fields.isEmpty
      && Set(error.fields).isDisjoint(with: ["_id", "\(target.keyField)"])
  }
}
