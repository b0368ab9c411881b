import BSON

/// A queue of records of one target for its bulks, in input order. A bulk contains an id once: an exact copy joins its
/// record, and other content with the same id waits for the next bulk.
final class RecordLane {
  let store: BulkStore
  // The state is one value, because every access to a class's property is checked for exclusivity.
  private var waiting = Waiting()

  init(_ store: BulkStore) { self.store = store }

  var isEmpty: Bool { waiting.pending.isEmpty }

  func holds(_ key: PreparedRecord.Key) -> Bool { waiting.indexes[key] != nil }

  /// - Returns: The number of waiting records, including copies, and the bytes of the documents in the next bulk.
  @discardableResult
  func take(_ one: PendingRecord) -> (count: Int, bytes: Int) { waiting.take(one) }

  /// Returns the next bulk, which contains each id once.
  func takeBulk() -> [PendingRecord] { waiting.takeBulk() }
}

private struct Waiting {
  var pending: [PendingRecord] = []
  var indexes: [PreparedRecord.Key: Int] = [:]
  private var later: [PendingRecord] = []
  private var laterKeys: Set<PreparedRecord.Key> = []
  /// The number of bytes of the documents in the next bulk.
  private var bytes = 0
  /// The number of waiting records, including copies.
  private var count = 0

  mutating func take(_ one: PendingRecord) -> (count: Int, bytes: Int) {
    sort(one)
    return (count, bytes)
  }

  private mutating func sort(_ one: PendingRecord) {
    count += 1 + one.copies.count
    let key = one.record.key
    guard let index = indexes.updateValue(pending.count, forKey: key) else {
      pending.append(one)
      bytes += one.record.fields.count + one.record.raw.count
      return
    }
    indexes[key] = index
    if !laterKeys.contains(key), pending[index].record.digest == one.record.digest {
      pending[index].copies += [one.record.origin] + one.copies
      return
    }
    if pending[index].record.rank == one.record.rank, pending[index].record.digest != one.record.digest {
      one.differs = true
    }
    later.append(one)
    laterKeys.insert(key)
  }

  mutating func takeBulk() -> [PendingRecord] {
    let bulk = pending
    let rest = later
    // The next bulk needs about the same capacity.
    pending = []
    pending.reserveCapacity(bulk.count)
    indexes.removeAll(keepingCapacity: true)
    later = []
    laterKeys = []
    bytes = 0
    count = 0
    for one in rest { sort(one) }
    return bulk
  }
}
