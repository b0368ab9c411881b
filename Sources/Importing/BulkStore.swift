import BSON
import FieldCrypto
import Foundation
import Mongo
import Sealing
import StoreAccess

/// What the store did with a record.
package enum Verdict {
  case new, updated, unchanged, superseded
  /// The server does not take it: why.
  case refused(String)
}

/// Writes records of one target in bulks: insert; look up what is there already and classify it; replace, under a
/// guard, what the record may replace. Whatever the interleaving with other importers, no record is lost to a lesser one
/// and none is counted twice.
final class BulkStore {
  /// Keys of one look-up: `$in` costs more than linearly in some servers.
  private static let lookUpSize = 100
  /// Rounds of look-up and guarded upsert for a record that others keep changing.
  private static let rounds = 20

  private let session: StoreSession
  private let target: RecordTarget
  private let origin: ImportOptions.Origin
  private let blindIndexes: BlindIndexes
  private let run: UUID
  private var lastStamp: Int64 = 0
  /// Most of the last bulk was there: the next begins with the look-up.
  private var expectsKnown = false

  init(
    _ session: StoreSession, _ target: RecordTarget, origin: ImportOptions.Origin, run: UUID,
    blindIndexes: BlindIndexes
  ) {
    self.session = session
    self.target = target
    self.origin = origin
    self.blindIndexes = blindIndexes
    self.run = run
  }

  /// Stores records with distinct keys; gives one verdict each.
  ///
  /// - Parameters:
  ///   - differs: called for a record whose id this run has brought before with other content of the same rank.
  ///   - settled: called once for each record.
  /// - Throws: when the server cannot be reached any more; `settled` has been called for what was known by then.
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
      // A failing server does not count as a round with another writer; `waits` limits it.
      if !work.isHeldUp || session.cancellation.isRequested { rounds += 1 }
    }
    for index in work.unknown + work.absent {
      settled(index, .refused("another document has its _id, or other programs keep changing the document"))
    }
    expectsKnown = work.found.count * 2 > records.count
  }

  /// Records that have no verdict yet, by what is known of them.
  private struct Work {
    let stamp: WriteStamp
    /// Perhaps in the store.
    var unknown: [Int]
    /// Not in the store a moment ago.
    var absent: [Int]
    /// Sent to be inserted, and not acknowledged: lost, or answered by a duplicate key, which a repeated command's own
    /// first try may have caused.
    var sentInserts: Set<Int> = []
    /// Found in the store by a look-up.
    var found: Set<Int> = []
    /// Stopped by a unique index that is not on the natural key: why.
    var blockedInserts: [Int: String] = [:]
    var blockedUpdates: [Int: String] = [:]
    /// Something that is not an object is in the way of what the record sets.
    var obstructed: Set<Int> = []
    /// Those for which it was replaced by an object.
    var cleared: Set<Int> = []

    var waits = Backoff(patience: StoreSession.patience)
    /// Something kept a bulk of this round from being settled.
    var isHeldUp = false
    /// Something kept any bulk from it: what is found now may be of a write that is not durable yet.
    var isDoubtful = false

    var isDone: Bool { unknown.isEmpty && absent.isEmpty }
  }

  /// A stamp that no other bulk of this run has for these keys.
  private func nextStamp() -> WriteStamp {
    lastStamp = max(lastStamp + 1, Clock.now.milliseconds)
    return WriteStamp(run: run, at: BSONDate(milliseconds: lastStamp))
  }

  private func collection() throws -> MongoCollection {
    try session.client().collection(target.collection, in: session.database)
  }

  /// One for each bulk, as the buffers beside it: every access to a class's property is checked for exclusivity.
  private func writer() -> RecordDocument { RecordDocument(target, origin: origin, blindIndexes: blindIndexes) }

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
    var start = 0
    while start < wanted.count {
      let some = wanted[start..<min(start + Self.lookUpSize, wanted.count)]
      start += Self.lookUpSize
      let states = try session.retrying("looking up \(target.collection)") {
        try stored(some.map { records[$0].record }, ofMajority: work.isDoubtful)
      }
      for index in some {
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
        } else if state.digest == record.digest {
          settled(index, .unchanged)
        } else if state.outranks(record, target.precedence) || state.isPast(record.digest, inRun: run) {
          settled(index, .superseded)
        } else if target.precedence == .content {
          settled(index, .refused("another document has the _id that is computed from this record"))
        } else if let reason = work.blockedUpdates[index] {
          settled(index, .refused(reason))
        } else {
          present.append(Replacement(index: index, state: state, version: state.version(inRun: run)))
        }
      }
    }
    return present
  }

  /// A record that may replace what the store has.
  private struct Replacement {
    let index: Int
    /// What the look-up has read.
    let state: StoredState
    /// What it replaces, where this run has written that.
    let version: ReplacedVersion?
  }

  /// - Parameter ofMajority: leaves out what could be rolled back still. Written again, it is there to stay once the
  ///   duplicate is acknowledged.
  private func stored(
    _ records: [PreparedRecord], ofMajority: Bool
  ) throws -> [PreparedRecord.Key: StoredState] {
    let filter = BSONDocument { filter in
      let field = filter.open(target.keyField)
      let values = filter.openArray("$in")
      for (i, record) in records.enumerated() {
        switch record.key {
        case .strava(let id): filter.append(name: String(i), .int64(id))
        case .object(let id): filter.append(name: String(i), .objectID(id))
        }
      }
      filter.close(values)
      filter.close(field)
    }
    var states = [PreparedRecord.Key: StoredState](minimumCapacity: records.count)
    let cursor = try collection().find(filter, options: target.lookUp(ofMajority: ofMajority))
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
      document.appendGuard(records[one.index].record, over: one.state, replacing: one.version, to: &filter)
      document.appendUpdate(records[one.index], replacing: one.version, work.stamp, to: &scratch)
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

  /// Puts an empty object where `raw_data` or `source` is null, a scalar or an array: the server sets no path through
  /// those, and looks into the elements of an array.
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
          let set = update.open("$set")
          update.append(name: field, .document(BSONDocument()))
          update.close(set)
        }
        update.withUnsafeBytes { bulk.update(filter: filter.out.bytes, update: $0, upsert: false) }
      }
    }
    work.cleared.formUnion(work.obstructed)
    work.obstructed = []
    try recover(from: bulk.execute(), &work)
  }

  // MARK: Replies

  /// How many of the bulk's operations, from its first on, the reply accounts for: none where what it tells may not
  /// last.
  private func accounted(_ outcome: BulkOutcome) -> Int {
    outcome.writeConcernErrors.isEmpty ? outcome.settled : 0
  }

  /// Where a reply did not account for all, waits until the server can be asked. What is known is settled before.
  ///
  /// - Throws: what does not pass.
  private func recover(from outcome: BulkOutcome, _ work: inout Work) throws {
    guard let obstacle = outcome.obstacle else { return work.waits.reset() }
    (work.isHeldUp, work.isDoubtful) = (true, true)
    try session.recover(from: obstacle, during: "writing \(target.collection)", &work.waits)
  }

  /// An operation that failed by itself: a document that is there sends the record to the look-up, anything that
  /// passes is tried again, the rest is the server's verdict.
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
