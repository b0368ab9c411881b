import BSON
import Mongo
import Sealing
import StoreAccess

/// The look into whole documents that other programs may have changed.
extension BulkStore {
  /// Reads the whole documents of records whose states leave in doubt what is stored.
  func withContents(
    _ states: [PreparedRecord.Key: StoredState], of records: [PendingRecord]
  ) throws -> [PreparedRecord.Key: StoredState] {
    let doubtful = records.filter { pending in
      states[pending.record.key]?.isDoubtful(keysSince: pending.sealing?.keysSince) ?? false
    }
    if doubtful.isEmpty { return states }
    var reader = StoredContentReader(target, session, sealing)
    let read = try reader.states(of: doubtful.map(\.record.key))
    var all = states
    for pending in doubtful {
      let key = pending.record.key
      // A document that has disappeared since is inserted.
      guard var state = read[key] else {
        all[key] = nil
        continue
      }
      // Some servers leave out of a projection what they take for a reference, because it has the key $ref.
      if !state.isDoubtful(keysSince: pending.sealing?.keysSince) { state.content = nil }
      // A condition on the field matches what a projection of it shows.
      state.rawRank = states[key]?.rawRank
      all[key] = state
    }
    return all
  }

  /// Marks records as complete, so that the next import need not read them. It is not repeated if it fails: that import
  /// then reads them again.
  func markComplete(_ records: [(PreparedRecord, StoredState)]) {
    let known = records.filter { $0.1.updatedAt != nil && $0.1.surroundings == nil }
    guard !known.isEmpty, var bulk = try? collection().bulkWrite() else { return }
    let document = writer()
    var filter = BSONWriter()
    var update = BSONWriter()
    for (record, state) in known {
      filter.out.count = 0
      update.out.count = 0
      document.appendCompletion(of: record, over: state, filter: &filter, update: &update)
      bulk.update(filter: filter.out.bytes, update: update.out.bytes, upsert: false)
    }
    _ = bulk.execute()
  }
}
