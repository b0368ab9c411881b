import BSON
import FieldCrypto
import Sealing

extension RecordWriter {
  /// Checks a bulk after it was written, because its data keys may have been rotated or purged since it was sealed. If
  /// so, the values are sealed again; the keys that sealed them are still in memory. Destroyed keys are not used again:
  /// the bulk counts as written before their destruction.
  ///
  /// A purge begins a new generation before it looks for values under old keys. Therefore either this check sees the
  /// new generation, or the bulk was written before the purge looked.
  func keepReadable(_ bulk: [PendingRecord]) throws {
    guard let kind = bulk.first?.record.kind, let generation = bulk.compactMap({ $0.sealing?.generation }).min(),
      try context.sealing.isPast(generation)
    else { return }
    let target = RecordTarget.of(kind)
    let held = Dictionary(bulk.compactMap { $0.sealing.map { ($0.key.id, $0.key) } }) { $1 }
    let values = bulk.compactMap { pending -> BSONValue? in
      guard pending.sealing != nil else { return nil }
      return switch pending.record.key {
      case .strava(let id): .int64(id)
      case .object(let id): .objectID(id)
      }
    }
    let lookUp = try DocumentLookUp(
      target.collection, context.session, context.sealing, held: context.sealing.undestroyed(held))
    try DocumentRewriter.reseal(values, by: "\(target.keyField)", lookUp, log.findings)
  }
}
